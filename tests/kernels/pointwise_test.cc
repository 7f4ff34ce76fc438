// SPDX-License-Identifier: MIT
#include "cadena/kernels/pointwise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

namespace cadena::kernels {
namespace {

using Values = std::vector<float>;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr int64_t sizes[] = {0, 1, 7, 16, 33, 16384, 40'000};  // around vectors and blocks

Values activated(Activation f, const Values& x) {
  Values y(x.size());
  activate(f, std::ssize(x), x.data(), y.data());
  return y;
}

double exact(Activation f, double a) {
  switch (f) {
    case Activation::tanh:
      return std::tanh(a);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-a));
    case Activation::relu:
      return std::max(a, 0.0);
  }
  return 0;
}

double exact_slope(Activation f, double y) {
  switch (f) {
    case Activation::tanh:
      return 1 - y * y;
    case Activation::sigmoid:
      return y * (1 - y);
    case Activation::relu:
      return y > 0 ? 1 : 0;
  }
  return 0;
}

// The functions themselves are measured by lanes_test.cc.
TEST(Activate, AgreesWithDoubleForwardsAndBackwards) {
  for_each_target([] {
    for (const Activation f : {Activation::tanh, Activation::sigmoid, Activation::relu})
      for (const int64_t size : sizes) {
        Rng rng(1);
        const Values x = normal_values(size, rng, 3), dy = normal_values(size, rng),
                     before = normal_values(size, rng), y = activated(f, x);
        Values dx = before;
        activate_backward(f, size, y.data(), dy.data(), dx.data());
        for (size_t i = 0; i < x.size(); ++i) {
          ASSERT_NEAR(y[i], exact(f, x[i]), 3e-7 * std::abs(exact(f, x[i])));
          const double wanted = before[i] + dy[i] * exact_slope(f, y[i]);
          ASSERT_NEAR(dx[i], wanted, 2e-7 * (std::abs(before[i]) + std::abs(dy[i])));
        }
      }
  });
}

TEST(Activate, IsDefinedEverywhere) {
  for_each_target([] {
    const Values x{-infinity, -1e4f, -0.0f, 0.0f, 1e4f, infinity};
    EXPECT_EQ(activated(Activation::tanh, x), (Values{-1, -1, 0, 0, 1, 1}));
    EXPECT_EQ(activated(Activation::relu, x), (Values{0, 0, 0, 0, 1e4f, infinity}));
    EXPECT_EQ(activated(Activation::sigmoid, x), (Values{0, 0, 0.5f, 0.5f, 1, 1}));
    for (const Activation f : {Activation::tanh, Activation::sigmoid, Activation::relu})
      EXPECT_TRUE(std::isnan(activated(f, {NAN})[0])) << "divergence must be seen";
  });
}

TEST(AddScaledAndProduct, AgreeWithDouble) {
  for_each_target([] {
    for (const int64_t size : sizes) {
      Rng rng(2);
      const Values a = normal_values(size, rng), b = normal_values(size, rng),
                   start = normal_values(size, rng);
      Values times = start, scaled = start, product = start;
      scale(size, -1.75f, a.data(), times.data());
      add_scaled(size, -1.75f, a.data(), scaled.data());
      add_product(size, a.data(), b.data(), product.data());
      for (size_t i = 0; i < a.size(); ++i) {
        ASSERT_EQ(times[i], -1.75f * a[i]);
        ASSERT_NEAR(scaled[i], start[i] - 1.75 * a[i], 5e-7);
        ASSERT_NEAR(product[i], start[i] + double{a[i]} * b[i], 2e-6);
      }
    }
  });
}

TEST(SquaredNorm, AgreesWithDouble) {
  for_each_target([] {
    for (const int64_t size : sizes) {
      Rng rng(3);
      const Values x = normal_values(size, rng);
      const std::vector<double> wide = widened(x);
      const double wanted = std::inner_product(wide.begin(), wide.end(), wide.begin(), 0.0);
      EXPECT_NEAR(squared_norm(size, x.data()), wanted, 1e-5 * wanted) << size;
    }
  });
}

TEST(SquaredNorm, HasTheSameBitsForAnyNumberOfThreads) {
  Rng rng(4);
  const Values x = normal_values(100'000, rng);
  std::vector<double> norms;
  for (const int count : {1, 2, 3, 4}) {
    const ThreadScope scope(count);
    norms.push_back(squared_norm(std::ssize(x), x.data()));
  }
  EXPECT_EQ(norms, std::vector<double>(4, norms[0]));
}

TEST(SquaredNorm, OfRowsIsTheirSum) {
  const Values table{1, 2, 3, 4, 5, 6};
  const std::vector<int32_t> ids{2, 0};
  EXPECT_EQ(squared_norm_of_rows(ids, 2, table.data()), 25 + 36 + 1 + 4);
  EXPECT_EQ(squared_norm_of_rows({}, 2, table.data()), 0);
}

Values mask(int64_t size, float drop, const Rng& noise) {
  Values values(static_cast<size_t>(size), -1.0f);
  dropout_mask(size, drop, noise, values.data());
  return values;
}

TEST(DropoutMask, DropsAtTheRateAndKeepsTheMean) {
  constexpr int64_t size = 100'003;
  for (const float drop : {0.1f, 0.5f, 0.9f}) {
    const Values values = mask(size, drop, Rng(5));
    const double dropped = static_cast<double>(std::ranges::count(values, 0.0f)) / size;
    EXPECT_NEAR(dropped, drop, 5 * std::sqrt(drop * (1 - drop) / size));
    for (float value : values) ASSERT_TRUE(value == 0 || value == 1 / (1 - drop)) << value;
  }
  EXPECT_EQ(mask(10, 0, Rng(5)), Values(10, 1.0f));
}

TEST(DropoutMask, ComparesTheWordsOfTheGenerator) {
  const Rng noise(0x123456789abcdef, 0xfedcba9876543210);
  for (const int64_t size : {1, 4, 31, 33, 100}) {
    Values wanted;
    for (int64_t i = 0; i < size; ++i)
      wanted.push_back(
          Rng::unit(noise.block(static_cast<uint64_t>(i / 4))[static_cast<size_t>(i % 4)]) < 0.25f
              ? 0.0f
              : 1 / 0.75f);
    for_each_target([&] { EXPECT_EQ(mask(size, 0.25f, noise), wanted); });
  }
}

TEST(DropoutMask, HasTheSameBitsForAnyNumberOfThreads) {
  const Values one = mask(100'003, 0.3f, Rng(6));
  for (const int count : {1, 2, 3, 4}) {
    const ThreadScope scope(count);
    EXPECT_TRUE(same_bits(one, mask(100'003, 0.3f, Rng(6)))) << count << " threads";
  }
}

TEST(DropoutMask, DiffersFromStreamToStream) {
  Rng rng(7);
  const Rng a = rng.split(), b = rng.split();
  EXPECT_NE(mask(100, 0.5f, a), mask(100, 0.5f, b));
}

struct Softmax {
  double loss;
  Values probabilities;
};

Softmax softmax(int64_t columns, const Values& logits, const std::vector<int32_t>& targets) {
  Softmax result{0, logits};
  result.loss = softmax_cross_entropy(std::ssize(targets), columns, targets.data(),
                                      result.probabilities.data());
  for (size_t i = 0; i < targets.size(); ++i)  // the kernel leaves softmax - onehot(target)
    if (targets[i] >= 0)
      result.probabilities[i * static_cast<size_t>(columns) + static_cast<size_t>(targets[i])] += 1;
  return result;
}

TEST(SoftmaxCrossEntropy, AgreesWithDouble) {
  for_each_target([] {
    for (const int64_t columns : {1, 2, 9, 17, 300}) {
      constexpr int64_t rows = 37;
      Rng rng(8);
      const Values logits = normal_values(rows * columns, rng, 5);
      const std::vector<int32_t> targets = random_ids(rows, columns, rng);
      const Softmax result = softmax(columns, logits, targets);
      double loss = 0;
      for (int64_t i = 0; i < rows; ++i) {
        const auto row = std::span(logits).subspan(static_cast<size_t>(i * columns),
                                                   static_cast<size_t>(columns));
        double sum = 0;
        for (float logit : row) sum += std::exp(double{logit});
        loss += std::log(sum) - row[static_cast<size_t>(targets[static_cast<size_t>(i)])];
        for (size_t j = 0; j < row.size(); ++j)
          ASSERT_NEAR(result.probabilities[static_cast<size_t>(i * columns) + j],
                      std::exp(double{row[j]}) / sum, 3e-7);
      }
      EXPECT_NEAR(result.loss, loss, 1e-6 * (1 + loss)) << columns;
    }
  });
}

TEST(SoftmaxCrossEntropy, IsFiniteAndSumsTo1ForHugeLogits) {
  for_each_target([] {
    const Values logits{1e4f,  -1e4f,  0,   -1e4f, -1e4f, -1e4f, 3e38f,
                        3e38f, -3e38f, -88, 0,     88,    1e4f,  9999};
    const Softmax result = softmax(7, logits, {1, 1});
    EXPECT_NEAR(result.loss, 3e38 + 6e38, 1e33);
    for (size_t i = 0; i < logits.size(); i += 7)
      EXPECT_NEAR(std::accumulate(&result.probabilities[i], &result.probabilities[i] + 7, 0.0), 1,
                  1e-6);
    EXPECT_NEAR(softmax(3, {1e4f, -1e4f, 0}, {1}).loss, 2e4, 1e-6);
    EXPECT_NEAR(softmax(2, {1e4f, 1e4f}, {0}).loss, std::log(2), 1e-6);
  });
}

TEST(SoftmaxCrossEntropy, ANegativeTargetAddsExactly0) {
  for_each_target([] {
    Rng rng(9);
    const Values logits = normal_values(3 * 5, rng);
    const Values first(logits.begin(), logits.begin() + 5);
    EXPECT_EQ(softmax(5, logits, {-1, -1, -100}).loss, 0);
    EXPECT_EQ(softmax(5, logits, {3, -1, -1}).loss, softmax(5, first, {3}).loss);
    EXPECT_EQ(softmax(5, {}, {}).loss, 0);
  });
}

TEST(SoftmaxCrossEntropy, NanIsSeenInTheLoss) {
  for_each_target([] {
    EXPECT_TRUE(std::isnan(softmax(3, {0, NAN, 1}, {0}).loss));
    EXPECT_TRUE(std::isnan(softmax(3, {NAN, 2, 1}, {2}).loss));
  });
}

TEST(SoftmaxCrossEntropy, HasTheSameBitsForAnyNumberOfThreads) {
  Rng rng(10);
  const Values logits = normal_values(100 * 33, rng);
  const std::vector<int32_t> targets = random_ids(100, 33, rng);
  const Softmax one = softmax(33, logits, targets);
  for (const int count : {1, 2, 3, 4}) {
    const ThreadScope scope(count);
    const Softmax result = softmax(33, logits, targets);
    EXPECT_EQ(result.loss, one.loss);
    EXPECT_TRUE(same_bits(result.probabilities, one.probabilities));
  }
}

}  // namespace
}  // namespace cadena::kernels
