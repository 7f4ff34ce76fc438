// SPDX-License-Identifier: MIT
// Several columns of tags, tags that are not known, and labels that are chosen each by itself.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/cells.h"
#include "tests/support/refused.h"
#include "tests/tasks/model_parts.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

using Sentences = Tagger::Sentences;

const Values each_by_itself{{"model.output", "softmax"}};
const Values known_in_part = each_by_itself + Values{{"data.unknown_tag", "?"}};
const Values both_columns{{"data.tag_column", "2,3"}};

bool to_the_end(const Progress&) { return true; }

std::string predict(Task& task, const std::string& input, const char* output) {
  std::istringstream in(input);
  std::ostringstream out;
  task.predict({in, [] { return true; }, out}, {.input = "text", .output = output});
  return out.str();
}

class TaggerColumns : public testing::Test {
 protected:
  TaggerColumns() {
    for (const Marked& sentence : tiny_corpus()) {
      words_.push_back(sentence.words);
      classes_.push_back(sentence.classes);
      tags_.push_back(sentence.tags);
    }
  }

  const Scratch scratch_;
  const std::string file_ = scratch_.write("tiny.conll", to_conll(tiny_corpus()));
  Sentences words_, classes_, tags_;
};

TEST_F(TaggerColumns, TwoAreLearntAtOnce) {
  for (const char* output : {"crf", "softmax"}) {
    SCOPED_TRACE(output);
    const Values values =
        small + both_columns + Values{{"train.epochs", "40"}, {"model.output", output}};
    Training training(values, file_, file_, to_the_end);
    EXPECT_EQ(training.tagger.measure().name, "accuracy") << "of the first";
    EXPECT_EQ(training.tagger.tag(words_), classes_);
    const std::vector<Sentences> both{classes_, tags_};
    EXPECT_EQ(training.tagger.tag_columns(words_), both);

    const Report report = training.tagger.evaluate(file_);
    EXPECT_EQ(report.score, 100);
    EXPECT_TRUE(report.text.starts_with("column 2\naccuracy")) << report.text;
    EXPECT_NE(report.text.find("\n\ncolumn 3\nprocessed "), std::string::npos) << report.text;
    EXPECT_EQ(report.json.find("accuracy")->to_double(), 1);
    EXPECT_EQ(report.json.find("classes")->find("NP")->find("f1")->to_double(), 1);
    EXPECT_EQ(report.json.find("column_3")->find("f1")->to_double(), 1);
    EXPECT_EQ(report.json.find("column_3")->find("types")->members().size(), 3u);

    save_task(scratch_.path("m"), training.tagger, training.options, true);
    const std::unique_ptr<Task> loaded = load_task(scratch_.path("m"));
    EXPECT_EQ(dynamic_cast<Tagger&>(*loaded).tag_columns(words_), both);
    EXPECT_EQ(loaded->vocabularies(), training.tagger.vocabularies());
    EXPECT_EQ(loaded->evaluate(file_).text, report.text);
  }
}

TEST_F(TaggerColumns, AnswersCarryBoth) {
  Training training(small + both_columns + Values{{"train.epochs", "40"}}, file_, file_,
                    to_the_end);
  const std::string line = "Ana Ruiz vive en Lima.\n";
  EXPECT_EQ(predict(training.tagger, line, "conll"),
            "Ana NP B-PER\nRuiz NP I-PER\nvive VM O\nen SP O\nLima NP B-LOC\n. Fp O\n\n");
  const Json json = Json::parse(predict(training.tagger, line, "jsonl"));
  ASSERT_EQ(json.find("ents")->items().size(), 6u) << "classes count one by one";
  EXPECT_EQ(json.find("ents")->items()[3].dump(),
            R"({"start":14,"end":16,"label":"SP","text":"en"})");
  EXPECT_EQ(json.find("ents_2")->dump(), R"([{"start":0,"end":8,"label":"PER","text":"Ana Ruiz"},)"
                                         R"({"start":17,"end":21,"label":"LOC","text":"Lima"}])");
  EXPECT_EQ(predict(training.tagger, line, "text"),
            "[NP Ana] [NP Ruiz] [VM vive] [SP en] [NP Lima][Fp .]\n")
      << "the first column";
}

TEST_F(TaggerColumns, TheFirstIsTheOneThatTrainingGoesBy) {
  Training training(small + Values{{"data.tag_column", "-1,2"}, {"train.epochs", "2"}}, file_,
                    file_);
  EXPECT_EQ(training.tagger.measure().name, "F1");
  const Report report = training.tagger.evaluate(file_);
  EXPECT_EQ(report.score, training.result.best);
  EXPECT_TRUE(report.text.starts_with("column -1\nprocessed ")) << report.text;
  EXPECT_NE(report.json.find("column_2"), nullptr);
}

TEST_F(TaggerColumns, EachIsExpectedToBeSound) {
  const Values values = small + Values{{"data.tag_column", "3,2"}, {"train.epochs", "1"}};
  const std::string path = scratch_.write("x.conll", "Ana N\x1bP B-PER\n\n" + contents(file_));
  expect_refused("to learn from", {path, 1}, [&] { Training(values, path, file_); });
  expect_refused("to hold out", {path, 1}, [&] { Training(values, file_, path); });
  Training training(values, file_);
  expect_refused("to measure on", {path, 1}, [&] { training.tagger.evaluate(path); });
  expect_refused("not there", {file_, 1}, [&] {
    Training(small + Values{{"data.tag_column", "2,4"}}, file_);
  });
  const std::string same = scratch_.write("same.conll", "Ana NP B-PER\nRuiz NP I-PER\nno NP O\n");
  expect_refused("one class", {same}, [&] { Training(values, same, file_); });
  expect_refused("no columns", {""}, [&] {
    Training(small + Values{{"data.tag_column", "0,2"}}, file_);
  });
}

/// The corpus with some tags of both columns hidden.
std::string half_known(const std::vector<Marked>& corpus) {
  Rng rng(3);
  std::string text;
  for (const Marked& sentence : corpus) {
    const bool nothing = rng.below(8) == 0;
    for (size_t i = 0; i < sentence.words.size(); ++i) {
      text += sentence.words[i];
      for (const std::string& tag : {sentence.classes[i], sentence.tags[i]})
        text += " " + (nothing || rng.below(3) == 0 ? "?" : tag);
      text += "\n";
    }
    text += "\n";
  }
  return text;
}

TEST_F(TaggerColumns, WhatIsKnownIsLearnt) {
  const std::string half = scratch_.write("half.conll", half_known(tiny_corpus()));
  for (const char* rows : {"60", "1"}) {  // 1: some batches know nothing
    Training training(
        small + known_in_part +
            Values{{"data.tag_column", "2"}, {"train.epochs", "40"}, {"data.rows", rows}},
        half, file_, until_perfect);
    EXPECT_EQ(training.result.best, 100) << rows;
    EXPECT_EQ(training.tagger.tag(words_), classes_);
    EXPECT_EQ(training.tagger.vocabularies()["tag.labels"].find('?'), std::string::npos);
  }
}

// Whatever stands for what is not known, it is no label.
TEST_F(TaggerColumns, TheSignOfTheUnknownIsFree) {
  const auto outcome = [&](const char* unknown) {
    std::string text = to_conll(tiny_corpus());
    for (const char* word : {"Ana", "vive", "Lima"})
      for (size_t at = 0; (at = text.find(std::string(word) + " ", at)) != text.npos; ++at)
        text.replace(text.find(' ', at) + 1, 2, unknown);
    const std::string file = scratch_.write("x.conll", text);
    Training training(
        small + each_by_itself +
            Values{{"data.tag_column", "2"}, {"data.unknown_tag", unknown}, {"train.epochs", "2"}},
        file, file);
    const Report report = training.tagger.evaluate(file);
    return std::pair(training.tagger.tag(words_), report.text);
  };
  EXPECT_EQ(outcome("??"), outcome("AA"));
}

TEST_F(TaggerColumns, OnlyWhatIsKnownIsMeasured) {
  const Values values = small + known_in_part + Values{{"train.epochs", "60"}};
  const auto score = [&](Training& training, const std::string& text) {
    return training.tagger.evaluate(scratch_.write("x.conll", text));
  };
  Training classes(values + Values{{"data.tag_column", "2"}}, file_, file_, until_perfect);
  ASSERT_EQ(classes.result.best, 100);
  const Report right = score(classes, "Ana ? O\nRuiz ? O\nvive VM O\nen ? O\nLima ? O\n. ? O\n");
  EXPECT_EQ(right.score, 100);
  EXPECT_EQ(right.json.find("items")->to_int(), 1);
  const Report wrong = score(classes, "Ana ? O\nRuiz ? O\nvive SP O\nen ? O\nLima ? O\n. ? O\n");
  EXPECT_EQ(wrong.score, 0);
  EXPECT_EQ(wrong.json.find("items")->to_int(), 1);

  Training spans(values, file_, file_, until_perfect);
  ASSERT_EQ(spans.result.best, 100);
  const Report one =
      score(spans, "Ana NP ?\nRuiz NP ?\nvive VM O\nen SP ?\nLima NP B-LOC\n. Fp ?\n");
  EXPECT_EQ(one.score, 100);
  EXPECT_EQ(one.json.find("phrases")->to_int(), 1);
  EXPECT_EQ(one.json.find("found")->to_int(), 1) << "Ana Ruiz may or may not be right";
  EXPECT_EQ(score(spans, "Ana NP ?\nRuiz NP ?\nvive VM O\nen SP ?\nLima NP B-ORG\n. Fp ?\n").score,
            0);
}

TEST_F(TaggerColumns, BaselinesOverlookWhatIsUnknown) {
  std::string text = "x ?\na A\n\n";
  for (int i = 0; i < 5; ++i) text += "x ?\nb B\n\n";
  const std::string file = scratch_.write("x.conll", text);
  const std::string dev = scratch_.write("dev.conll", "x B\nb B\nnew B\na A\n");
  const Training training(small + known_in_part + Values{{"train.epochs", "1"}}, file, dev);
  EXPECT_EQ(training.tagger.baselines()[0].score, 100)
      << "a word of which nothing is known has the most frequent label";
}

TEST_F(TaggerColumns, UnknownTagsThatAreRefused) {
  expect_refused("crf", {""}, [&] { Training(small + Values{{"data.unknown_tag", "?"}}, file_); });
  const std::string path = scratch_.write("x.conll", "Ana ?\n\nRuiz ?\n");
  expect_refused("nothing known", {path}, [&] { Training(small + known_in_part, path, file_); });
  const std::string one = scratch_.write("y.conll", "Ana ?\n\nRuiz A\n");
  expect_refused("one label", {one}, [&] { Training(small + known_in_part, one, one); });
  const std::string other = scratch_.write("z.conll", "Ana _\nRuiz B-PER\n\nno O\n");
  expect_refused("another sign", {other, 1},
                 [&] { Training(small + known_in_part, other, other); });
}

/// The label of "a" is that of the word behind it.
std::string looking_ahead() {
  std::string text;
  for (int i = 0; i < 20; ++i) text += i % 2 == 0 ? "a X\nx X\n\n" : "a Y\ny Y\n\n";
  return text;
}

TEST_F(TaggerColumns, OneDirectionDoesNotSeeWhatFollows) {
  const std::string file = scratch_.write("ahead.conll", looking_ahead());
  const Values values = small + each_by_itself + Values{{"train.epochs", "60"}};
  const Values forwards{{"model.bidirectional", "false"}};
  EXPECT_EQ(Training(values, file, file, until_perfect).result.best, 100);
  EXPECT_EQ(Training(values + forwards, file, file, until_perfect).result.best, 75)
      << "half of all \"a\"";
}

TEST_F(TaggerColumns, OneDirectionTagsEveryBeginningAlike) {
  for (const std::string& cell : cells_of_each_kind()) {
    const Values values = small + each_by_itself + both_columns +
                          Values{{"train.epochs", "2"},
                                 {"model.bidirectional", "false"},
                                 {"model.layers", "2"},
                                 {"model.cell", cell}};
    Training training(values, file_);
    for (const std::vector<std::string>& sentence : words_) {
      const std::vector<Sentences> whole = training.tagger.tag_columns({sentence});
      for (size_t length = 1; length < sentence.size(); ++length)
        for (size_t k = 0; k < 2; ++k)
          EXPECT_TRUE(std::ranges::equal(
              training.tagger.tag_columns({{sentence.begin(), sentence.begin() + length}})[k][0],
              std::span(whole[k][0]).first(length)))
              << cell << ", column " << k << ", first " << length;
    }
    save_task(scratch_.path("m"), training.tagger, training.options, true);
    EXPECT_EQ(dynamic_cast<Tagger&>(*load_task(scratch_.path("m"))).tag_columns(words_),
              training.tagger.tag_columns(words_));
  }
}

// It had one column, a number, and no choice of output or direction.
TEST_F(TaggerColumns, ModelsOfThePreviousReleaseAreRead) {
  Training training(small + Values{{"train.epochs", "5"}}, file_);
  save_task(scratch_.path("new"), training.tagger, training.options, false);
  ModelParts parts(scratch_.path("new"));
  std::string old;
  std::istringstream in(parts.metadata.at("cadena.settings"));
  for (std::string line; std::getline(in, line);) {
    const auto is = [&](const char* key) { return line.starts_with(std::string(key) + " = "); };
    if (is("tag_column")) line = "tag_column = -1";
    if (!is("unknown_tag") && !is("output") && !is("bidirectional")) old += line + "\n";
  }
  ASSERT_NE(old, parts.metadata.at("cadena.settings"));
  parts.metadata["cadena.settings"] = old;
  parts.save(scratch_.path("old"));
  const std::unique_ptr<Task> loaded = load_task(scratch_.path("old"));
  EXPECT_EQ(dynamic_cast<Tagger&>(*loaded).tag(words_), training.tagger.tag(words_));
  save_task(scratch_.path("again"), *loaded, training.options, false);
  EXPECT_EQ(contents(scratch_.path("again")), contents(scratch_.path("new")));
}

}  // namespace
}  // namespace cadena
