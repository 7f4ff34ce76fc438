// SPDX-License-Identifier: MIT
#include "cadena/kernels/pooling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/kernels/targets.h"
#include "tests/support/random.h"

namespace cadena::kernels {
namespace {

using Values = std::vector<float>;

void expect_by_definition(const Pooling& p, Rng& rng) {
  SCOPED_TRACE(testing::Message() << p.height << " x " << p.width << " x " << p.channels
                                  << " in windows of " << p.size);
  const Values x = normal_values(p.images * p.height * p.width * p.channels, rng),
               dy = normal_values(p.images * p.out_height() * p.out_width() * p.channels, rng);
  Values y(dy.size(), 777), dx(x.size(), 1), wanted = dx;
  max_pool(p, x.data(), y.data());
  max_pool_backward(p, x.data(), y.data(), dy.data(), dx.data());
  size_t out = 0;
  for (int64_t n = 0; n < p.images; ++n)
    for (int64_t top = 0; top + p.size <= p.height; top += p.size)
      for (int64_t left = 0; left + p.size <= p.width; left += p.size)
        for (int64_t k = 0; k < p.channels; ++k, ++out) {
          size_t best = 0;
          float largest = -INFINITY;
          for (int64_t i = top; i < top + p.size; ++i)
            for (int64_t j = left; j < left + p.size; ++j) {
              const auto at =
                  static_cast<size_t>(((n * p.height + i) * p.width + j) * p.channels + k);
              if (x[at] > largest) largest = x[best = at];
            }
          ASSERT_EQ(y.at(out), largest);
          wanted[best] += dy[out];
        }
  EXPECT_EQ(out, y.size());
  EXPECT_EQ(dx, wanted);
}

TEST(MaxPool, ByDefinitionOnEachTarget) {
  Rng rng(1);
  for_each_target([&] {
    for (const int64_t size : {1, 2, 3})
      for (const auto& [height, width] : {std::pair(3, 3), {4, 6}, {5, 7}})
        for (const int64_t channels : {1, 5, 16, 70})
          expect_by_definition(
              {.images = 2, .height = height, .width = width, .channels = channels, .size = size},
              rng);
  });
}

TEST(MaxPool, OfEqualValuesTheFirstPassesTheGradientOn) {
  const Pooling p{.images = 1, .height = 2, .width = 2, .channels = 1, .size = 2};
  const Values x{1, 2, 2, 2}, dy{5};
  Values y(1), dx(4);
  max_pool(p, x.data(), y.data());
  max_pool_backward(p, x.data(), y.data(), dy.data(), dx.data());
  EXPECT_EQ(dx, (Values{0, 5, 0, 0}));
}

}  // namespace
}  // namespace cadena::kernels
