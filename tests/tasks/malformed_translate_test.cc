// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <sstream>

#include "cadena/data/lines.h"
#include "cadena/tasks/translator.h"
#include "tests/support/refused.h"
#include "tests/tasks/model_parts.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

using namespace std::string_literals;

const Values tiny{{"model.hidden", "6"}, {"data.merges", "4"}, {"data.min_count", "1"}};

std::string sound() {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "había una vez\tonce upon a time\n";
  return text;
}

/// Reads pairs and builds a network; no training, whose faults would be found before it.
struct Prepared {
  Translator task;
  TrainOptions options = task.train_defaults();

  Prepared(const Values& values, const std::string& file,
           const std::optional<std::string>& held_out = {}) {
    Settings settings = settings_of(task, options);
    for (const auto& [key, value] : tiny + values) settings.set(key, value, {"--set"});
    Rng rng(options.seed);
    task.prepare(file, held_out, rng);
  }
};

struct Case {
  const char* name;
  std::string bytes;
  int64_t line;
};

/// No pairs can be had from these. Behind the fault stand sound ones.
std::vector<Case> unreadable() {
  return {{"empty", "", 0},
          {"blank", " \n\t\n\n", 0},
          {"a byte order mark", "\xef\xbb\xbf", 0},
          {"no tab", "una\tone\ndos two\n" + sound(), 2},
          {"no target", "una\tone\n\ndos\t\n" + sound(), 3},
          {"no source", "\tone\n" + sound(), 1},
          {"a target of blanks", sound() + "una\t \t x\n", 21},
          {"Latin-1", "una\tone\nEspa\xf1\tx\n" + sound(), 2},
          {"overlong", "\xc0\xaf\tx\n" + sound(), 1},
          {"cut character", sound() + "a\tb\xc3", 21},
          {"NUL", "una\tone\nv\0ez\tx\n"s + sound(), 2},
          {"UTF-16", "\xff\xfeu\0\t\0a\0\n\0"s + sound(), 1},
          {"PNG", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s, 1},
          {"a line too long", "u\to\n" + std::string(longest_line + 1, 'x') + "\n" + sound(), 2},
          {"gzip of noise", "\x1f\x8b\x08\0\0\0\0\0\0\x03hello"s, 0}};
}

class MalformedTranslate : public testing::Test {
 protected:
  const Scratch scratch_;
  const std::string good_ = scratch_.write("good.tsv", sound());
};

TEST_F(MalformedTranslate, PairsThatAreNone) {
  Prepared prepared({}, good_);
  for (const Case& c : unreadable()) {
    const std::string path = scratch_.write("x.tsv", c.bytes);
    const Expected expected{path, c.line};
    expect_refused(c.name, expected, [&] { Prepared({}, path); });
    expect_refused(c.name, expected, [&] { Prepared({}, path, good_); });
    expect_refused(c.name, expected, [&] { Prepared({}, good_, path); });
    expect_refused(c.name, expected, [&] { prepared.task.evaluate(path); });
  }
}

TEST_F(MalformedTranslate, FilesThatDoNotBelongTogether) {
  const std::string a = scratch_.write("a", "uno\ndos\ntres\n"), b = scratch_.path("b");
  const Case cases[] = {{"one line less", "one\ntwo\n", 3},
                        {"one line more", "one\ntwo\nthree\nfour\n", 4},
                        {"a blank line", "one\n\nthree\n", 2},
                        {"Latin-1", "one\ntwo\nEspa\xf1\n", 3},
                        {"empty", "", 1}};
  for (const Case& c : cases) {
    scratch_.write("b", c.bytes);
    const bool more = c.line == 4;
    expect_refused(c.name, {more ? a : b, c.line}, [&] { Prepared({}, a + "," + b); });
    if (!more) expect_refused(c.name, {b, c.line}, [&] { Prepared({}, b + "," + a); });
  }
  scratch_.write("b", "one\ntwo\n\n");
  expect_refused("both", {b, 3}, [&] { Prepared({}, a + "," + b); });
}

TEST_F(MalformedTranslate, WhatIsNoFile) {
  Prepared prepared({}, good_);
  std::filesystem::create_directory(scratch_.path("folder"));
  const std::string missing = scratch_.path("missing");
  const std::pair<std::string, std::string> cases[] = {{scratch_.path("folder"), ""},
                                                       {missing, ""},
                                                       {"/dev/null", ""},
                                                       {"", ""},
                                                       {missing + "," + good_, missing},
                                                       {good_ + "," + missing, missing},
                                                       {"," + good_, ""},
                                                       {good_ + ",", ""},
                                                       {good_ + "," + good_ + "," + good_, ""},
                                                       {",", ""},
                                                       {"-,-", "stdin"}};
  for (const auto& [path, told] : cases) {
    const Expected expected{told.empty() ? path : told};
    expect_refused(path, expected, [&, path = path] { Prepared({}, path); });
    expect_refused(path, expected, [&, path = path] { prepared.task.evaluate(path); });
    expect_refused(path, expected, [&, path = path] { prepared.task.check(path, {}); });
    if (!path.empty())
      expect_refused(path, expected,
                     [&, path = path] { prepared.task.check(good_, {.against = path}); });
  }
}

TEST_F(MalformedTranslate, ACheckFindsAllFaults) {
  const std::string path =
      scratch_.write("x.tsv", "uno\nuno\tone\n\tone\nEspa\xf1\tSpain\n" + sound());
  const Check check = Translator().check(path, {});
  EXPECT_FALSE(check.sound);
  EXPECT_EQ(check.json.find("problems")->items().size(), 3u) << check.text;
  EXPECT_EQ(check.json.find("pairs")->to_int(), 21);
}

TEST_F(MalformedTranslate, TextsToAnswer) {
  Prepared prepared({}, good_);
  const auto predict = [&](const std::string& bytes) {
    std::istringstream in(bytes);
    std::ostringstream out;
    const auto fill = [&] {
      prepared.task.predict({in, [] { return true; }, out},
                            {.input = "text", .output = "text", .file = "texts"});
    };
    EXPECT_ANY_THROW(fill());
    EXPECT_EQ(std::ranges::count(out.str(), '\n'), std::ranges::count(bytes, '\n') - 1)
        << "what stands before the fault is answered";
    in.clear();
    in.str(bytes);
    fill();
  };
  expect_refused("Latin-1", {"texts", 2}, [&] { predict("una\nEspa\xf1\n"); });
  expect_refused("NUL", {"texts", 1}, [&] { predict("v\0ez\n"s); });
  expect_refused("too long", {"texts", 2},
                 [&] { predict("una\n" + std::string(longest_line + 1, 'x') + "\n"); });
}

TEST_F(MalformedTranslate, Settings) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {"data.unit", {"", "words", "bpe"}},
      {"data.merges", {"-1", "1000001", "x"}},
      {"data.min_count", {"0", "1.5", ""}},
      {"data.max_units", {"-1", "all"}},
      {"data.joint", {"yes", "1"}},
      {"data.longest_source", {"0", "65537"}},
      {"data.longest_target", {"0", "65537"}},
      {"data.measure", {"BLEU", "", "meteor"}},
      {"data.tokenizer", {"moses", "14a"}},
      {"data.measured", {"0", "-5"}},
      {"data.batch", {"0", "65537"}},
      {"model.size", {"-1", "65537"}},
      {"model.cell", {"none", "LSTM"}},
      {"model.hidden", {"0", "1", "65537"}},
      {"model.layers", {"0", "65"}},
      {"model.attention", {"", "luong", "true"}},
      {"model.dropout", {"-0.1", "1", "nan"}},
      {"model.sampling", {"-0.1", "1.1", "nan"}}};
  for (const auto& [key, values] : cases)
    for (const char* value : values)
      expect_refused(key + "="s + value, {"--set", 0, false}, [&, key = key] {
        Prepared({{key, value}}, good_);
      });
}

TEST_F(MalformedTranslate, SettingsThatDoNotFit) {
  const Values cases[] = {{{"model.hidden", "7"}},
                          {{"model.size", "8"}},
                          {{"model.copy", "true"}, {"model.attention", "none"}}};
  for (const Values& values : cases)
    expect_refused(values[0].first, {""}, [&] { Prepared(values, good_); });
  Prepared prepared({}, good_);
  Settings settings;
  prepared.task.add_answer_settings(settings);
  for (const auto& [key, value] :
       Values{{"beam", "0"}, {"beam", "1001"}, {"best", "0"}, {"length_power", "-1"}})
    expect_refused(key, {"--set", 0, false},
                   [&, key = key, value = value] { settings.set(key, value, {"--set"}); });
  settings.set("best", "6");
  std::istringstream in("una\n");
  std::ostringstream out;
  expect_refused("best", {""}, [&] {
    prepared.task.predict({in, [] { return true; }, out}, {.input = "text", .output = "text"});
  });
}

class MalformedTranslateModel : public MalformedTranslate {
 protected:
  MalformedTranslateModel() {
    Prepared prepared({{"model.copy", "true"}}, good_);
    save_task(model_, prepared.task, prepared.options, false);
  }

  void refuse_bytes(const std::string& name, const std::string& bytes) const {
    const std::string path = scratch_.write("x.cadena", bytes);
    expect_refused(name, {path}, [&] { load_task(path); });
  }

  /// The good model after a change. A line within a part may be told.
  void refuse(const std::string& name, const std::function<void(ModelParts&)>& change) const {
    ModelParts parts(model_);
    change(parts);
    const std::string path = scratch_.path("x.cadena");
    parts.save(path);
    expect_refused(name, {path, anywhere}, [&] { load_task(path); });
  }

  const std::string model_ = scratch_.path("good.cadena");
};

TEST_F(MalformedTranslateModel, CutOrFlipped) {
  const std::string bytes = contents(model_);
  Rng rng(4);
  for (int i = 0; i < 40; ++i) {
    const size_t at = rng.below(static_cast<uint32_t>(bytes.size()));
    refuse_bytes("first " + std::to_string(at), bytes.substr(0, at));
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << rng.below(8)));
    refuse_bytes("flipped in byte " + std::to_string(at), flipped);
  }
}

TEST_F(MalformedTranslateModel, WithADamagedPart) {
  for (const std::string key : {"translate.sources", "translate.source_merges", "translate.targets",
                                "translate.target_merges"}) {
    const std::string text = ModelParts(model_).metadata.at(key);
    refuse("no " + key, [&](ModelParts& parts) { parts.metadata.erase(key); });
    for (const std::string& part : {text + text, text.substr(1), "\x1b[31m"s, text + "x\t-1\n",
                                    "ab cd ef\n"s, std::string(100000, 'x')})
      refuse(key + " " + part.substr(0, 40),
             [&](ModelParts& parts) { parts.metadata[key] = part; });
  }
  for (const std::string key : {"translate.sources", "translate.targets"}) {
    refuse("nothing but unknown", [&](ModelParts& parts) { parts.metadata[key] = "<unk>\t0\n"; });
    refuse("one more", [&](ModelParts& parts) { parts.metadata[key] += "new\t1\n"; });
  }
  for (const char* key : {settings_key, task_key})
    refuse("no "s + key, [&](ModelParts& parts) { parts.metadata.erase(key); });
  refuse("of a tagger", [](ModelParts& parts) { parts.metadata[task_key] = "tag"; });
}

TEST_F(MalformedTranslateModel, WithOtherSettings) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {"\nhidden = 6", {"\nhidden = 7", "\nhidden = 8", "\nhidden = 65536", "\nhidden = 0"}},
      {"\nsize = 0", {"\nsize = 7", "\nsize = 65536"}},
      {"layers = 1", {"layers = 2", "layers = 64"}},
      {"cell = \"lstm\"", {"cell = \"gru\"", "cell = \"\""}},
      {"attention = \"general\"", {"attention = \"none\"", "attention = \"additive\""}},
      {"tied = true", {"tied = false"}},
      {"feed = true", {"feed = false"}},
      {"copy = true", {"copy = false"}},
      {"unit = \"subword\"", {"unit = \"byte\"", "unt = 1"}},
      {"tokenizer = \"13a\"", {"tokenizer = \"\""}}};
  for (const auto& [from, changes] : cases)
    for (const char* to : changes)
      refuse(to, [&, from = from](ModelParts& parts) { parts.set(from, to); });
}

TEST_F(MalformedTranslateModel, WithWeightsOfAnotherShape) {
  refuse("cut", [](ModelParts& parts) { parts.tensors.pop_back(); });
  refuse("more", [](ModelParts& parts) { parts.tensors.emplace_back("more", Tensor(2, 2)); });
  refuse("vectors", [](ModelParts& parts) { parts.tensor("vectors.weight") = Tensor(1, 6); });
}

}  // namespace
}  // namespace cadena
