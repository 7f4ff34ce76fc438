// SPDX-License-Identifier: MIT
#include "cadena/data/forecast_windows.h"

#include <gtest/gtest.h>

namespace cadena {
namespace {

TEST(ForecastWindows, Few) {
  using Windows = std::vector<ForecastWindow>;
  EXPECT_EQ(forecast_windows(10, {.horizon = 3}), (Windows{{7, 3}}));
  EXPECT_EQ(forecast_windows(10, {.horizon = 3, .stride = 3, .windows = 0}),
            (Windows{{1, 3}, {4, 3}, {7, 3}}));
  EXPECT_EQ(forecast_windows(10, {.horizon = 3, .stride = 2, .windows = 2}),
            (Windows{{5, 3}, {7, 3}}));
  EXPECT_EQ(forecast_windows(10, {.horizon = 3, .windows = 0, .first_origin = 6}),
            (Windows{{6, 3}, {7, 3}}));
  EXPECT_EQ(forecast_windows(10, {.horizon = 10, .first_origin = 0}), (Windows{{0, 10}}));
  for (int64_t length : {0, 1, 3})
    EXPECT_TRUE(forecast_windows(length, {.horizon = 3, .windows = 0}).empty()) << length;
}

TEST(ForecastWindows, AsByBruteForce) {
  for (int64_t length = 0; length < 12; ++length)
    for (int horizon = 1; horizon < 5; ++horizon)
      for (int stride = 1; stride < 5; ++stride)
        for (int windows = 0; windows < 4; ++windows)
          for (int64_t first = 0; first < 5; ++first) {
            std::vector<ForecastWindow> expected;
            for (int64_t origin = first; origin + horizon <= length; ++origin)
              if ((length - horizon - origin) % stride == 0) expected.push_back({origin, horizon});
            if (windows > 0 && std::ssize(expected) > windows)
              expected.erase(expected.begin(), expected.end() - windows);
            EXPECT_EQ(forecast_windows(length, {horizon, stride, windows, first}), expected);
          }
}

}  // namespace
}  // namespace cadena
