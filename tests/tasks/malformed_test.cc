// SPDX-License-Identifier: MIT
// Data and settings as users bring them, not as they should be. Model files: malformed_model_test.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/refused.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

using namespace std::string_literals;

struct DataCase {
  const char* name;
  std::string bytes;
  int64_t line;
};

const std::string sound = to_conll(tiny_corpus());

std::string noise(size_t bytes) {
  Rng rng(6);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(rng.below(256));
  return text;
}

std::string utf16(const std::string& ascii) {
  std::string text = "\xff\xfe";
  for (char c : ascii) text += {c, '\0'};
  return text;
}

/// No program can read these, whatever for. Behind them stands a sound corpus.
std::vector<DataCase> unreadable() {
  return {{"binary", noise(5000), any_line},
          {"png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s + noise(100), any_line},
          {"gzip", "\x1f\x8b\x08\0\0\0\0\0\0\x03"s + noise(100), anywhere},
          {"latin-1",
           "Ana NP B-PER\nEspa\xf1"
           "a NP B-LOC\n",
           2},
          {"overlong", "Ana\xc0\xaf NP B-PER\n", 1},
          {"surrogate", "Ana NP B-PER\n\xed\xa0\x80 NP O\n", 2},
          {"cut character", "Ana NP B-PER\nEspa\xc3\n", 2},
          {"NUL", "Ana NP B-PER\n\nvi\0ve VM O\n"s, 3},
          {"UTF-16", utf16("Ana NP B-PER\n"), 1},
          {"two mebibytes in a line", std::string(2 << 20, 'x') + " NP O\n", 1},
          {"two mebibytes of columns", std::string(2 << 20, ' ') + "NP O\n", 1}};
}

/// Text, but not what a tagger learns from or is measured by.
std::vector<DataCase> unusable() {
  return {{"one column", "Ana\nRuiz\n", 1},
          {"a tag is missing", "Ana NP B-PER\nRuiz\nvive VM O\n", 2},
          {"a tab too many", "Ana\t\tB-PER\n\tNP\tO\n", 2},
          {"commas", "Ana,NP,B-PER\nvive,VM,O\n", 1}};
}

std::vector<DataCase> without_sentences() {
  return {{"empty", "", 0},
          {"only a byte order mark", "\xef\xbb\xbf", 0},
          {"only blank lines", "\n \n\t\n\r\n\n", 0},
          {"only documents", "-DOCSTART- -X- O\n\n-DOCSTART- -X- O\n", 0}};
}

/// Tags that a training on entities cannot mean.
std::vector<DataCase> malformed_tags() {
  std::vector<DataCase> cases{{"markup", "<doc id='1'>\nAna NP B-PER\n", 1}};
  for (const char* tag : {"X-PER", "PER", "B-", "-PER", "b-per", "B_PER", "B", "\x1b[31mB-PER",
                          "\xe2\x80\x8b", "BI-PER", "0", "B-\x1b[31m", "B-PER\x7f"})
    cases.push_back({tag, "Ana NP B-PER\nvive VM O\nRuiz NP "s + tag + "\n", 3});
  return cases;
}

class MalformedData : public testing::Test {
 protected:
  void refuse_training(const DataCase& c, const std::string& path, const Values& values = {},
                       const std::optional<std::string>& held_out = {}, bool place = true) {
    expect_refused(c.name, {place ? path : "", c.line},
                   [&] { Training(small + values, path, held_out); });
  }

  const Scratch scratch_;
  const std::string good_ = scratch_.write("good.conll", sound);
};

TEST_F(MalformedData, ToTrainOn) {
  std::vector<DataCase> cases = unreadable();
  for (const auto& more : {unusable(), malformed_tags()})
    for (const DataCase& c : more) cases.push_back(c);
  for (DataCase c : cases) {
    c.bytes += "\n\n" + sound;
    refuse_training(c, scratch_.write("x.conll", c.bytes), {}, good_);
    refuse_training(c, scratch_.write("x.conll", c.bytes));
  }
  for (const DataCase& c : without_sentences())
    refuse_training(c, scratch_.write("x.conll", c.bytes), {}, good_);
}

TEST_F(MalformedData, TooLittleToTrainOn) {
  const std::string one = "Ana B-PER\nvive O\n\n";
  std::string nine;
  for (int i = 0; i < 9; ++i) nine += one;
  refuse_training({"all tags are O", "", 0}, scratch_.write("x.conll", "a O\n\nb O\n"), {}, good_);
  refuse_training({"one class", "", 0}, scratch_.write("x.conll", "a N\n\nb N\n"), {}, good_);
  refuse_training({"carriage returns", "", 0}, scratch_.write("x.conll", "a B-X\rb B-Y\rc O\r"), {},
                  good_);
  refuse_training({"nothing to keep back", "", 0}, scratch_.write("x.conll", one));
  refuse_training({"too little to keep back", "", 0}, scratch_.write("x.conll", nine));
}

TEST_F(MalformedData, ThatIsNoFile) {
  std::filesystem::create_directory(scratch_.path("folder"));
  for (const char* name : {"folder", "missing.conll", "missing/x.conll"})
    refuse_training({name, "", 0}, scratch_.path(name));
  refuse_training({"null", "", 0}, "/dev/null");
  refuse_training({"no name", "", 0}, "");
  for (const char* name : {"folder", "missing.conll"}) {
    const std::string path = scratch_.path(name);
    expect_refused(name, {path}, [&] { Training(small, good_, path); });
    expect_refused(name, {path}, [&] { Training(small + Values{{"data.vectors", path}}, good_); });
  }
}

TEST_F(MalformedData, ColumnsThatAreNotThere) {
  for (const auto& [key, value] : Values{{"data.word_column", "4"},
                                         {"data.word_column", "1000"},
                                         {"data.word_column", "-1000"},
                                         {"data.tag_column", "1000"},
                                         {"data.tag_column", "-1000"}})
    refuse_training({value.c_str(), "", 1}, good_, {{key, value}});
  for (const char* key : {"data.word_column", "data.tag_column"})
    refuse_training({"0", "", 0}, good_, {{key, "0"}}, {}, false);
}

TEST_F(MalformedData, ToHoldOutAndToMeasureOn) {
  Training training(small + Values{{"train.epochs", "1"}}, good_);
  std::vector<DataCase> cases = without_sentences();
  for (const auto& more : {unreadable(), unusable()})
    for (const DataCase& c : more) cases.push_back(c);
  for (const DataCase& c : cases) {
    const std::string path = scratch_.write("x.conll", c.bytes);
    expect_refused(c.name, {path, c.line}, [&] { Training(small, good_, path); });
    expect_refused(c.name, {path, c.line}, [&] { training.tagger.evaluate(path); });
  }
}

// A score that is 0 because the tags mean nothing would end a training after its first epoch.
TEST_F(MalformedData, TagsToHoldOutAndToMeasureOn) {
  Training training(small + Values{{"train.epochs", "1"}}, good_);
  for (const DataCase& c : malformed_tags()) {
    const std::string path = scratch_.write("x.conll", c.bytes);
    expect_refused(c.name, {path, c.line}, [&] { Training(small, good_, path); });
    expect_refused(c.name, {path, c.line}, [&] { training.tagger.evaluate(path); });
  }
}

TEST_F(MalformedData, ToPredictFrom) {
  Training training(small + Values{{"train.epochs", "1"}, {"data.word_column", "2"}}, good_);
  const auto predict = [&](const std::string& bytes, const char* form) {
    std::istringstream in(bytes);
    std::ostringstream out;
    training.tagger.predict({in, [] { return true; }, out},
                            {.input = form, .output = "jsonl", .file = "x.txt"});
  };
  for (const DataCase& c : unreadable())
    for (const char* form : {"text", "conll"})
      expect_refused(c.name, {"x.txt", c.line}, [&] { predict(c.bytes, form); });
  expect_refused("one column", {"x.txt", 3}, [&] { predict("Ana NP\n\nRuiz\n", "conll"); });
}

TEST_F(MalformedData, WordVectors) {
  const DataCase cases[] = {{"empty", "", 0},
                            {"a header alone", "5 12\n", 0},
                            {"another size", "1 3\nlima 1 2 3\n", 1},
                            {"no numbers", "lima 1 2 x 4 5 6 7 8 9 10 11 12\n", 1},
                            {"not finite", "lima nan 2 3 4 5 6 7 8 9 10 11 12\n", 1},
                            {"too large", "lima 1e40 2 3 4 5 6 7 8 9 10 11 12\n", 1},
                            {"one value less", "a 1 2 3 4 5 6 7 8 9 10 11 12\nlima 1\n", 2},
                            {"latin-1", "a 1 2 3 4 5 6 7 8 9 10 11 12\nespa\xf1 1 2\n", 2},
                            {"a word alone", "lima\n", 1},
                            {"binary", noise(3000), any_line},
                            {"huge", "2 2000000000\nlima 1\n", any_line}};
  for (const DataCase& c : cases) {
    const std::string path = scratch_.write("v.vec", c.bytes);
    expect_refused(c.name, {path, c.line}, [&] {
      Training(small + Values{{"data.vectors", path}}, good_);
    });
  }
}

}  // namespace
}  // namespace cadena
