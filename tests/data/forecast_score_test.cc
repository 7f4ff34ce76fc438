// SPDX-License-Identifier: MIT
#include "cadena/data/forecast_score.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "cadena/base/error.h"

namespace cadena {
namespace {

using Values = std::vector<float>;
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

TEST(ForecastScore, Scale) {
  EXPECT_EQ(seasonal_scale(Values{1, 4, 2, 3}, 1), 2);
  EXPECT_EQ(seasonal_scale(Values{1, 4, 2, 3}, 2), 1);
  EXPECT_EQ(seasonal_scale(Values{1, nan, 2, 3, nan}, 1), 1);
  for (const Values& past : {Values{}, {1}, {2, 2, 2}, {1, nan, 2}, {nan, nan}})
    EXPECT_FALSE(seasonal_scale(past, 1)) << past.size();
  EXPECT_FALSE(seasonal_scale(Values{1, 2, 3}, 3));
}

TEST(ForecastScore, ByHand) {
  ForecastScore score({0.1, 0.5, 0.9});
  score.add(Values{1, 3, 5}, 1, Values{2, 4}, {{4, 4}, {1, 4, 5, 5, 5, 7}});
  score.add(Values{0, 4}, 1, Values{-1, nan}, {{1, 9}, {-2, 0, 0, 1, 2, 3}});
  const ForecastMeasures all = score.measures();
  EXPECT_EQ(all.windows, 2);
  EXPECT_EQ(all.values, 3);
  EXPECT_EQ(all.missing, 1);
  EXPECT_EQ(all.unscaled, 0);
  EXPECT_DOUBLE_EQ(*all.smape, (200.0 * 2 / 6 / 2 + 200) / 2);
  EXPECT_DOUBLE_EQ(*all.mase, (0.5 + 0.5) / 2);
  EXPECT_DOUBLE_EQ(*all.mae, 4.0 / 3);
  EXPECT_DOUBLE_EQ(*all.rmse, std::sqrt(8.0 / 3));
  ASSERT_EQ(all.pinball.size(), 3u);
  EXPECT_NEAR(all.pinball[0], (0.1 * 1 + 0.9 * 1 + 0.1 * 1) / 3, 1e-12);
  EXPECT_NEAR(all.pinball[1], (0.5 * 2 + 0.5 * 1 + 0.5 * 1) / 3, 1e-12);
  EXPECT_NEAR(all.pinball[2], (0.1 * 3 + 0.1 * 3 + 0.1 * 1) / 3, 1e-12);
  ASSERT_EQ(all.intervals.size(), 1u);
  EXPECT_NEAR(all.intervals[0].level, 0.8, 1e-12);
  EXPECT_DOUBLE_EQ(*all.intervals[0].coverage, 2.0 / 3);
  EXPECT_DOUBLE_EQ(*all.intervals[0].width, (4 + 2 + 2) / 3.0);
  // Below the second interval by 1, of 10 for each at a tail of 0.1; scales 2 and 4.
  EXPECT_DOUBLE_EQ(*all.intervals[0].msis, ((4 + (2 + 10)) / 2.0 / 2 + 2 / 4.0) / 2);
}

TEST(ForecastScore, WhatIsUndefinedIsCounted) {
  const ForecastMeasures none = ForecastScore({0.1, 0.9}).measures();
  EXPECT_FALSE(none.smape || none.mase || none.mae || none.rmse || none.intervals[0].coverage ||
               none.intervals[0].width || none.intervals[0].msis);
  EXPECT_TRUE(none.pinball.empty());
  EXPECT_FALSE(owa(none, none));

  ForecastScore score({0.1, 0.9});
  score.add(Values{5, 5, 5}, 1, Values{5}, {{6}, {4, 7}});  // constant
  score.add(Values{1, 2}, 1, Values{0}, {{0}, {0, 0}});     // 0 / 0 in sMAPE
  score.add(Values{1, 2}, 1, Values{nan, nan}, {{0, 0}, {0, 0, 0, 0}});
  const ForecastMeasures all = score.measures();
  EXPECT_EQ(all.windows, 2);
  EXPECT_EQ(all.unscaled, 1);
  EXPECT_EQ(all.missing, 2);
  EXPECT_DOUBLE_EQ(*all.smape, 200.0 / 11 / 2);
  EXPECT_EQ(all.mase, 0);
  EXPECT_EQ(all.intervals[0].msis, 0);
  EXPECT_FALSE(owa(all, all));  // divides by the MASE, 0
  EXPECT_NE(score.report(&all).find("OWA            undefined"), std::string::npos)
      << score.report(&all);
  EXPECT_NE(score.report().find("2 windows, 2 values, 2 missing, 1 windows without scale"),
            std::string::npos);
  EXPECT_TRUE(score.json(&all).find("owa")->is_null());
  EXPECT_EQ(score.json().find("unscaled")->to_int(), 1);
}

TEST(ForecastScore, OwaIsRelative) {
  ForecastMeasures measures, naive2;
  measures.smape = 10, measures.mase = 1;
  naive2.smape = 20, naive2.mase = 4;
  EXPECT_DOUBLE_EQ(*owa(measures, naive2), (0.5 + 0.25) / 2);
  EXPECT_DOUBLE_EQ(*owa(naive2, naive2), 1);
  naive2.mase = std::nullopt;
  EXPECT_FALSE(owa(measures, naive2));
}

TEST(ForecastScore, Refused) {
  ForecastScore score({0.5});
  const Values past{1, 2}, actual{1};
  for (const Forecast& bad : {Forecast{{1, 2}, {1}},
                              {{}, {1}},
                              {{1}, {}},
                              {{1}, {1, 2}},
                              {{nan}, {1}},
                              {{1}, {nan}},
                              {{std::numeric_limits<float>::infinity()}, {1}}})
    EXPECT_THROW(score.add(past, 1, actual, bad), Error);
  EXPECT_EQ(score.measures().windows, 0);
}

TEST(ForecastScore, QuantilesOfTheTruthAreBest) {
  // Evenly spread from 0 to 1: the level itself is its quantile, and is covered that often.
  ForecastScore right({0.05, 0.95}), narrow({0.05, 0.95});
  for (int i = 0; i < 1000; ++i) {
    const Values actual{(static_cast<float>(i) + 0.5f) / 1000};
    right.add(Values{0, 1}, 1, actual, {{0.5f}, {0.05f, 0.95f}});
    narrow.add(Values{0, 1}, 1, actual, {{0.5f}, {0.2f, 0.8f}});
  }
  EXPECT_NEAR(*right.measures().intervals[0].coverage, 0.9, 1e-9);
  EXPECT_NEAR(*narrow.measures().intervals[0].coverage, 0.6, 1e-9);
  EXPECT_LT(*right.measures().intervals[0].msis, *narrow.measures().intervals[0].msis);
  EXPECT_LT(right.measures().pinball[0], narrow.measures().pinball[0]);
  EXPECT_NEAR(right.measures().pinball[0], 0.05 * 0.95 / 2, 1e-6);
}

}  // namespace
}  // namespace cadena
