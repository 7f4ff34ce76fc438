// SPDX-License-Identifier: MIT
// Steps whose gradient is not finite.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cadena/base/error.h"
#include "tests/support/bits.h"
#include "tests/train/toy.h"

namespace cadena {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

TEST(TrainerDivergence, ASkippedStepLeavesTheRest) {
  Toy toy;
  toy.factor = [](int64_t step) { return step == 2 ? nan : 1; };
  std::vector<double> losses;
  train(toy, with(2, 0), [&](const Progress& p) {
    losses.push_back(p.loss);
    return true;
  });
  ASSERT_EQ(toy.trained.size(), 4u);
  EXPECT_TRUE(same_bits(toy.trained[3], toy.trained[2]));
  EXPECT_FALSE(same_bits(toy.scored[1], toy.trained[3])) << "the next step is taken again";
  ASSERT_EQ(losses.size(), 6u);
  EXPECT_TRUE(std::isfinite(losses[4])) << "the mean is that of the steps that were taken";
}

TEST(TrainerDivergence, NineStepsInARowAreForgiven) {
  Toy toy;
  toy.factor = [](int64_t step) { return step % 10 == 9 ? 1 : nan; };
  EXPECT_EQ(train(toy, with(20, 0), go_on).epochs, 20);
  EXPECT_EQ(toy.trained.size(), 40u);
}

TEST(TrainerDivergence, TenStepsInARowBeforeAnEpochIsDoneAreAnError) {
  for (float bad : {nan, std::numeric_limits<float>::infinity()}) {
    Toy toy;
    toy.batches = 20;
    toy.factor = [=](int64_t step) { return step < 3 ? 1 : bad; };
    try {
      train(toy, plain, go_on);
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::diverged);
      EXPECT_FALSE(error.hint().empty());
    }
    EXPECT_EQ(toy.trained.size(), 13u);
    EXPECT_TRUE(same_bits(toy.now(), toy.trained[3])) << "no step was taken";
  }
}

TEST(TrainerDivergence, TenStepsInARowLaterLeaveTheBestEpoch) {
  Toy toy;
  toy.scores = {1, 3, 2};
  toy.factor = [](int64_t step) { return step < 7 ? 1 : nan; };
  const TrainResult result = train(toy, with(20, 0), go_on);
  EXPECT_TRUE(result.diverged);
  EXPECT_FALSE(result.stopped);
  EXPECT_EQ(toy.trained.size(), 17u);
  EXPECT_EQ(result.best_epoch, 2);
  EXPECT_TRUE(same_bits(toy.now(), toy.scored[1]));
  Toy sound;
  EXPECT_FALSE(train(sound, with(2, 0), go_on).diverged);
}

TEST(TrainerDivergence, ASkippedStepIsNoPartOfTheAverage) {
  Toy whole, broken;
  TrainOptions options = with(2, 0);
  options.average = 0.9f;
  train(whole, options, go_on);
  broken.batches = 3;
  broken.factor = [](int64_t step) { return step % 3 == 1 ? nan : 1; };
  train(broken, options, go_on);
  EXPECT_EQ(broken.scored, whole.scored);
}

}  // namespace
}  // namespace cadena
