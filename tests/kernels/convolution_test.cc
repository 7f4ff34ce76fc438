// SPDX-License-Identifier: MIT
#include "cadena/kernels/convolution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

namespace cadena::kernels {
namespace {

using Values = std::vector<float>;

struct Case {
  Convolution c;
  Values x, weight, bias, dy;

  explicit Case(const Convolution& geometry, Rng& rng)
      : c(geometry),
        x(normal_values(c.images * c.height * c.width * c.channels, rng)),
        weight(normal_values(c.filters * c.filter_size(), rng)),
        bias(normal_values(c.filters, rng)),
        dy(normal_values(outputs(), rng)) {}

  int64_t outputs() const { return c.images * c.out_height() * c.out_width() * c.filters; }
};

struct Results {
  std::vector<double> y, dweight, dx;
};

/// By the definition, product by product.
Results by_definition(const Case& k) {
  const Convolution& c = k.c;
  Results r{.y = std::vector<double>(k.dy.size()),
            .dweight = std::vector<double>(k.weight.size()),
            .dx = std::vector<double>(k.x.size())};
  size_t out = 0;
  for (int64_t n = 0; n < c.images; ++n)
    for (int64_t top = -c.padding; top + c.kernel <= c.height + c.padding; top += c.stride)
      for (int64_t left = -c.padding; left + c.kernel <= c.width + c.padding; left += c.stride)
        for (int64_t f = 0; f < c.filters; ++f, ++out) {
          r.y.at(out) = k.bias[static_cast<size_t>(f)];
          for (int64_t i = 0; i < c.kernel; ++i)
            for (int64_t j = 0; j < c.kernel; ++j)
              for (int64_t d = 0; d < c.channels; ++d) {
                const int64_t row = top + i, column = left + j;
                if (row < 0 || row >= c.height || column < 0 || column >= c.width) continue;
                const auto at =
                    static_cast<size_t>(((n * c.height + row) * c.width + column) * c.channels + d);
                const auto w =
                    static_cast<size_t>(((f * c.kernel + i) * c.kernel + j) * c.channels + d);
                r.y[out] += double{k.x[at]} * k.weight[w];
                r.dweight[w] += double{k.x[at]} * k.dy.at(out);
                r.dx[at] += double{k.weight[w]} * k.dy[out];
              }
        }
  EXPECT_EQ(out, r.y.size());
  return r;
}

struct Computed {
  Values y, dweight, dx;

  explicit Computed(const Case& k, bool holds = false)
      : y(k.dy.size(), 777), dweight(k.weight.size(), holds ? 1 : 777), dx(k.x.size(), 1) {
    convolve(k.c, k.x.data(), k.weight.data(), k.bias.data(), y.data());
    convolve_backward_weight(k.c, k.x.data(), k.dy.data(), {dweight.data(), holds});
    convolve_backward_input(k.c, k.weight.data(), k.dy.data(), dx.data());
  }
};

void expect_near(const Values& values, const std::vector<double>& wanted, double offset,
                 double bound) {
  ASSERT_EQ(values.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(values[i] - offset, wanted[i], bound) << i;
}

void expect_by_definition(const Convolution& c, Rng& rng) {
  SCOPED_TRACE(testing::Message() << c.images << " of " << c.height << " x " << c.width << " x "
                                  << c.channels << ", " << c.filters << " of " << c.kernel
                                  << ", stride " << c.stride << ", padding " << c.padding);
  const Case k(c, rng);
  const Results wanted = by_definition(k);
  for (const bool holds : {false, true}) {
    const Computed got(k, holds);
    expect_near(got.y, wanted.y, 0, 1e-4);
    expect_near(got.dweight, wanted.dweight, holds, 1e-3);
    expect_near(got.dx, wanted.dx, 1, 1e-4);
  }
}

TEST(Convolution, ByDefinition) {
  Rng rng(1);
  for (const int64_t kernel : {1, 2, 3, 5})
    for (const int64_t stride : {1, 2, 3})
      for (const int64_t padding : {0, 1, 2, 6})
        for (const auto& [height, width] : {std::pair(5, 5), {6, 9}, {1, 4}}) {
          if (kernel > height + 2 * padding) continue;
          expect_by_definition({.images = 2,
                                .height = height,
                                .width = width,
                                .channels = 3,
                                .filters = 4,
                                .kernel = kernel,
                                .stride = stride,
                                .padding = padding},
                               rng);
        }
}

TEST(Convolution, OnEachTarget) {
  Rng rng(2);
  for_each_target([&] {
    expect_by_definition({.images = 3,
                          .height = 7,
                          .width = 6,
                          .channels = 5,
                          .filters = 33,
                          .kernel = 3,
                          .stride = 1,
                          .padding = 1},
                         rng);
  });
}

// Several blocks, and more lines than partial sums.
constexpr Convolution large{.images = 7,
                            .height = 30,
                            .width = 29,
                            .channels = 17,
                            .filters = 19,
                            .kernel = 3,
                            .stride = 1,
                            .padding = 1};

TEST(Convolution, InSeveralBlocks) {
  Rng rng(3);
  expect_by_definition(large, rng);
}

TEST(Convolution, SameBitsForAnyNumberOfThreads) {
  Rng rng(4);
  const Case k(large, rng);
  const Computed wanted = [&] {
    const ThreadScope one(1);
    return Computed(k);
  }();
  for (const int count : {2, 3, 8}) {
    const ThreadScope several(count);
    const Computed got(k);
    EXPECT_TRUE(same_bits(got.y, wanted.y));
    EXPECT_TRUE(same_bits(got.dweight, wanted.dweight));
    EXPECT_TRUE(same_bits(got.dx, wanted.dx));
  }
}

TEST(Convolution, APictureAloneHasTheSameBitsAsInABatch) {
  Rng rng(5);
  const Case batch(large, rng);
  Case alone = batch;
  alone.c.images = 1;
  Values y(batch.dy.size() / 7);
  const Computed all(batch);
  convolve(alone.c, batch.x.data(), batch.weight.data(), batch.bias.data(), y.data());
  EXPECT_TRUE(same_bits(y, std::span(all.y).first(y.size())));
}

}  // namespace
}  // namespace cadena::kernels
