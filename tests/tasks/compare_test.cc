// SPDX-License-Identifier: MIT
#include "cadena/tasks/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "cadena/base/error.h"
#include "tests/support/scratch.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

bool until_the_end(const Progress&) { return true; }
void tell_nobody(const Contestant&) {}

struct Corpus {
  Scratch scratch;
  std::string train = scratch.write("train.conll", to_conll(tiny_corpus()));
  std::string pairs = scratch.write("pairs.txt", [] {
    std::string lines;
    for (int i = 0; i < 40; ++i) lines += "uno dos " + std::to_string(i % 4) + "\tone two\n";
    return lines;
  }());

  CompareOptions options(const std::vector<std::string>& cells, const Values& values) const {
    return {.task = "tag",
            .train = train,
            .configure =
                [=](Settings& settings) {
                  for (const auto& [key, value] : small + values) settings.set(key, value);
                },
            .cells = cells,
            .seeds = 2};
  }
};

int64_t parameters_of(const CompareOptions& options, const std::string& cell, int64_t hidden) {
  const std::unique_ptr<Task> task = make_task(options.task);
  TrainOptions train = task->train_defaults();
  Settings settings = settings_of(*task, train);
  options.configure(settings);
  settings.set("model.cell", cell);
  settings.set("model.hidden", std::to_string(hidden));
  Rng rng(1);
  task->prepare(options.train, {}, rng);
  return count_parameters(*task);
}

TEST(Compare, CellsHaveTheSizesWhoseParametersAreNearest) {
  const Corpus corpus;
  const CompareOptions options = corpus.options({"gru", "elman", "lstm", "indrnn"}, {});
  const std::vector<Contestant> all = Comparison(options).contestants();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].hidden, 12);
  for (const Contestant& one : all) {
    EXPECT_EQ(one.parameters, parameters_of(options, one.cell, one.hidden)) << one.cell;
    for (const int64_t other : {one.hidden - 1, one.hidden + 1})
      EXPECT_LE(std::abs(one.parameters - all[0].parameters),
                std::abs(parameters_of(options, one.cell, other) - all[0].parameters))
          << one.cell;
  }
}

TEST(Compare, PassesOverSizesThatATaskRefuses) {  // odd ones
  const Corpus corpus;
  const CompareOptions options{.task = "translate",
                               .train = corpus.pairs,
                               .configure = [](Settings& s) { s.set("model.hidden", "20"); },
                               .cells = {"lstm", "gru", "elman"}};
  const Comparison comparison(options);
  for (const Contestant& one : comparison.contestants()) EXPECT_EQ(one.hidden % 2, 0) << one.cell;
}

TEST(Compare, WithoutNamesEveryCellIsThereTheConfiguredOneFirst) {
  const Corpus corpus;
  const std::vector<Contestant> all =
      Comparison(corpus.options({}, {{"model.cell", "gru"}})).contestants();
  EXPECT_EQ(all.front().cell, "gru");
  EXPECT_GE(all.size(), cell_names().size());
}

TEST(Compare, RunsAreTrainingsAsAnyOther) {
  const Corpus corpus;
  const Values values{{"train.epochs", "3"}, {"model.cell", "gru"}};
  Comparison comparison(corpus.options({"gru", "elman"}, values));
  std::vector<std::string> order;
  EXPECT_TRUE(comparison.run(until_the_end, [&](const Contestant& one) {
    order.push_back(one.cell + std::to_string(one.runs.back().seed));
  }));
  EXPECT_EQ(order, (std::vector<std::string>{"gru1", "elman1", "gru2", "elman2"}));
  const Contestant& gru = comparison.contestants()[0];
  ASSERT_EQ(gru.runs.size(), 2u);
  for (const auto& [seed, result] : gru.runs) {
    Tagger tagger;
    TrainOptions options = tagger.train_defaults();
    Settings settings = settings_of(tagger, options);
    for (const auto& [key, value] : small + values) settings.set(key, value);
    options.seed = seed;
    Rng rng(seed, 1);
    tagger.prepare(corpus.train, {}, rng);
    EXPECT_EQ(result.best, train(tagger, options, until_the_end).best);
  }
}

TEST(Compare, ATrainingThatIsCutShortLeavesNoRun) {
  const Corpus corpus;
  Comparison comparison(corpus.options({"gru", "elman"}, {{"train.epochs", "2"}}));
  int ends = 0;
  const auto watch = [&](const Progress& now) { return !(now.epoch_done && ++ends == 3); };
  EXPECT_FALSE(comparison.run(watch, tell_nobody));
  EXPECT_EQ(comparison.contestants()[0].runs.size(), 1u);
  EXPECT_EQ(comparison.contestants()[1].runs.size(), 0u);
}

TEST(Compare, RunsThatDivergeAreCounted) {
  const Corpus corpus;
  Comparison comparison(corpus.options({"elman_relu"}, {{"train.optimiser", "sgd"},
                                                        {"train.rate", "1000"},
                                                        {"train.clip", "0"},
                                                        {"train.epochs", "40"}}));
  EXPECT_TRUE(comparison.run(until_the_end, tell_nobody));
  EXPECT_EQ(standings(comparison.contestants(), false)[0].diverged, 2);
}

TEST(Compare, RefusesCellsBeforeItTrains) {
  const Corpus corpus;
  const auto message = [&](const std::vector<std::string>& cells) {
    try {
      Comparison comparison(corpus.options(cells, {}));
    } catch (const Error& error) {
      return std::string(error.what()) + error.hint();
    }
    return std::string();
  };
  EXPECT_NE(message({"lstm", "gruu"}).find("did you mean 'gru'?"), std::string::npos);
  EXPECT_NE(message({"lstm", "gru", "lstm"}).find("'lstm' is given twice"), std::string::npos);
}

Contestant scored(const std::string& cell, const std::vector<double>& scores) {
  Contestant one{cell, 10, 1000};
  for (double score : scores)
    one.runs.push_back(
        {1, {.best = score, .best_epoch = 1, .epochs = 2, .tokens = 60, .seconds = 3}});
  return one;
}

TEST(Standings, BestMeanFirstAndMarksWhereIntervalsOverlap) {
  const std::vector<Contestant> all{scored("far", {50, 51, 52}), scored("near", {80, 90, 81}),
                                    scored("best", {89, 88, 90}), scored("none", {})};
  std::vector<Standing> ranked = standings(all, false);
  const auto names = [&] {
    std::string text;
    for (const Standing& s : ranked) text += s.contestant.cell + (s.near_best ? "* " : " ");
    return text;
  };
  EXPECT_EQ(names(), "best near* far none ");
  EXPECT_EQ(ranked[0].best, 90);
  EXPECT_EQ(ranked[0].worst, 88);
  EXPECT_DOUBLE_EQ(ranked[0].seconds_per_epoch, 1.5);
  EXPECT_DOUBLE_EQ(ranked[0].tokens_per_second, 20);
  EXPECT_TRUE(std::isnan(ranked[3].score.mean));
  ranked = standings(all, true);
  EXPECT_EQ(names(), "far near best none ");
  EXPECT_EQ(ranked[2].best, 88);
  EXPECT_TRUE(standings({}, true).empty());
}

TEST(Standings, OneRunTellsNothingApart) {
  const std::vector<Standing> ranked = standings({scored("a", {1}), scored("b", {99})}, false);
  EXPECT_EQ(ranked[0].contestant.cell, "b");
  EXPECT_TRUE(ranked[1].near_best);
}

}  // namespace
}  // namespace cadena
