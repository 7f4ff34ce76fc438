// SPDX-License-Identifier: MIT
#include "cadena/base/settings.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "cadena/base/error.h"
#include "cadena/base/rng.h"

namespace cadena {
namespace {

using namespace std::string_literals;

struct Options {
  std::string name = "run";
  uint64_t seed = 1;
  std::string cell = "lstm";
  int hidden = 200;
  bool bidirectional = true;
  double dropout = 0.5;
  int64_t rows = 4096;
  float rate = 1e-3f;
  float momentum = 0.9f;
};

Settings bind(Options& options) {
  Settings settings;
  settings.add("name", options.name, "name of the run");
  settings.add("seed", options.seed, "seed of the random numbers");
  settings.add("model.cell", options.cell, "cell of the encoder", {"lstm", "gru", "elman"});
  settings.add("model.hidden", options.hidden, "units of each direction", {.min = 1, .max = 65536});
  settings.add("train.rate", options.rate, "learning rate", {.min = 0, .max = 10});
  settings.add("model.bidirectional", options.bidirectional, "read the text both ways");
  settings.add("model.dropout", options.dropout, "share of units silenced", {.min = 0, .max = 0.9});
  settings.add("train.batch_rows", options.rows, "rows of a batch", {.min = 1});
  settings.add("train.momentum", options.momentum, "momentum");
  return settings;
}

struct Outcome {
  std::string what, hint;
};

/// The error of reading TOML as "m.toml".
Outcome toml_error(std::string_view text) {
  Options options;
  try {
    bind(options).read_toml(text, "m.toml");
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    return {error.what(), error.hint()};
  }
  return {"none", ""};
}

Outcome set_error(std::string_view key, std::string_view value) {
  Options options;
  try {
    bind(options).set(key, value, {"--set"});
  } catch (const Error& error) {
    return {error.what(), error.hint()};
  }
  return {"none", ""};
}

const std::string filled = R"(# name of the run
name = "run"
# seed of the random numbers
seed = 1

[model]
# cell of the encoder: one of lstm, gru, elman
cell = "lstm"
# units of each direction
hidden = 200
# read the text both ways
bidirectional = true
# share of units silenced
dropout = 0.5

[train]
# learning rate
rate = 0.001
# rows of a batch
batch_rows = 4096
# momentum
momentum = 0.9
)";

TEST(Settings, WritesTheFilledConfiguration) {
  Options options;
  EXPECT_EQ(bind(options).to_toml(), filled);
}

TEST(Settings, ReadsWhatItWrote) {
  Options options;
  options.name = "\"\\ \t\n\x01\x7f ñ # = ]";
  options.seed = INT64_MAX;
  options.rows = 1;
  options.hidden = 65536;
  options.bidirectional = false;
  options.cell = "gru";
  options.dropout = 0.1 + 0.2;
  options.rate = 3e-5f;
  options.momentum = -0.0f;
  const std::string text = bind(options).to_toml();
  Options again;
  Settings settings = bind(again);
  settings.read_toml(text, "m.toml");
  EXPECT_EQ(settings.to_toml(), text);
  EXPECT_EQ(again.name, options.name);
  EXPECT_EQ(again.seed, options.seed);
  EXPECT_EQ(again.dropout, options.dropout);
  EXPECT_TRUE(std::signbit(again.momentum));
}

TEST(Settings, FloatsKeepTheirBits) {
  Rng rng(7);
  Options options, again;
  Settings settings = bind(options), reader = bind(again);
  for (int i = 0; i < 2000; ++i) {
    // 7.038531e-26f is not the nearest float of the double nearest to its shortest digits.
    const float value = i == 0 ? 7.038531e-26f : std::bit_cast<float>(rng.next());
    const auto real = std::bit_cast<double>(uint64_t{rng.next()} << 32 | rng.next());
    if (std::isfinite(value)) options.momentum = value;
    if (real >= 0 && real <= 0.9) options.dropout = real;
    reader.read_toml(settings.to_toml(), "m.toml");
    ASSERT_EQ(std::bit_cast<uint32_t>(again.momentum), std::bit_cast<uint32_t>(options.momentum));
    ASSERT_EQ(std::bit_cast<uint64_t>(again.dropout), std::bit_cast<uint64_t>(options.dropout));
  }
}

TEST(Settings, DescribesItself) {
  Options options;
  const Settings settings = bind(options);
  options.hidden = 7;  // not the default
  const auto entries = settings.entries();
  ASSERT_EQ(entries.size(), settings.keys().size());
  EXPECT_EQ(settings.keys()[3], "model.hidden");
  EXPECT_EQ(entries[3].by_default, "200");
  EXPECT_EQ(entries[3].expected, "a whole number from 1 to 65536");
  EXPECT_EQ(entries[1].expected, "a whole number from 0");
  EXPECT_EQ(entries[2].expected, "one of lstm, gru, elman");
  EXPECT_EQ(entries[2].by_default, "\"lstm\"");
  EXPECT_EQ(entries[4].expected, "a number from 0 to 10");
  EXPECT_EQ(entries[8].expected, "a number");
  EXPECT_EQ(entries[8].by_default, "0.9");
}

TEST(Settings, SetsFromText) {
  Options options;
  Settings settings = bind(options);
  settings.set("model.hidden", "64");
  settings.set("model.cell", "gru");
  settings.set("model.bidirectional", "false");
  settings.set("train.rate", "1e-2");
  settings.set("model.dropout", "0");
  settings.set("name", "");
  EXPECT_EQ(options.hidden, 64);
  EXPECT_EQ(options.cell, "gru");
  EXPECT_FALSE(options.bidirectional);
  EXPECT_EQ(options.rate, 0.01f);
  EXPECT_EQ(options.dropout, 0.0);
  EXPECT_EQ(options.name, "");
}

TEST(Settings, RejectsTextThatDoesNotFit) {
  EXPECT_EQ(set_error("model.hidden", "0").what,
            "--set: 'model.hidden' expects a whole number from 1 to 65536, found '0'");
  EXPECT_EQ(set_error("model.cell", "gur").what,
            "--set: 'model.cell' expects one of lstm, gru, elman, found 'gur'");
  EXPECT_EQ(set_error("model.cell", "gur").hint, "did you mean 'gru'?");
  const std::pair<const char*, const char*> bad[] = {{"model.hidden", ""},
                                                     {"model.hidden", "2x"},
                                                     {"model.hidden", "2.0"},
                                                     {"model.hidden", "65537"},
                                                     {"model.hidden", "99999999999999999999"},
                                                     {"model.hidden", "8589934593"},
                                                     {"seed", "-1"},
                                                     {"model.bidirectional", "yes"},
                                                     {"train.rate", "nan"},
                                                     {"train.momentum", "inf"},
                                                     {"train.momentum", "1e39"},
                                                     {"train.momentum", "1e999"},
                                                     {"train.rate", "10.001"},
                                                     {"model.dropout", "-0.1"},
                                                     {"name", "\xff"},
                                                     {"model.cell", ""}};
  for (const auto& [key, value] : bad)
    EXPECT_NE(set_error(key, value).what, "none") << key << value;
  EXPECT_NE(set_error("name", std::string(1025, 'x')).what, "none");
  EXPECT_EQ(set_error("name", std::string(1024, 'x')).what, "none");
}

/// A list of whole numbers from -9 to 99.
struct Columns {
  std::vector<int> list{-1};
  Settings settings;

  Columns() {
    settings.add("data.columns", list, "columns of the tags", {.min = -9, .max = 99});
    settings.add("data.lowercase", lowercase_, "by lower case");
  }
  Columns(const Columns&) = delete;
  Columns& operator=(const Columns&) = delete;

 private:
  bool lowercase_ = true;
};

const std::string expected_columns =
    "'data.columns' expects 1 to 64 whole numbers from -9 to 99, found ";

std::string numbers(size_t count) {
  std::string text = "7";
  for (size_t i = 1; i < count; ++i) text += ",7";
  return text;
}

TEST(Settings, ListsOfNumbersFromText) {
  const std::pair<const char*, std::vector<int>> cases[] = {
      {"3", {3}}, {"-1", {-1}}, {"2,3", {2, 3}}, {"-9,99,0,0", {-9, 99, 0, 0}}};
  for (const auto& [text, list] : cases) {
    Columns columns;
    columns.settings.set("data.columns", text);
    EXPECT_EQ(columns.list, list) << text;
  }
  Columns columns;
  columns.settings.set("data.columns", numbers(64));
  EXPECT_EQ(columns.list, std::vector<int>(64, 7));
}

TEST(Settings, ListsOfNumbersFromToml) {
  const std::pair<const char*, std::vector<int>> cases[] = {
      {"3", {3}},
      {"[3]", {3}},
      {"[2, -3]", {2, -3}},
      {"[\n  2,\n  3,  # a comment\n]", {2, 3}},
      {"[0x1F, 1_0]", {31, 10}}};
  for (const auto& [text, list] : cases) {
    Columns columns;
    columns.settings.read_toml(std::string("[data]\ncolumns = ") + text + "\n", "m.toml");
    EXPECT_EQ(columns.list, list) << text;
  }
}

TEST(Settings, ListsOfNumbersAreWritten) {
  Columns columns;
  EXPECT_EQ(columns.settings.entries()[0].expected, "1 to 64 whole numbers from -9 to 99");
  EXPECT_EQ(columns.settings.entries()[0].by_default, "-1");
  const std::pair<std::vector<int>, const char*> cases[] = {
      {{-1}, "-1"}, {{2, 3}, "[2, 3]"}, {{0, 0, -9}, "[0, 0, -9]"}};
  for (const auto& [list, text] : cases) {
    columns.list = list;
    EXPECT_EQ(columns.settings.to_toml(), std::string("[data]\n# columns of the tags\ncolumns = ") +
                                              text + "\n# by lower case\nlowercase = true\n");
    Columns again;
    again.settings.read_toml(columns.settings.to_toml(), "m.toml");
    EXPECT_EQ(again.list, list);
  }
}

TEST(Settings, ListsThatDoNotFitChangeNothing) {
  const auto refuse = [](const auto& read, const std::string& what) {
    Columns columns;
    try {
      read(columns.settings);
      ADD_FAILURE() << "no error: " << what;
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(what)) << error.what();
    }
    EXPECT_EQ(columns.list, std::vector<int>{-1});
  };
  for (const std::string& text :
       {""s, ","s, "2,"s, ",2"s, "2,,3"s, "2, 3"s, "[2]"s, "2;3"s, "two"s, "2.0"s, "2,3.5"s, "100"s,
        "2,-10"s, "4294967297"s, "99999999999999999999"s, "true"s, numbers(65), numbers(100000)})
    refuse([&](Settings& settings) { settings.set("data.columns", text, {"--set"}); },
           "--set: " + expected_columns);
  for (const std::string& text :
       {"[]"s, "[2, [3]]"s, "[2, 3.0]"s, "[2.0]"s, "2.0"s, "\"2,3\""s, "[\"2\"]"s, "[true]"s,
        "true"s, "[2, 100]"s, "-10"s, "[4294967297]"s, "{a = 1}"s, '[' + numbers(65) + ']'})
    refuse([&](Settings& settings) { settings.read_toml("[data]\ncolumns = " + text, "m.toml"); },
           "m.toml:2: " + expected_columns);
}

TEST(Settings, AListIsNoSingleNumber) {
  EXPECT_NE(set_error("model.hidden", "2,3").what, "none");
  EXPECT_NE(set_error("model.bidirectional", "1,0").what, "none");
  EXPECT_NE(toml_error("[model]\nhidden = [2, 3]").what, "none");
}

TEST(Settings, UnknownKeySuggestsTheNearest) {
  EXPECT_EQ(set_error("hiden", "1").what, "--set: unknown setting 'hiden'");
  EXPECT_EQ(set_error("hiden", "1").hint, "did you mean 'model.hidden'?");
  EXPECT_TRUE(set_error("zebra", "1").hint.starts_with("the settings are: name, seed, model.cell"));
}

TEST(Settings, EverySingleEditFindsTheKey) {
  Options options;
  Settings settings = bind(options);
  const std::string letters = "abcdefghijklmnopqrstuvwxyz_-.AZ0";
  for (const std::string& key : settings.keys()) {
    std::vector<std::string> typos;
    for (size_t i = 0; i <= key.size(); ++i) {
      for (char c : letters) {
        typos.push_back(std::string(key).insert(i, 1, c));
        if (i < key.size()) typos.push_back(std::string(key).replace(i, 1, 1, c));
      }
      if (i < key.size()) typos.push_back(std::string(key).erase(i, 1));
      if (i + 1 < key.size()) {
        typos.push_back(key);
        std::swap(typos.back()[i], typos.back()[i + 1]);
      }
    }
    for (const std::string& typo : typos) {
      if (typo == key) continue;
      EXPECT_EQ(set_error(typo, "1").hint, "did you mean '" + key + "'?") << typo;
    }
  }
}

TEST(Settings, TomlErrorsNameTheLine) {
  const std::pair<std::string, std::string> cases[] = {
      {"[model]\nhiden = 3", "m.toml:2: unknown setting 'model.hiden'"},
      {"\n\n[modle]\nhidden = 3", "m.toml:3: unknown table [modle]"},
      {"[model]\n[model.encoder]\nx = 1", "m.toml:2: unknown table [model.encoder]"},
      {"seed = 1\nmodel.deep.er = 1", "m.toml:2: unknown table [model.deep]"},
      {"modle.hidden = 1", "m.toml:1: unknown table [modle]"},
      {"model = 1", "m.toml:1: unknown setting 'model'"},
      {"\"model.hidden\" = 1", "m.toml:1: unknown setting '\"model.hidden\"'"},
      {"[model]\n\nhidden = 0",
       "m.toml:3: 'model.hidden' expects a whole number from 1 to 65536, found 0"},
      {"[model]\nhidden = 2.0",
       "m.toml:2: 'model.hidden' expects a whole number from 1 to 65536, found 2.0"},
      {"[model]\nhidden = 'x'",
       "m.toml:2: 'model.hidden' expects a whole number from 1 to 65536, found 'x'"},
      {"[model]\nhidden = [1]",
       "m.toml:2: 'model.hidden' expects a whole number from 1 to 65536, found an array"},
      {"[model.hidden]\nx = 1",
       "m.toml:1: 'model.hidden' expects a whole number from 1 to 65536, found a table"},
      {"[model]\nhidden = 2020-01-01",
       "m.toml:2: 'model.hidden' expects a whole number from 1 to 65536, found 2020-01-01"},
      {"[train]\r\nrate = nan\r\n",
       "m.toml:2: 'train.rate' expects a number from 0 to 10, found nan"},
      {"[train]\nmomentum = 1e39", "m.toml:2: 'train.momentum' expects a number, found 1e+39"},
      {"[model]\nbidirectional = 1",
       "m.toml:2: 'model.bidirectional' expects true or false, found 1"},
      {"[model]\ncell = 'gur'",
       "m.toml:2: 'model.cell' expects one of lstm, gru, elman, found 'gur'"},
      {"[zoo]\nb = 1\n[animal]\nc = 1", "m.toml:1: unknown table [zoo]"},
  };
  for (const auto& [text, what] : cases) EXPECT_EQ(toml_error(text).what, what) << text;
  EXPECT_EQ(toml_error("[model]\nhiden = 3").hint, "did you mean 'model.hidden'?");
  EXPECT_EQ(toml_error("[modle]").hint, "did you mean [model]?");
  EXPECT_EQ(toml_error("[zoo]").hint, "the tables are: model, train");
}

TEST(Settings, TomlSyntaxErrorsNameTheLine) {
  const std::pair<std::string, std::string> cases[] = {
      {"[model]\nhidden = 1\nhidden = 2", "m.toml:3: "},
      {"[model]\n[train]\n[model]", "m.toml:3: "},
      {"seed = 1\nseed", "m.toml:2: "},
      {"seed = 1\n\nname = \"x\n", "m.toml:3: "},
      {"seed = 1\n[model\n", "m.toml:2: "},
      {"seed = 99999999999999999999", "m.toml:1: "},
      {"seed = 1\nname = '\xff'", "m.toml:2: "},
      {"seed = 1\n# " + std::string(9000, 'x'), "m.toml:2: the line is longer than 8192 bytes"},
      {std::string((1 << 20) + 1, '\n'), "m.toml: is larger than the limit of 1048576 bytes"},
  };
  for (const auto& [text, start] : cases)
    EXPECT_TRUE(toml_error(text).what.starts_with(start)) << toml_error(text).what;
}

TEST(Settings, NestingEndsInAnError) {
  std::string path = "a";
  while (path.size() < 8000) path += ".a";
  const auto nested = [&](size_t levels) {
    std::string text = path + " = 1";
    for (size_t i = 0; i < levels; ++i) text = path + " = [\n{" + text + "}]";
    return text;
  };
  for (const std::string& text : {"[" + path + "]", nested(0), nested(1), nested(2), nested(3),
                                  nested(100), "seed = " + std::string(8000, '[')})
    EXPECT_NE(toml_error(text).what, "none");
}

}  // namespace
}  // namespace cadena
