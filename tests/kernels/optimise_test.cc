// SPDX-License-Identifier: MIT
#include "cadena/kernels/optimise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

namespace cadena::kernels {
namespace {

using Values = std::vector<float>;
using Doubles = std::vector<double>;

constexpr int steps = 20;
constexpr int64_t sizes[] = {0, 1, 7, 33, 16385};  // around vectors and blocks

// Gradients of step t: of very different sizes, as those of sparse embeddings and dense weights
// are.
Values gradient(int64_t size, int t) {
  Rng rng(static_cast<uint64_t>(t));
  Values values(static_cast<size_t>(size));
  for (float& value : values) value = rng.uniform(-2, 2);
  for (size_t i = 0; i < values.size(); i += 3) values[i] *= 1e-4f;
  for (size_t i = 1; i < values.size(); i += 5) values[i] = 0;
  return values;
}

// 20 steps, each rounded to half a unit of weights of size 1 to 4, add up to some 1e-6.
void expect_close(const Values& got, const Doubles& wanted, double bound) {
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], wanted[i], bound * std::max(1.0, std::abs(wanted[i]))) << i;
}

struct Weights {
  explicit Weights(int64_t size) {
    Rng rng(100);
    w = normal_values(size, rng);
    first = second = Values(w.size());
  }
  Values w, first, second;
};

Weights after_adam(int64_t size, float decay) {
  Weights x(size);
  for (int t = 1; t <= steps; ++t) {
    const Values g = gradient(size, t);
    adam_step({.rate = 0.01f / (1 - std::pow(0.9f, static_cast<float>(t))),
               .b1 = 0.9f,
               .b2 = 0.999f,
               .epsilon = 1e-8f,
               .decay = 0.01f * decay,
               .root_correction = 1 / std::sqrt(1 - std::pow(0.999f, static_cast<float>(t))),
               .scale = 0.5f},
              size, g.data(), x.first.data(), x.second.data(), x.w.data());
  }
  return x;
}

// The text of Kingma and Ba (2015), and of Loshchilov and Hutter (2019) for the decay.
Doubles wanted_adam(int64_t size, double decay) {
  Doubles w = widened(Weights(size).w), m(w.size()), v(w.size());
  for (int t = 1; t <= steps; ++t) {
    const Values gradients = gradient(size, t);
    for (size_t i = 0; i < w.size(); ++i) {
      const double g = 0.5 * gradients[i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      const double mean = m[i] / (1 - std::pow(0.9, t)), square = v[i] / (1 - std::pow(0.999, t));
      w[i] -= 0.01 * (mean / (std::sqrt(square) + 1e-8) + decay * w[i]);
    }
  }
  return w;
}

TEST(AdamStep, AgreesWithDoubleFor20Steps) {
  for_each_target([] {
    for (const int64_t size : sizes)
      for (const float decay : {0.0f, 0.1f})
        expect_close(after_adam(size, decay).w, wanted_adam(size, decay), 3e-6);
  });
}

Weights after_sgd(int64_t size, float momentum) {
  Weights x(size);
  for (int t = 1; t <= steps; ++t)
    sgd_step({.rate = 0.1f, .momentum = momentum, .scale = 0.5f}, size, gradient(size, t).data(),
             x.first.data(), x.w.data());
  return x;
}

TEST(SgdStep, AgreesWithDoubleFor20Steps) {
  for_each_target([] {
    for (const int64_t size : sizes)
      for (const float momentum : {0.0f, 0.9f}) {
        Doubles w = widened(Weights(size).w), v(w.size());
        for (int t = 1; t <= steps; ++t) {
          const Values g = gradient(size, t);
          for (size_t i = 0; i < w.size(); ++i) {
            v[i] = double{momentum} * v[i] + 0.5 * g[i];
            w[i] -= 0.1 * v[i];
          }
        }
        expect_close(after_sgd(size, momentum).w, w, 3e-6);
      }
  });
}

TEST(AverageStep, AgreesWithDoubleFor20Steps) {
  for_each_target([] {
    for (const int64_t size : sizes) {
      Values average = Weights(size).w;
      Doubles wanted = widened(average);
      for (int t = 1; t <= steps; ++t) {
        const Values w = gradient(size, t);
        average_step(0.125f, size, w.data(), average.data());
        for (size_t i = 0; i < w.size(); ++i) wanted[i] += 0.125 * (w[i] - wanted[i]);
      }
      expect_close(average, wanted, 1e-6);
    }
  });
}

TEST(OptimiserSteps, HaveTheSameBitsForAnyNumberOfThreads) {
  constexpr int64_t size = 33'000;
  const Weights adam = after_adam(size, 0.1f), sgd = after_sgd(size, 0.9f);
  for (const int count : {1, 2, 3, 4}) {
    const ThreadScope scope(count);
    const Weights a = after_adam(size, 0.1f), s = after_sgd(size, 0.9f);
    EXPECT_TRUE(same_bits(a.w, adam.w) && same_bits(a.first, adam.first) &&
                same_bits(a.second, adam.second));
    EXPECT_TRUE(same_bits(s.w, sgd.w) && same_bits(s.first, sgd.first));
  }
}

TEST(AdamStep, AZeroGradientLeavesNewWeightsAlone) {
  for_each_target([] {
    Values w{1, -2, 3}, m(3), v(3);
    const Values g(3);
    adam_step({.rate = 0.1f,
               .b1 = 0.9f,
               .b2 = 0.999f,
               .epsilon = 1e-8f,
               .decay = 0,
               .root_correction = 30,
               .scale = 1},
              3, g.data(), m.data(), v.data(), w.data());
    EXPECT_EQ(w, (Values{1, -2, 3}));
  });
}

}  // namespace
}  // namespace cadena::kernels
