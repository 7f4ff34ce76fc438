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

struct Kept {
  explicit Kept(int64_t size) {
    Rng rng(100);
    w = mean = normal_values(size, rng);
    first = second = Values(w.size());
  }
  Weights with(const Values& gradient) {
    return {w.data(), first.data(), second.data(), mean.data(), gradient.data()};
  }
  Values w, first, second, mean;
};

// All values, in ranges of 1000.
std::vector<Range> all(int64_t size) {
  std::vector<Range> ranges;
  for (int64_t i = 0; i < size; i += 1000) ranges.push_back({i, std::min(size, i + 1000)});
  return ranges;
}

Kept after_adam(int64_t size, float decay) {
  Kept x(size);
  for (int t = 1; t <= steps; ++t) {
    const Values g = gradient(size, t);
    adam_step({.rate = 0.01f / (1 - std::pow(0.9f, static_cast<float>(t))),
               .b1 = 0.9f,
               .b2 = 0.999f,
               .epsilon = 1e-8f,
               .decay = 0.01f * decay,
               .root_correction = 1 / std::sqrt(1 - std::pow(0.999f, static_cast<float>(t))),
               .scale = 0.5f,
               .average = 0.125f},
              x.with(g), all(size));
  }
  return x;
}

// The text of Kingma and Ba (2015), and of Loshchilov and Hutter (2019) for the decay.
Doubles wanted_adam(int64_t size, double decay) {
  Doubles w = widened(Kept(size).w), m(w.size()), v(w.size());
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

Kept after_sgd(int64_t size, float momentum) {
  Kept x(size);
  for (int t = 1; t <= steps; ++t) {
    const Values g = gradient(size, t);
    sgd_step({.rate = 0.1f, .momentum = momentum, .scale = 0.5f, .average = 0.125f}, x.with(g),
             all(size));
  }
  return x;
}

TEST(SgdStep, AgreesWithDoubleFor20Steps) {
  for_each_target([] {
    for (const int64_t size : sizes)
      for (const float momentum : {0.0f, 0.9f}) {
        Doubles w = widened(Kept(size).w), mean = w, v(w.size());
        for (int t = 1; t <= steps; ++t) {
          const Values g = gradient(size, t);
          for (size_t i = 0; i < w.size(); ++i) {
            v[i] = double{momentum} * v[i] + 0.5 * g[i];
            w[i] -= 0.1 * v[i];
            mean[i] += 0.125 * (w[i] - mean[i]);
          }
        }
        const Kept got = after_sgd(size, momentum);
        expect_close(got.w, w, 3e-6);
        expect_close(got.mean, mean, 3e-6);
      }
  });
}

// Values outside of the ranges stay; those of a range without a gradient have 0 for it.
TEST(OptimiserSteps, MoveTheRangesOnly) {
  for_each_target([] {
    constexpr int64_t size = 60;
    const Range ranges[] = {{40, 60}, {0, 17, false}};
    Values g = gradient(size, 1);
    Kept some(size), whole(size);
    std::ranges::fill(some.first, 0.5f);
    whole.first = some.first;
    const Kept before = some;
    const AdamStep step{.rate = 0.1f,
                        .b1 = 0.9f,
                        .b2 = 0.999f,
                        .epsilon = 1e-8f,
                        .decay = 0,
                        .root_correction = 30,
                        .scale = 1,
                        .average = 0.5f};
    adam_step(step, some.with(g), ranges);
    std::fill_n(g.begin(), 17, 0.0f);
    adam_step(step, whole.with(g), all(size));
    const auto same = [&](const Values& got, const Values& stayed, const Values& moved) {
      for (size_t i = 0; i < got.size(); ++i)
        ASSERT_EQ(got[i], (i < 17 || i >= 40 ? moved : stayed)[i]) << i;
    };
    same(some.w, before.w, whole.w);
    same(some.first, before.first, whole.first);
    same(some.second, before.second, whole.second);
    same(some.mean, before.mean, whole.mean);
  });
}

TEST(OptimiserSteps, HaveTheSameBitsForAnyNumberOfThreads) {
  constexpr int64_t size = 33'000;
  const Kept adam = after_adam(size, 0.1f), sgd = after_sgd(size, 0.9f);
  for (const int count : {1, 2, 3, 4}) {
    const ThreadScope scope(count);
    const Kept a = after_adam(size, 0.1f), s = after_sgd(size, 0.9f);
    EXPECT_TRUE(same_bits(a.w, adam.w) && same_bits(a.first, adam.first) &&
                same_bits(a.second, adam.second) && same_bits(a.mean, adam.mean));
    EXPECT_TRUE(same_bits(s.w, sgd.w) && same_bits(s.first, sgd.first) &&
                same_bits(s.mean, sgd.mean));
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
              {w.data(), m.data(), v.data(), nullptr, g.data()}, all(3));
    EXPECT_EQ(w, (Values{1, -2, 3}));
  });
}

}  // namespace
}  // namespace cadena::kernels
