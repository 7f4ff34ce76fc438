// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "tests/support/refused.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

using namespace std::string_literals;

/// A file of settings for a tagger and its training.
void read(const std::string& text) {
  Tagger tagger;
  TrainOptions options;
  settings_of(tagger, options).read_toml(text, "x.toml");
}

struct Case {
  std::string text;
  int64_t line;
};

/// The message says what is expected and what was found: there is nothing to add.
constexpr bool plain = false;

TEST(MalformedSettings, UnknownNames) {
  for (const Case& c : std::vector<Case>{{"hidden = 3\n", 1},
                                         {"[model]\nhiden = 3\n", 2},
                                         {"[model]\nhidden = 3\nzzzzzz = 3\n", 3},
                                         {"[modle]\nhidden = 3\n", 1},
                                         {"\n\n[qqqqqqqqqq]\nhidden = 3\n", 3},
                                         {"model.nothing = 3\n", 1},
                                         {"\"model.hidden\" = 3\n", 1},
                                         {"[model]\n\"hid\\nden\" = 3\n", 2},
                                         {"[model]\n\"\" = 3\n", 2},
                                         {"[\"\\u001b[31m\"]\nx = 1\n", 1},
                                         {"[[model]]\nhidden = 3\n", any_line},
                                         {"model = 3\n", 1}})
    expect_refused(c.text, {"x.toml", c.line}, [&] { read(c.text); });
}

TEST(MalformedSettings, Values) {
  for (const char* value : {"\"three\"", "true", "3.5", "0", "-1", "65537", "9223372036854775807",
                            "[1, 2]", "{a = 1}", "2026-01-01", "nan", "inf", "1e3", "\"\""})
    expect_refused("hidden "s + value, {"x.toml", 3, plain},
                   [&] { read("# sizes\n[model]\nhidden = "s + value + "\n"); });
  for (const char* value : {"1.0", "-0.1", "nan", "-inf", "\"0.5\"", "true", "[]"})
    expect_refused("dropout "s + value, {"x.toml", 2, plain},
                   [&] { read("[model]\ndropout = "s + value + "\n"); });
  for (const char* value : {"1", "\"\"", "true", "\"LSTM2000000000\"", "[\"lstm\"]"})
    expect_refused("cell "s + value, {"x.toml", 2, plain},
                   [&] { read("[model]\ncell = "s + value + "\n"); });
  for (const char* value : {"1", "\"yes\"", "\"true\""})
    expect_refused("lowercase "s + value, {"x.toml", 2, plain},
                   [&] { read("[data]\nlowercase = "s + value + "\n"); });
  for (const char* value : {"-1", "1.5", "\"1\""})
    expect_refused("seed "s + value, {"x.toml", 2, plain},
                   [&] { read("[train]\nseed = "s + value + "\n"); });
  expect_refused("a table", {"x.toml", any_line, plain}, [&] { read("[model.hidden]\nx = 3\n"); });
  expect_refused("a word that is nearly right", {"x.toml", 2},
                 [&] { read("[model]\ncell = \"lsmt\"\n"); });
  expect_refused("a long text", {"x.toml", 2, plain},
                 [&] { read("[data]\nvectors = \"" + std::string(2000, 'x') + "\"\n"); });
}

TEST(MalformedSettings, Syntax) {
  for (const Case& c :
       std::vector<Case>{{"[model\nhidden = 3\n", 1},
                         {"[model]\nhidden 3\n", 2},
                         {"[model]\nhidden =\n", 2},
                         {"[model]\nhidden = 3 4\n", 2},
                         {"[model]\nhidden = 99999999999999999999\n", 2},
                         {"[model]\nhidden = 3\nhidden = 4\n", 3},
                         {"[model]\nhidden = 3\n[model]\nlayers = 1\n", 3},
                         {"model.hidden = 3\n[model]\nlayers = 1\n", any_line},
                         {"[model]\ncell = \"lstm\n", any_line},
                         {"[model]\ncell = \"ls\\qtm\"\n", 2},
                         {"[model]\ncell = lstm\n", 2},
                         {"[data]\nvectors = '''\nabc", any_line},
                         {"[model]\nhidden = 3\x01\n", 2},
                         {"[model]\nhidden\0 = 3\n"s, 2},
                         {"[model]\n# Espa\xf1"
                          "a\nhidden = 3\n",
                          2},
                         {"\xff\xfe[\0m\0o\0"s, 1},
                         {"{\"model\": {\"hidden\": 3}}\n", 1},
                         {"model:\n  hidden: 3\n", 1},
                         {"\x7f"
                          "ELF\x02\x01\x01"s,
                          1},
                         {"= 3\n", 1},
                         {"[]\n", 1},
                         {"[model]\nhidden = " + std::string(5000, '[') + "\n", 2},
                         {std::string(3000, 'a') + std::string(3000, '.') + " = 1\n", 1},
                         {"a" +
                              [] {
                                std::string dots;
                                for (int i = 0; i < 4000; ++i) dots += ".a";
                                return dots;
                              }() +
                              " = 1\n",
                          1},
                         {"# " + std::string(10000, 'x') + "\n", 1},
                         {std::string((1 << 20) + 1, '\n'), 0}})
    expect_refused(c.text.substr(0, 60), {"x.toml", c.line, plain}, [&] { read(c.text); });
}

TEST(MalformedSettings, OnTheCommandLine) {
  const auto refuse = [](const std::string& key, const std::string& value, bool hint) {
    Tagger tagger;
    TrainOptions options;
    Settings settings = settings_of(tagger, options);
    expect_refused(key + "=" + value, {"--set", 0, hint},
                   [&] { settings.set(key, value, {"--set"}); });
  };
  for (const char* key : {"", "hidden", "model.hiden", "model", "model.", ".hidden", "Model.Hidden",
                          "model.hidden\n", "\x1b[31m", "zzzzzzzzzzzzzzzz", "model hidden"})
    refuse(key, "3", true);
  refuse(std::string(100000, 'x'), "3", true);
  for (const char* value : {"", "x", " 3", "3 ", "0x10", "3.5", "1e3", "99999999999999999999", "0",
                            "-3", "65537", "3\n", "\x1b[31m", "\xf1", "true"})
    refuse("model.hidden", value, plain);
  for (const char* value : {"", "x", "nan", "inf", "-inf", "1e999", "1", "1,5", "0.5f", ".5.5"})
    refuse("model.dropout", value, plain);
  for (const char* value : {"1", "TRUE", "yes", ""}) refuse("data.lowercase", value, plain);
  refuse("model.cell", "gruu", true);
  refuse("model.cell", "", plain);
  refuse("data.vectors", "\xf1.vec", plain);
  refuse("data.vectors", std::string(1 << 20, 'x'), plain);
  refuse("train.seed", "-1", plain);
}

}  // namespace
}  // namespace cadena
