// SPDX-License-Identifier: MIT
#include "cadena/train/trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/bits.h"
#include "tests/train/toy.h"

namespace cadena {
namespace {

TEST(Trainer, KeepsTheWeightsOfTheBestEpoch) {
  Toy toy;
  toy.scores = {1, 3, 2, 2.5};
  const TrainResult result = train(toy, with(4, 0), go_on);
  EXPECT_EQ(result.best, 3);
  EXPECT_EQ(result.best_epoch, 2);
  EXPECT_EQ(result.epochs, 4);
  EXPECT_FALSE(result.stopped);
  ASSERT_EQ(toy.scored.size(), 4u);
  EXPECT_TRUE(same_bits(toy.now(), toy.scored[1]));
  EXPECT_FALSE(same_bits(toy.now(), toy.scored[3]));
}

TEST(Trainer, OfEqualEpochsTheLastIsBest) {
  Toy toy;
  toy.scores = {-5, -4, -4, -5};
  EXPECT_EQ(train(toy, with(4, 0), go_on).best_epoch, 3);
  EXPECT_TRUE(same_bits(toy.now(), toy.scored[2]));
}

TEST(Trainer, ASmallerScoreMayBeBetter) {
  Toy toy;
  toy.scores = {9, 4, 5, 7};
  toy.smaller_is_better = true;
  const TrainResult result = train(toy, with(4, 2), go_on);
  EXPECT_EQ(result.best, 4);
  EXPECT_EQ(result.best_epoch, 2);
}

TEST(Trainer, PassesOverSmallDataMoreOften) {
  Rng rng(1);
  const int64_t batches = Toy().start_epoch(rng);
  for (const int64_t steps : {int64_t{0}, 15 * batches, 15 * batches + 1, 40 * batches}) {
    Toy toy;
    TrainOptions options = with(0, 0);
    options.steps = steps;
    const int64_t wanted = std::max<int64_t>(15, (steps + batches - 1) / batches);
    EXPECT_EQ(train(toy, options, go_on).epochs, wanted) << steps;
  }
}

TEST(Trainer, EndsWhenPatienceRunsOut) {
  const struct {
    int patience, epochs;
  } cases[] = {{1, 3}, {2, 4}, {3, 8}, {0, 8}};  // the fifth epoch is the best
  for (const auto& c : cases) {
    Toy toy;
    toy.scores = {1, 3, 2, 2, 4, 0};
    const TrainResult result = train(toy, with(8, c.patience), go_on);
    EXPECT_EQ(result.epochs, c.epochs) << c.patience;
    EXPECT_EQ(result.best_epoch, c.epochs == 8 ? 5 : 2);
    EXPECT_EQ(toy.scored.size(), static_cast<size_t>(c.epochs));
    EXPECT_FALSE(result.stopped);
  }
}

TEST(Trainer, WatchStopsWithinAnEpoch) {
  Toy toy;
  toy.scores = {5};
  toy.batches = 3;
  const TrainResult result = train(
      toy, plain, [](const Progress& p) { return p.epoch_done || p.epoch < 2 || p.batch < 2; });
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(result.epochs, 1);
  EXPECT_EQ(toy.trained.size(), 5u) << "three batches, then two";
  EXPECT_EQ(toy.scored.size(), 1u);
  EXPECT_TRUE(same_bits(toy.now(), toy.scored[0])) << "the epoch that was finished";
}

TEST(Trainer, WatchStopsBeforeAnyEpochIsDone) {
  Toy toy;
  const TrainResult result = train(toy, plain, [](const Progress&) { return false; });
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(result.epochs, 0);
  EXPECT_EQ(result.best_epoch, 0);
  EXPECT_EQ(toy.trained.size(), 1u);
  EXPECT_TRUE(toy.scored.empty());
  EXPECT_FALSE(same_bits(toy.now(), toy.trained[0])) << "the step that was taken stays";
}

TEST(Trainer, WatchStopsAfterAnEpoch) {
  Toy toy;
  const TrainResult result =
      train(toy, plain, [](const Progress& p) { return !p.epoch_done || p.epoch < 3; });
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(result.epochs, 3);
}

TEST(Trainer, TellsWhereItStands) {
  Toy toy;
  toy.scores = {7, 9, 8};
  std::vector<Progress> seen;
  const TrainResult result = train(toy, with(3, 0), [&](const Progress& p) {
    seen.push_back(p);
    return true;
  });
  ASSERT_EQ(seen.size(), 9u);  // two batches and an end, three times
  double seconds = 0;
  for (size_t i = 0; i < seen.size(); ++i) {
    const Progress& p = seen[i];
    const size_t epoch = i / 3, part = i % 3;
    EXPECT_EQ(p.epoch, static_cast<int>(epoch) + 1);
    EXPECT_EQ(p.batches, 2);
    EXPECT_EQ(p.batch, part == 0 ? 1 : 2);
    EXPECT_EQ(p.epoch_done, part == 2);
    EXPECT_EQ(p.rate, plain.schedule.rate);
    EXPECT_GT(p.tokens_per_second, 0);
    EXPECT_GE(p.seconds, seconds);
    seconds = p.seconds;
    double loss = 0;
    const size_t taken = part == 0 ? 1 : 2;
    for (size_t step = 2 * epoch; step < 2 * epoch + taken; ++step)
      for (float w : toy.trained[step]) loss += double{w} * w;
    EXPECT_NEAR(p.loss, loss / (4.0 * static_cast<double>(taken)), 1e-6);
  }
  EXPECT_EQ(seen[2].score, 7);
  EXPECT_EQ(seen[8].score, 8);
  EXPECT_EQ(seen[8].best, 9);
  EXPECT_EQ(seen[8].best_epoch, 2);
  EXPECT_EQ(seen[3].best, 7) << "while an epoch runs, that of those before";
  EXPECT_EQ(seen[3].best_epoch, 1);
  EXPECT_EQ(result.tokens, 3 * 2 * 4);
  EXPECT_GE(result.seconds, 0);
  EXPECT_LE(result.seconds, seconds);
}

// A loss summed over two sequences is divided by two.
TEST(Trainer, AStepIsThatOfTheMeanOverSequences) {
  Toy toy;
  train(toy, with(1, 0), go_on);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(toy.trained[1][i], toy.trained[0][i] * (1 - plain.schedule.rate));
}

TEST(Trainer, TheScheduleSpansAllEpochs) {
  Toy toy;
  TrainOptions options = with(2, 0);
  options.schedule = {.rate = 8, .decay = "linear", .final = 0};
  std::vector<float> rates;
  train(toy, options, [&](const Progress& p) {
    if (!p.epoch_done) rates.push_back(p.rate);
    return true;
  });
  EXPECT_EQ(rates, (std::vector<float>{8, 6, 4, 2}));
}

TEST(Trainer, APlateauLowersTheRate) {
  Toy toy;
  toy.scores = {1, 0, 0};
  TrainOptions options = with(4, 0);
  options.schedule = {
      .rate = 0.5f, .decay = "plateau", .plateau_factor = 0.5f, .plateau_patience = 1};
  std::vector<float> rates;
  train(toy, options, [&](const Progress& p) {
    if (p.epoch_done) rates.push_back(p.rate);
    return true;
  });
  EXPECT_EQ(rates, (std::vector<float>{0.5f, 0.5f, 0.5f, 0.25f}));
}

TEST(Trainer, TheSameSeedGivesTheSameBits) {
  const auto run = [](uint64_t seed) {
    Toy toy;
    toy.drop = 0.5f;
    TrainOptions options = with(3, 0);
    options.seed = seed;
    train(toy, options, go_on);
    return std::pair(toy.now(), toy.drawn);
  };
  const auto first = run(1), again = run(1), other = run(2);
  EXPECT_TRUE(same_bits(first.first, again.first));
  EXPECT_EQ(first.second, again.second);
  EXPECT_FALSE(same_bits(first.first, other.first));
  EXPECT_NE(first.second, other.second);
  EXPECT_NE(first.second[0], first.second[1]) << "each epoch has its own order";
}

TEST(Trainer, ScoresAndKeepsTheAverage) {
  Toy toy;
  toy.scores = {1, 2, 0};
  TrainOptions options = with(3, 0);
  options.average = 0.75f;
  train(toy, options, go_on);
  ASSERT_EQ(toy.trained.size(), 6u);
  // The mean of what each step led to.
  std::vector<float> mean = toy.trained[0];
  for (size_t step = 1; step <= 4; ++step) {
    const float t = static_cast<float>(step - 1), decay = std::min(0.75f, (1 + t) / (10 + t));
    for (size_t i = 0; i < mean.size(); ++i)
      mean[i] = std::fma(1 - decay, toy.trained[step][i] - mean[i], mean[i]);
  }
  EXPECT_TRUE(same_bits(toy.scored[1], mean));
  EXPECT_TRUE(same_bits(toy.now(), toy.scored[1]));
}

TEST(Trainer, TheAverageDoesNotDisturbTheTraining) {
  Toy averaged, simple;
  TrainOptions options = with(4, 0);
  train(simple, options, go_on);
  options.average = 0.9f;
  train(averaged, options, go_on);
  EXPECT_EQ(averaged.trained, simple.trained);
  EXPECT_NE(averaged.scored, simple.scored);
}

TEST(Trainer, OptionsAreSettings) {
  TrainOptions options;
  Settings settings;
  options.add_to(settings);
  const std::string before = settings.to_toml();
  settings.read_toml(
      "[train]\nseed = 7\nepochs = 3\npatience = 0\naverage = 0\noptimiser = \"sgd\"\nrate = 0.5\n"
      "momentum = 0.25\nclip = 0\nwarmup = 9\ndecay = \"cosine\"\nfinal = 0.125\n",
      "x.toml");
  EXPECT_EQ(options.seed, 7u);
  EXPECT_EQ(options.epochs, 3);
  EXPECT_EQ(options.patience, 0);
  EXPECT_EQ(options.average, 0);
  EXPECT_EQ(options.optimiser.kind, "sgd");
  EXPECT_EQ(options.optimiser.momentum, 0.25f);
  EXPECT_EQ(options.optimiser.clip, 0);
  EXPECT_EQ(options.schedule.rate, 0.5f);
  EXPECT_EQ(options.schedule.warmup, 9);
  EXPECT_EQ(options.schedule.decay, "cosine");
  EXPECT_EQ(options.schedule.final, 0.125f);
  settings.read_toml(before, "x.toml");
  EXPECT_EQ(settings.to_toml(), before);
}

}  // namespace
}  // namespace cadena
