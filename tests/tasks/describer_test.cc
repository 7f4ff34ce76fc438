// SPDX-License-Identifier: MIT
#include "cadena/tasks/describer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cadena/data/bleu.h"
#include "cadena/data/lines.h"
#include "tests/support/cells.h"
#include "tests/support/threads.h"
#include "tests/tasks/captioned.h"

namespace cadena {
namespace {

/// The first tab-separated column, or the rest, of each line.
std::string column(const std::string& text, bool first) {
  std::string all;
  for (const std::string& line : split_lines(text)) {
    const size_t tab = line.find('\t');
    all += (first ? line.substr(0, tab) : line.substr(tab + 1)) + "\n";
  }
  return all;
}

class DescriberTest : public testing::Test {
 protected:
  /// Twelve vectors, each with a sentence; `name`.npy and `name`.txt.
  std::string write_matrix(const std::string& name, float shift = 0) {
    std::vector<float> values;
    std::string sentences;
    for (int i = 0; i < 12; ++i)
      for (int d = 0; d < 5; ++d)
        values.push_back(100 + (d == i / 4 || d == 3 ? 50 : 0) + (d == 4 ? 20 * float(i % 4) : 0) +
                         shift * float((i * 7 + d) % 3));
    for (int i = 0; i < 12; ++i)
      sentences += std::string("la clase ") + "abc"[i / 4] + " con " + std::to_string(i % 4) + "\n";
    scratch_.write(name + ".txt", sentences);
    return scratch_.write(name + ".npy", npy("<f4", "12, 5", bytes_of(values)));
  }

  const Scratch scratch_;
  const std::string corners_ = write_corners(scratch_, "corners");
  const std::string others_ = write_corners(scratch_, "others", 2, 1);
};

TEST_F(DescriberTest, EveryModelLearnsPictures) {
  std::vector<Values> models{
      {{"model.attention", "none"}, {"train.epochs", "120"}, {"data.batch", "4"}},
      {{"model.attention", "additive"}},
      {{"model.layers", "2"}},
      {{"model.filters", "12"}},
      {{"data.lowercase", "true"}}};
  for (const std::string& cell : cells_of_each_kind()) models.push_back({{"model.cell", cell}});
  for (const Values& model : models) {
    SCOPED_TRACE(model[0].first + " = " + model[0].second);
    Description description(model, corners_, others_);
    EXPECT_EQ(description.result.best, 100);
    EXPECT_EQ(description.task.evaluate(others_).score, 100);
  }
}

TEST_F(DescriberTest, LearnsVectors) {
  Description description({{"train.epochs", "300"}, {"data.batch", "4"}}, write_matrix("v"),
                          write_matrix("w", 1));
  EXPECT_EQ(description.result.best, 100);
  EXPECT_EQ(description.task.evaluate(scratch_.path("w.npy")).score, 100);
  std::string sentences;
  for (const std::string& line : split_lines(contents(scratch_.path("v.txt"))))
    sentences += line + "\n";
  const std::string said = described(description.task, "", scratch_.path("w.npy"));
  EXPECT_EQ(column(said, false), sentences);
  EXPECT_TRUE(said.starts_with("row 1\t")) << said;
}

TEST_F(DescriberTest, SavedAndLoadedItIsTheSame) {
  for (const std::string& file : {corners_, write_matrix("v")}) {
    Description description({{"train.epochs", "2"}, {"model.dropout", "0.2"}}, file);
    save_task(scratch_.path("a"), description.task, description.options, true);
    const std::unique_ptr<Task> loaded = load_task(scratch_.path("a"));
    EXPECT_EQ(loaded->name(), "describe");
    EXPECT_EQ(loaded->vocabularies(), description.task.vocabularies());
    EXPECT_EQ(loaded->evaluate(file).json, description.task.evaluate(file).json);
    const Values some{{"best", "3"}, {"length_power", "1"}};
    EXPECT_EQ(described(*loaded, contents(file), file, "jsonl", some),
              described(description.task, contents(file), file, "jsonl", some));
    save_task(scratch_.path("b"), *loaded, description.options, true);
    EXPECT_EQ(contents(scratch_.path("b")), contents(scratch_.path("a")));
  }
}

// Enough pictures and units for several blocks of work in every kernel.
TEST_F(DescriberTest, TheBitsDoNotDependOnThreads) {
  std::string one;
  for (int count : {1, 2, 3, 4}) {
    const ThreadScope scope(count);
    Description description({{"model.hidden", "40"},
                             {"model.filters", "16,20"},
                             {"model.dropout", "0.3"},
                             {"data.size", "24,20,3"},
                             {"data.batch", "24"},
                             {"train.epochs", "2"}},
                            corners_, others_);
    const std::string bits =
        description.saved() + described(description.task, contents(others_), others_, "jsonl");
    if (one.empty()) one = bits;
    EXPECT_TRUE(bits == one) << count << " threads";
  }
}

TEST_F(DescriberTest, AnAnswerDoesNotDependOnTheOthers) {
  Description description({{"train.epochs", "3"}}, corners_);
  std::string apart, list;
  for (const char* name : {"others3.ppm", "corners7.ppm", "others11.ppm"}) {
    list += std::string(name) + "\n";
    apart += described(description.task, name, corners_, "jsonl");
  }
  EXPECT_EQ(described(description.task, list, corners_, "jsonl"), apart);
}

TEST_F(DescriberTest, DropoutIsOfTrainingOnly) {
  Description description({{"model.dropout", "0.5"}, {"train.epochs", "2"}}, corners_);
  EXPECT_EQ(description.task.evaluate(corners_).json, description.task.evaluate(corners_).json);
  EXPECT_EQ(description.task.held_out_score(), description.result.best);
}

TEST_F(DescriberTest, ReportsWhatItMeasured) {
  Description description({{"train.epochs", "4"}}, corners_);
  const std::string said = described(description.task, contents(others_), others_);
  const CaptionSet set = read_captions(others_, {.image = {8, 8, 3}});
  const std::vector<std::string> answers = split_lines(column(said, false));
  Bleu bleu;
  size_t right = 0, at = 0;
  for (const Captioned& item : set.items) {
    while (split_lines(said)[at].substr(0, item.name.size() + 1) != item.name + "\t") ++at;
    bleu.add(answers[at], item.sentences);
    right += static_cast<size_t>(std::ranges::count(item.sentences, answers[at]));
  }
  const Report report = description.task.evaluate(others_);
  const double score = 100 * static_cast<double>(right) / 12;
  EXPECT_DOUBLE_EQ(report.score, score);
  EXPECT_EQ(report.json.find("exact")->to_double(), score);
  EXPECT_EQ(report.json.find("items")->to_int(), 12);
  EXPECT_EQ(report.json.find("right")->to_int(), static_cast<int64_t>(right));
  EXPECT_EQ(report.json.find("bleu")->dump(), bleu.json().dump());
  EXPECT_EQ(report.json.find("errors")->items().size(), 12 - right);
  EXPECT_NE(report.text.find(" of 12)\n" + bleu.report()), std::string::npos) << report.text;
  EXPECT_TRUE(report.text.starts_with("exact               ")) << report.text;
}

TEST_F(DescriberTest, ATenthIsKeptBackWhereThereIsEnough) {
  const Description few(one_epoch, corners_);
  EXPECT_TRUE(few.task.summary().starts_with(
      "96 pictures, 128 sentences to learn from; none held out, too few"))
      << few.task.summary();
  const Description many(one_epoch, write_corners(scratch_, "many", 3, 17));
  EXPECT_TRUE(many.task.summary().starts_with("184 pictures, ")) << many.task.summary();
  EXPECT_NE(many.task.summary().find("; 20 held out\npictures of 8 x 8 x 3; 15 words; "),
            std::string::npos)
      << many.task.summary();
}

TEST_F(DescriberTest, BaselinesAreTheMostFrequentAndTheNearest) {
  const std::string file = scratch_.write(
      "x.tsv", "corners0.ppm\tsí\ncorners1.ppm\tno\ncorners2.ppm\tsí\ncorners3.ppm\tquizá\n");
  const std::string asked = scratch_.write(
      "y.tsv",
      "others0.ppm\tno\nothers1.ppm\tno\nothers2.ppm\tsí\nothers3.ppm\tquizá\nothers3.ppm\tsí\n");
  const Description description(one_epoch, file, asked);
  const std::vector<Baseline> found = description.task.baselines();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "always \"sí\"");
  EXPECT_EQ(found[0].score, 50);
  EXPECT_EQ(found[1].name, "sentence of the nearest picture");
  EXPECT_EQ(found[1].score, 75);
  EXPECT_EQ(Description(one_epoch, file).task.baselines().size(), 1u) << "the nearest is itself";
}

TEST_F(DescriberTest, SpeaksInTheFormThatItIsAskedFor) {
  Description description({}, corners_, others_);
  Task& task = description.task;
  const std::string expected = "corners4.ppm\tUno verde, al nordeste.\n";
  for (const char* line : {"corners4.ppm", "corners4.ppm\n", " corners4.ppm\tignored\n\n"})
    EXPECT_EQ(described(task, line, corners_), expected) << line;
  EXPECT_EQ(described(task, "", scratch_.path("corners4.ppm")),
            scratch_.path("corners4.ppm") + expected.substr(expected.find('\t')));
  EXPECT_EQ(described(task, scratch_.path("corners4.ppm"), "stdin"),
            scratch_.path("corners4.ppm") + expected.substr(expected.find('\t')));

  const std::string best = described(task, "corners4.ppm", corners_, "text", {{"best", "3"}});
  EXPECT_EQ(split_lines(best).size(), 3u);
  EXPECT_TRUE(best.starts_with(expected)) << best;
  EXPECT_EQ(column(best, true), "corners4.ppm\ncorners4.ppm\ncorners4.ppm\n");

  const Json line = Json::parse(described(task, "corners4.ppm", corners_, "jsonl"));
  EXPECT_EQ(line.find("item")->to_string(), "corners4.ppm");
  EXPECT_EQ(line.find("text")->to_string(), "Uno verde, al nordeste.");
  const Json& answer = line.find("answers")->items()[0];
  EXPECT_LT(answer.find("log_probability")->to_double(), 0);
  EXPECT_EQ(answer.find("score")->to_double(), answer.find("log_probability")->to_double());
}

TEST_F(DescriberTest, WhatCameBeforeAFaultIsAnswered) {
  Description description(one_epoch, corners_);
  std::istringstream in("corners0.ppm\ngone.ppm\ncorners1.ppm\n");
  std::ostringstream out;
  EXPECT_THROW(description.task.predict({in, [] { return true; }, out},
                                        {.input = "list", .output = "text", .file = corners_}),
               Error);
  EXPECT_EQ(column(out.str(), true), "corners0.ppm\n");
}

TEST_F(DescriberTest, LowerCaseIsASetting) {
  Description description({{"data.lowercase", "true"}}, corners_, others_);
  EXPECT_EQ(column(described(description.task, "corners4.ppm", corners_), false),
            "uno verde, al nordeste.\n");
}

TEST_F(DescriberTest, RareWordsAreNeverSaid) {
  std::string list = contents(corners_);
  list.replace(list.find("rojo,"), 4, "rarísimo");
  Description description({{"data.min_count", "2"}}, scratch_.write("rare.tsv", list));
  EXPECT_EQ(description.task.vocabularies().at("describe.words").find("rarísimo"),
            std::string::npos);
  const std::string said = described(description.task, list, scratch_.path("rare.tsv"));
  EXPECT_EQ(said.find("<unk>"), std::string::npos) << said;
}

TEST_F(DescriberTest, CheckCountsAndCompares) {
  const std::string file =
      scratch_.write("x.tsv",
                     "corners0.ppm\tUna cosa roja.\ncorners0.ppm\tUna  cosa roja .\n"
                     "corners1.ppm\tdos\n./corners1.ppm\ttres\n");
  Describer task;
  const Check check = task.check(file, {.against = corners_});
  EXPECT_TRUE(check.sound) << check.text;
  for (const char* part :
       {"items", "pictures", "4, 3 of them different", "10, 6 of them different",
        "4 words, of the item of line 1", "x.tsv:1: \"corners0.ppm\" has a sentence twice",
        "\"./corners1.ppm\" looks as"})
    EXPECT_NE(check.text.find(part), std::string::npos) << part << "\n" << check.text;
  const Check bad = task.check(scratch_.write("y.tsv", "corners0.ppm\tsí\ngone.ppm\tno\nx\n"), {});
  EXPECT_FALSE(bad.sound);
  EXPECT_NE(bad.text.find("y.tsv:2: "), std::string::npos) << bad.text;
  EXPECT_NE(bad.text.find("y.tsv:3: "), std::string::npos) << bad.text;
}

}  // namespace
}  // namespace cadena
