// SPDX-License-Identifier: MIT
#include "cadena/train/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "cadena/base/error.h"

namespace cadena {
namespace {

std::vector<float> rates(const Schedule& schedule, int64_t steps) {
  std::vector<float> all;
  for (int64_t step = 0; step < steps; ++step) all.push_back(schedule.rate(step));
  return all;
}

TEST(Schedule, ConstantKeepsItsRate) {
  const Schedule schedule({.rate = 0.25f, .decay = "constant", .final = 0.5f}, 10);
  EXPECT_EQ(rates(schedule, 12), std::vector<float>(12, 0.25f));
}

TEST(Schedule, WarmUpRisesInEqualSteps) {
  for (const char* decay : {"constant", "linear", "cosine", "plateau"}) {
    const Schedule schedule({.rate = 2, .warmup = 4, .decay = decay}, 10);
    EXPECT_EQ(rates(schedule, 5), (std::vector<float>{0.5f, 1, 1.5f, 2, 2})) << decay;
  }
}

TEST(Schedule, WarmUpMayBeLongerThanTheTraining) {
  const Schedule schedule({.rate = 1, .warmup = 100, .decay = "linear", .final = 0}, 10);
  EXPECT_FLOAT_EQ(schedule.rate(9), 0.1f);
  EXPECT_FLOAT_EQ(schedule.rate(99), 1);
  EXPECT_FLOAT_EQ(schedule.rate(101), 0);
}

TEST(Schedule, LinearFallsToItsFinalShare) {
  const Schedule schedule({.rate = 8, .decay = "linear", .final = 0.25f}, 4);
  EXPECT_EQ(rates(schedule, 6), (std::vector<float>{8, 6.5f, 5, 3.5f, 2, 2}));
  const Schedule late({.rate = 8, .warmup = 2, .decay = "linear", .final = 0}, 6);
  EXPECT_EQ(rates(late, 7), (std::vector<float>{4, 8, 8, 6, 4, 2, 0}));
}

TEST(Schedule, CosineFallsSlowlyFastSlowly) {
  const Schedule schedule({.rate = 8, .decay = "cosine", .final = 0.5f}, 4);
  const std::vector<float> expected{8, 7.4142137f, 6, 4.5857863f, 4, 4};
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(schedule.rate(static_cast<int64_t>(i)), expected[i], 1e-5) << i;
}

TEST(Schedule, PlateauFallsAfterWaiting) {
  Schedule schedule({.rate = 1, .decay = "plateau", .plateau_factor = 0.5f, .plateau_patience = 2},
                    100);
  // One epoch each: whether it was better, and the rate after it.
  const std::pair<bool, float> epochs[] = {{true, 1},     {false, 1},    {false, 1},
                                           {false, 0.5f}, {false, 0.5f}, {true, 0.5f},
                                           {false, 0.5f}, {false, 0.5f}, {false, 0.25f}};
  for (const auto& [better, rate] : epochs) {
    schedule.epoch_done(better);
    EXPECT_EQ(schedule.rate(50), rate);
  }
}

TEST(Schedule, PlateauWithoutPatienceFallsAtOnce) {
  Schedule schedule({.rate = 1, .decay = "plateau", .plateau_factor = 0.25f, .plateau_patience = 0},
                    100);
  schedule.epoch_done(false);
  EXPECT_EQ(schedule.rate(0), 0.25f);
  schedule.epoch_done(false);
  EXPECT_EQ(schedule.rate(0), 0.0625f);
}

TEST(Schedule, OnlyPlateauLooksAtTheScore) {
  for (const char* decay : {"constant", "linear", "cosine"}) {
    Schedule schedule({.decay = decay}, 10);
    const std::vector<float> before = rates(schedule, 10);
    for (int epoch = 0; epoch < 20; ++epoch) schedule.epoch_done(false);
    EXPECT_EQ(rates(schedule, 10), before) << decay;
  }
}

TEST(Schedule, NoStepsAreNoDivisionByZero) {
  for (const char* decay : {"constant", "linear", "cosine", "plateau"})
    EXPECT_EQ(Schedule({.rate = 1, .decay = decay}, 0).rate(0), 1) << decay;
}

TEST(Schedule, StairsFallAtEachEpochAfterAFirstStretch) {
  Schedule schedule({.rate = 1, .decay = "stairs", .final = 1, .hold = 2, .plateau_factor = 0.5f},
                    100);
  std::vector<float> rates;
  for (int epoch = 0; epoch < 5; ++epoch) {
    rates.push_back(schedule.rate(10 * epoch));
    schedule.epoch_done(false);
  }
  EXPECT_EQ(rates, (std::vector<float>{1, 1, 0.5f, 0.25f, 0.125f}));
}

TEST(Schedule, RefusesAnUnknownDecay) {
  try {
    Schedule({.decay = "step"}, 10);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "schedule: there is no 'step'");
    EXPECT_EQ(error.hint(), "constant, linear, cosine, plateau or stairs");
  }
}

}  // namespace
}  // namespace cadena
