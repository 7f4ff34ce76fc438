// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <sstream>

#include "cadena/data/lines.h"
#include "cadena/tasks/generator.h"
#include "tests/support/refused.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

using namespace std::string_literals;

const Values tiny{{"model.size", "4"}, {"model.hidden", "6"}, {"model.layers", "1"},
                  {"data.lanes", "2"}, {"data.steps", "4"},   {"data.unit", "subword"},
                  {"data.merges", "4"}};

std::string sound() {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "había una vez\n";
  return text;
}

/// Reads a text and builds a network; no training, whose faults would be found before it.
struct Prepared {
  Generator task;
  TrainOptions options = task.train_defaults();

  Prepared(const Values& values, const std::string& file,
           const std::optional<std::string>& held_out = {}) {
    Settings settings = settings_of(task, options);
    for (const auto& [key, value] : tiny + values) settings.set(key, value, {"--set"});
    Rng rng(options.seed);
    task.prepare(file, held_out, rng);
  }
};

// Made by Python's gzip: sound(), nothing, and "una\nEspaña\n" in Latin-1.
const std::string sound_packed =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\x4c\x3a\xbc\x36\x51\xa1\x34\x2f\x51\xa1\x2c"
    "\xb5\x8a\x2b\x63\x94\x3b\xca\xa5\x06\x17\x00\xbc\x5e\x15\x1a\x58\x02\x00\x00"s;
const std::string nothing_packed =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"s;
const std::string latin1_packed =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\xcd\x4b\xe4\x72\x2d\x2e\x48\xfc\x98\xc8\x05\x00"
    "\xb6\x0d\xfc\x38\x0b\x00\x00\x00"s;

struct Case {
  const char* name;
  std::string bytes;
  int64_t line;
};

/// No text can be had from these, whatever for. Behind the fault stands sound text.
std::vector<Case> unreadable() {
  std::string damaged = sound_packed, wrong_sum = sound_packed;
  damaged[damaged.size() / 2] ^= 0x55;
  wrong_sum[wrong_sum.size() - 6] ^= 0x01;
  return {{"empty", "", 0},
          {"Latin-1",
           "una\nEspa\xf1"
           "a\n" +
               sound(),
           2},
          {"overlong", "\xc0\xaf\n" + sound(), 1},
          {"surrogate", "una\n\nvez \xed\xa0\x80\n" + sound(), 3},
          {"cut character", sound() + "a\xc3", 41},
          {"NUL", "una\nv\0ez\n"s + sound(), 2},
          {"UTF-16", "\xff\xfeu\0n\0a\0\n\0"s + sound(), 1},
          {"PNG", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s, 1},
          {"a line too long", "una\n" + std::string(longest_line + 1, 'x') + "\n" + sound(), 2},
          {"gzip that is cut", sound_packed.substr(0, 30), 0},
          {"gzip that is cut in its header", sound_packed.substr(0, 5), 0},
          {"gzip that is damaged", damaged, 0},
          {"gzip with another sum", wrong_sum, 0},
          {"gzip of noise", "\x1f\x8b\x08\0\0\0\0\0\0\x03hello"s, 0},
          {"empty gzip", nothing_packed, 0},
          {"gzip of Latin-1", latin1_packed, 2}};
}

class MalformedGenerate : public testing::Test {
 protected:
  const Scratch scratch_;
  const std::string good_ = scratch_.write("good.txt", sound());
};

TEST_F(MalformedGenerate, TextThatIsNone) {
  Prepared prepared({}, good_);
  for (const Case& c : unreadable()) {
    const std::string path = scratch_.write("x.txt", c.bytes);
    const Expected expected{path, c.line};
    expect_refused(c.name, expected, [&] { Prepared({}, path); });
    expect_refused(c.name, expected, [&] { Prepared({}, path, good_); });
    expect_refused(c.name, expected, [&] { Prepared({}, good_, path); });
    expect_refused(c.name, expected, [&] { prepared.task.evaluate(path); });
  }
  const std::string zipped = scratch_.write("good.txt.gz", sound_packed);
  EXPECT_EQ(prepared.task.evaluate(zipped).json, prepared.task.evaluate(good_).json);
}

TEST_F(MalformedGenerate, WhatIsNoFile) {
  Prepared prepared({}, good_);
  std::filesystem::create_directory(scratch_.path("folder"));
  for (const std::string& path : {scratch_.path("folder"), scratch_.path("missing.txt"),
                                  scratch_.path("missing/x.txt"), "/dev/null"s, ""s}) {
    expect_refused(path, {path}, [&] { Prepared({}, path); });
    expect_refused(path, {path}, [&] { Prepared({}, good_, path); });
    expect_refused(path, {path}, [&] { prepared.task.evaluate(path); });
  }
}

TEST_F(MalformedGenerate, TooLittleText) {
  const std::pair<const char*, Values> cases[] = {
      {"\n", {}},
      {"uno", {}},
      {"\xef\xbb\xbf", {}},
      {"a\nb\n", {}},
      {"ab\ncd\n", {{"data.unit", "character"}}},
      {" \t \n\t\n \n", {{"data.unit", "word"}}},
      {"uno dos tres\nuno\n", {{"data.unit", "word"}, {"data.lanes", "3"}}}};
  for (const auto& [text, values] : cases) {
    const std::string path = scratch_.write("x.txt", text);
    expect_refused(text, {path}, [&] { Prepared(values, path); });
  }
  expect_refused("more lanes than units", {good_}, [&] {
    Prepared({{"data.lanes", "65536"}}, good_);
  });
}

TEST_F(MalformedGenerate, PromptsThatAreNoText) {
  Prepared prepared({}, good_);
  const auto predict = [&](const std::string& bytes) {
    std::istringstream in(bytes);
    std::ostringstream out;
    prepared.task.predict({in, [] { return true; }, out},
                          {.input = "text", .output = "text", .file = "prompts"});
  };
  expect_refused("Latin-1", {"prompts", 2}, [&] {
    predict(
        "una\nEspa\xf1"
        "a\n");
  });
  expect_refused("NUL", {"prompts", 1}, [&] { predict("v\0ez\n"s); });
  expect_refused("too long", {"prompts", 3},
                 [&] { predict("\n\n" + std::string(longest_line + 1, 'x') + "\n"); });
}

TEST_F(MalformedGenerate, Settings) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {"data.unit", {"", "byte", "Word", "characters", "1"}},
      {"data.min_count", {"0", "-1", "1.5", "", "many"}},
      {"data.max_units", {"-1", "10000001", "all"}},
      {"data.merges", {"-1", "1000001", "x"}},
      {"data.lanes", {"0", "65537", "-4", "99999999999999999999"}},
      {"data.steps", {"0", "65537", "8.0"}},
      {"model.size", {"0", "65537"}},
      {"model.cell", {"none", "LSTM", ""}},
      {"model.hidden", {"0", "65537"}},
      {"model.layers", {"0", "65"}},
      {"model.tied", {"yes", "1", ""}},
      {"model.dropout", {"-0.1", "1", "nan", "0,5"}},
      {"model.weight_drop", {"-0.1", "1", "inf"}}};
  for (const auto& [key, values] : cases)
    for (const char* value : values)
      expect_refused(key + "="s + value, {"--set", 0, false}, [&, key = key] {
        Prepared({{key, value}}, good_);
      });
}

TEST_F(MalformedGenerate, SettingsOfAnswers) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {"length", {"0", "-1", "", "1e3"}},   {"temperature", {"-1", "nan", "101", "hot"}},
      {"top_k", {"-1", "0.5", "10000001"}}, {"top_p", {"-0.1", "1.1", "nan"}},
      {"seed", {"-1", "x", "1.0"}},         {"prompt", {"\xf1", "\xed\xa0\x80"}}};
  Generator generator;
  Settings settings;
  generator.add_answer_settings(settings);
  for (const auto& [key, values] : cases)
    for (const char* value : values)
      expect_refused(key + "="s + value, {"--set", 0, false},
                     [&, key = key] { settings.set(key, value, {"--set"}); });
  expect_refused("legnth", {"--set"}, [&] { settings.set("legnth", "3", {"--set"}); });
}

class MalformedGenerateModel : public MalformedGenerate {
 protected:
  MalformedGenerateModel() {
    Prepared prepared({}, good_);
    save_task(model_, prepared.task, prepared.options, false);
  }

  void refuse_bytes(const std::string& name, const std::string& bytes) const {
    const std::string path = scratch_.write("x.cadena", bytes);
    expect_refused(name, {path}, [&] { load_task(path); });
  }

  using Metadata = std::map<std::string, std::string>;
  void change(const std::string& path, const std::function<void(Metadata&)>& change) const {
    const ModelFile file = read_model(model_);
    Metadata metadata = file.metadata;
    change(metadata);
    save_model(
        path, metadata,
        [&](Visitor& v) {
          for (const ModelFile::Parameter& p : file.parameters) {
            Tensor tensor(p.shape, {p.values.begin(), p.values.end()});
            v(p.name, tensor);
          }
        },
        true);
  }

  /// The good model after a change of its metadata. A line within a part may be told.
  void refuse(const std::string& name, const std::function<void(Metadata&)>& changes) const {
    const std::string path = scratch_.path("x.cadena");
    change(path, changes);
    expect_refused(name, {path, anywhere}, [&] { load_task(path); });
  }

  void refuse_settings(const std::string& from, const std::string& to) const {
    refuse("settings with " + to, [&](Metadata& metadata) {
      std::string& settings = metadata.at(settings_key);
      settings.replace(settings.find(from), from.size(), to);
    });
  }

  const std::string model_ = scratch_.path("good.cadena");
};

TEST_F(MalformedGenerateModel, CutOrFlipped) {
  const std::string bytes = contents(model_);
  change(scratch_.path("same"), [](Metadata&) {});
  EXPECT_EQ(contents(scratch_.path("same")), bytes);
  Rng rng(4);
  for (int i = 0; i < 60; ++i) {
    const size_t at = rng.below(static_cast<uint32_t>(bytes.size()));
    refuse_bytes("first " + std::to_string(at), bytes.substr(0, at));
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << rng.below(8)));
    refuse_bytes("flipped in byte " + std::to_string(at), flipped);
  }
  refuse_bytes("a text", sound());
}

TEST_F(MalformedGenerateModel, WithoutAPart) {
  for (const char* key : {"generate.units", "generate.merges", settings_key, task_key})
    refuse("no "s + key, [&](Metadata& metadata) { metadata.erase(key); });
  refuse("of a tagger", [](Metadata& metadata) { metadata[task_key] = "tag"; });
}

TEST_F(MalformedGenerateModel, WithDamagedUnits) {
  const std::string text = read_model(model_).text("generate.units");
  ASSERT_NE(text.find("\\n\t"), std::string::npos);
  std::string no_end = text;
  no_end.replace(no_end.find("\\n\t"), 2, "ŋ");
  for (const std::string& units :
       {""s, "\n"s, "\x1b[31m"s, text.substr(1), text.substr(0, text.size() - 3), text + text,
        text + "new\t1\n", text + "new\n", text + "new\t-1\n", text + "ne\\w\t1\n", text + "\t1\n",
        no_end, "<unk>\t0\n"s, "<unk>\t0\n\\n\t1\n"s, std::string(100000, 'x')})
    refuse("units " + units.substr(units.size() - std::min<size_t>(units.size(), 40)),
           [&](Metadata& metadata) { metadata["generate.units"] = units; });
}

TEST_F(MalformedGenerateModel, WithDamagedMerges) {
  const std::string text = read_model(model_).text("generate.merges");
  for (const std::string& merges :
       {"\n"s, "ab"s, "ab cd\n"s, " \n"s, text + text, text.substr(1), text.substr(2),
        text + "a ▁\n", text + "a\tb\n", text + "\x1b[31m\n", std::string(100000, 'x')})
    refuse("merges " + merges.substr(0, 40),
           [&](Metadata& metadata) { metadata["generate.merges"] = merges; });
}

TEST_F(MalformedGenerateModel, WithOtherSettings) {
  refuse("none", [](Metadata& metadata) { metadata[settings_key] = "\x01"; });
  refuse_settings("unit = \"subword\"", "unit = \"byte\"");
  refuse_settings("unit = \"subword\"", "unt = \"subword\"");
  refuse_settings("lanes = 2", "lanes = 0");
  refuse_settings("cell = \"lstm\"", "cell = \"gru\"");
  refuse_settings("tied = true", "tied = false");
  for (const char* value : {"5", "7", "4096", "65536"}) {
    refuse_settings("\nhidden = 6", "\nhidden = "s + value);
    refuse_settings("\nsize = 4", "\nsize = "s + value);
  }
  for (const char* layers : {"2", "64"}) refuse_settings("layers = 1", "layers = "s + layers);
}

}  // namespace
}  // namespace cadena
