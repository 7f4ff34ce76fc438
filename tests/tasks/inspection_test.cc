// SPDX-License-Identifier: MIT
// What a task tells of itself at each step of an input.
#include "cadena/tasks/inspection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "cadena/base/error.h"
#include "cadena/tasks/generator.h"
#include "cadena/tasks/translator.h"
#include "tests/tasks/classes.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

Inspection look(Task& task, const std::string& text, const std::string& form = "text",
                int64_t number = 1) {
  std::istringstream in(text);
  return task.inspect(in, {.input = form, .file = "x", .number = number});
}

std::string refused(Task& task, const std::string& text, int64_t number = 1) {
  try {
    look(task, text, "text", number);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

const Grid& grid(const Inspection& seen, const std::string& name) {
  for (const Grid& one : seen.grids)
    if (one.name == name) return one;
  throw Error("no grid " + name);
}

double row_sum(const Grid& one, size_t i) {
  const auto* const row = one.values.data() + i * one.columns.size();
  return std::accumulate(row, row + one.columns.size(), 0.0);
}

std::string corpus_in(const Scratch& scratch) {
  return scratch.write("train.conll", to_conll(tiny_corpus()));
}

class InspectedTagger : public testing::TestWithParam<const char*> {};

TEST_P(InspectedTagger, SaysWhatItTags) {
  const Scratch scratch;
  Training one(small + Values{{"model.output", GetParam()}, {"train.epochs", "5"}},
               corpus_in(scratch));
  const std::string text = "Ana Ruiz vive en Lima .";
  const Inspection seen = look(one.tagger, "nada\n" + text + "\n", "text", 2);
  ASSERT_EQ(seen.networks.size(), 1u);
  EXPECT_EQ(seen.networks[0].steps,
            (std::vector<std::string>{"Ana", "Ruiz", "vive", "en", "Lima", "."}));
  const auto labels = one.tagger.tag({seen.networks[0].steps})[0];
  double loss = 0;
  const bool crf = std::string(GetParam()) == "crf";
  for (size_t t = 0; t < labels.size(); ++t) {
    EXPECT_EQ(seen.answers[t].text, labels[t]);
    EXPECT_NEAR(row_sum(grid(seen, crf ? "marginals" : "probabilities"), t), 1, 1e-4);
    loss -= std::log(seen.answers[t].probability);
  }
  if (!crf) {
    EXPECT_NEAR(seen.observation.loss, loss, 1e-4);
  }
  EXPECT_EQ(seen.observation.layers.size(), 2u);
  EXPECT_EQ(seen.observation.layers[0].states[0].units, 12);
  EXPECT_EQ(std::ssize(seen.observation.parts), 6);
  for (const double norm : seen.observation.layers[0].states[0].gradient) EXPECT_GT(norm, 0);
}

TEST_P(InspectedTagger, LearnsOnAsIfNobodyHadLooked) {
  const Scratch scratch;
  Training one(small + Values{{"model.output", GetParam()}, {"train.epochs", "1"}},
               corpus_in(scratch));
  look(one.tagger, "Ana vive en Lima .\n");
  Visitor all([](const std::string& name, const Tensor& weights) {
    EXPECT_FALSE(weights.has_grad()) << name;
  });
  one.tagger.visit(all);
}

INSTANTIATE_TEST_SUITE_P(Outputs, InspectedTagger, testing::Values("crf", "softmax"));

TEST(Inspection, TheLossOfAFieldIsThatOfItsBestLabels) {
  const Scratch scratch;
  Training one(small + Values{{"train.epochs", "5"}}, corpus_in(scratch));
  const Inspection seen = look(one.tagger, to_conll({tiny_corpus()[0]}), "conll");
  // p of the whole is at most that of its least probable label, and at least 1 - all that lacks.
  double least = 1, lack = 0;
  for (const auto& answer : seen.answers) {
    least = std::min(least, answer.probability);
    lack += 1 - answer.probability;
  }
  EXPECT_LE(std::exp(-seen.observation.loss), least + 1e-5);
  EXPECT_GE(std::exp(-seen.observation.loss), 1 - lack - 1e-5);
  const Grid& transitions = grid(seen, "transitions");
  EXPECT_EQ(transitions.rows, transitions.columns);
  EXPECT_TRUE(std::ranges::any_of(transitions.values, [](float v) { return std::isnan(v); }));
}

TEST(Inspection, RefusesWhatIsNotThereEmptyOrTooLong) {
  const Scratch scratch;
  Training one(small + Values{{"train.epochs", "1"}}, corpus_in(scratch));
  EXPECT_EQ(refused(one.tagger, "a\nb\n", 3), "x: there is no number 3: it has 2");
  EXPECT_EQ(refused(one.tagger, ""), "x: there is no number 1: it has 0");
  EXPECT_EQ(refused(one.tagger, "\n"), "x: number 1 is empty: there are no steps to look at");
  std::string endless;
  for (int i = 0; i < 501; ++i) endless += "a ";
  EXPECT_EQ(refused(one.tagger, endless),
            "x: number 1 has 501 steps: at most 500 can be looked at");
  EXPECT_NE(refused(one.tagger, "\xff"), "");
  EXPECT_NE(refused(*make_task("forecast"), "1"), "");
}

TEST(Inspection, AClassifierTellsItsAttention) {
  const Scratch scratch;
  std::string lines;
  for (int i = 0; i < 20; ++i) lines += "good\tsehr gut\nbad\tgar nicht gut\n";
  const std::string path = scratch.write("train", lines);
  Classification one(small_classifier + Values{{"train.epochs", "3"}}, path);
  const Inspection seen = look(one.task, "gar nicht gut\n");
  ASSERT_EQ(seen.answers.size(), 1u);
  EXPECT_NEAR(seen.observation.loss, -std::log(seen.answers[0].probability), 1e-4);
  const Grid& attention = grid(seen, "attention");
  EXPECT_EQ(attention.rows, seen.networks[0].steps);
  EXPECT_NEAR(std::accumulate(attention.values.begin(), attention.values.end(), 0.0), 1, 1e-5);
  EXPECT_TRUE(seen.observation.parts.empty());
  EXPECT_EQ(seen.observation.layers.size(), 2u);
}

TEST(Inspection, ALanguageModelsPartsAreItsLoss) {
  const Scratch scratch;
  std::string text;
  for (int i = 0; i < 40; ++i) text += "la rana\n";
  const std::string path = scratch.write("text", text);
  Generator task;
  TrainOptions options = task.train_defaults();
  Settings settings = settings_of(task, options);
  for (const auto& [key, value] : Values{
           {"model.size", "8"}, {"model.hidden", "16"}, {"model.layers", "2"}, {"data.lanes", "4"}})
    settings.set(key, value);
  Rng rng(1);
  task.prepare(path, {}, rng);
  const Inspection seen = look(task, "la rana\n");
  double loss = 0;
  for (const auto& answer : seen.answers) loss -= std::log(answer.probability);
  EXPECT_EQ(seen.answers.size(), 8u);
  EXPECT_EQ(seen.networks[0].steps[0], "\n");
  EXPECT_EQ(seen.answers[7].text, "\n");
  EXPECT_NEAR(seen.observation.loss, loss, 1e-4);
  EXPECT_EQ(seen.observation.layers.size(), 2u);
}

class InspectedTranslator : public testing::TestWithParam<Values> {};

TEST_P(InspectedTranslator, ReadsAndSays) {
  const Scratch scratch;
  std::string lines;
  for (int i = 0; i < 20; ++i) lines += "uno dos tres\ttres dos uno\ndos uno\tuno dos\n";
  const std::string path = scratch.write("train", lines);
  Translator task;
  TrainOptions options = task.train_defaults();
  Settings settings = settings_of(task, options);
  for (const auto& [key, value] : Values{{"model.hidden", "8"},
                                         {"model.dropout", "0"},
                                         {"data.unit", "word"},
                                         {"data.min_count", "1"},
                                         {"data.longest_target", "6"}} +
                                      GetParam())
    settings.set(key, value);
  Rng rng(1);
  task.prepare(path, {}, rng);
  const Inspection seen = look(task, "uno dos tres\n");
  ASSERT_EQ(seen.networks.size(), 2u);
  EXPECT_EQ(seen.networks[0].steps, (std::vector<std::string>{"uno", "dos", "tres"}));
  EXPECT_EQ(seen.networks[1].steps.size(), seen.answers.size());
  double loss = 0;
  for (const auto& answer : seen.answers) loss -= std::log(answer.probability);
  EXPECT_NEAR(seen.observation.loss, loss, 1e-4 * (1 + loss));
  ASSERT_EQ(seen.observation.layers.size(), 3u);  // an encoder in two directions, a decoder
  EXPECT_EQ(seen.observation.layers[2].network, 1);
  EXPECT_EQ(seen.observation.layers[2].steps, std::ssize(seen.answers));
  const auto& triangle = seen.observation.layers[2].triangle;
  const size_t n = seen.answers.size();
  ASSERT_EQ(triangle.size(), n * n);
  for (size_t t = 0; t < n; ++t)
    for (size_t k = 0; k < n; ++k) EXPECT_EQ(triangle[t * n + k] > 0, k <= t) << t << k;
  if (seen.grids.empty()) return;
  for (size_t i = 0; i < grid(seen, "attention").rows.size(); ++i)
    EXPECT_NEAR(row_sum(grid(seen, "attention"), i), 1, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Decoders, InspectedTranslator,
                         testing::Values(Values{}, Values{{"model.feed", "false"}},
                                         Values{{"model.attention", "none"}, {"model.cell", "gru"}},
                                         Values{{"model.copy", "true"}}));

}  // namespace
}  // namespace cadena
