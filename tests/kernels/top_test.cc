// SPDX-License-Identifier: MIT
#include "cadena/kernels/top.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "tests/kernels/targets.h"
#include "tests/support/random.h"

namespace cadena::kernels {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

TEST(Top, IsTheHeadOfAStableSort) {
  for_each_target([] {
    Rng rng(1);
    for (const int64_t columns : {1, 2, 15, 64, 65, 100, 1000})
      for (const bool ties : {false, true}) {
        std::vector<float> row = normal_values(columns, rng, 3);
        if (ties)
          for (float& value : row) value = std::round(value);
        if (columns > 2) row[1] = -infinity;
        std::vector<int32_t> order(row.size());
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(order, std::greater<float>(),
                                 [&](int32_t i) { return row[static_cast<size_t>(i)]; });
        double sum = 0;
        for (float value : row) sum += std::exp(double{value});
        for (const int64_t count : {1, 2, 7}) {
          std::vector<int32_t> ids(static_cast<size_t>(count));
          std::vector<float> logits(ids.size());
          EXPECT_NEAR(top(columns, row.data(), count, ids.data(), logits.data()), std::log(sum),
                      2e-6);
          for (size_t i = 0; i < ids.size(); ++i) {
            const bool there = i < row.size() && std::isfinite(row[static_cast<size_t>(order[i])]);
            EXPECT_EQ(ids[i], there ? order[i] : -1) << columns << ", " << i;
            if (there) {
              EXPECT_EQ(logits[i], row[static_cast<size_t>(order[i])]);
            }
          }
        }
      }
  });
}

TEST(Top, TellsWhatIsNotFinite) {
  int32_t id = 0;
  float logit = 0;
  for (const float value : {-infinity, infinity, std::nanf("")}) {
    std::vector<float> row(100, -infinity);
    row[3] = value;
    EXPECT_FALSE(std::isfinite(top(100, row.data(), 1, &id, &logit))) << value;
  }
}

}  // namespace
}  // namespace cadena::kernels
