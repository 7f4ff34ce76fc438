// SPDX-License-Identifier: MIT
#include "cadena/train/optimiser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cadena/base/error.h"
#include "cadena/base/rng.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

namespace cadena {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// f(w) = sum of a_i (w_i - c_i)² / 2, in two parameters: the optimiser sees float gradients, the
/// formulas below the same in double.
struct Quadratic {
  static constexpr int64_t sizes[] = {5, 6};

  Quadratic() {
    Rng rng(3);
    for (int64_t size : sizes) {
      parameters.push_back(normal_parameter({size}, rng));
      for (float value : parameters.back().values()) weights.push_back(value);
    }
    for (size_t i = 0; i < weights.size(); ++i) {
      curvature.push_back(0.5 + 0.25 * static_cast<double>(i));
      centre.push_back(rng.normal());
    }
  }

  double slope(size_t i, double weight) const { return curvature[i] * (weight - centre[i]); }

  void differentiate() const {
    size_t i = 0;
    for (const Tensor& parameter : parameters)
      for (int64_t k = 0; k < parameter.size(); ++k, ++i)
        parameter.grad()[k] = static_cast<float>(slope(i, parameter.data()[k]));
  }

  std::vector<Tensor> parameters;
  std::vector<double> weights, curvature, centre;
};

struct Reference {
  double momentum, beta1, beta2, epsilon, decay;
  std::vector<double> first = std::vector<double>(11), second = first;
  int steps = 0;

  explicit Reference(const OptimiserOptions& o)
      : momentum(o.momentum), beta1(o.beta1), beta2(o.beta2), epsilon(o.epsilon), decay(o.decay) {}

  void sgd(Quadratic& f, double rate) {
    for (size_t i = 0; i < f.weights.size(); ++i) {
      first[i] = momentum * first[i] + f.slope(i, f.weights[i]);
      f.weights[i] -= rate * first[i];
    }
  }

  void adam(Quadratic& f, double rate, bool decoupled_decay) {
    ++steps;
    for (size_t i = 0; i < f.weights.size(); ++i) {
      const double g = f.slope(i, f.weights[i]);
      first[i] = beta1 * first[i] + (1 - beta1) * g;
      second[i] = beta2 * second[i] + (1 - beta2) * g * g;
      const double mean = first[i] / (1 - std::pow(beta1, steps));
      const double square = second[i] / (1 - std::pow(beta2, steps));
      if (decoupled_decay) f.weights[i] -= rate * decay * f.weights[i];
      f.weights[i] -= rate * mean / (std::sqrt(square) + epsilon);
    }
  }
};

/// Sixty steps with a rate that changes, beside the formulas in double.
void expect_follows_formula(const OptimiserOptions& options) {
  Quadratic f;
  Reference reference(options);
  Optimiser optimiser(f.parameters, options);
  for (int step = 0; step < 60; ++step) {
    const float rate = 0.05f / static_cast<float>(1 + step % 3);
    f.differentiate();
    optimiser.step(rate);
    if (options.kind == "sgd")
      reference.sgd(f, rate);
    else
      reference.adam(f, rate, options.kind == "adamw");
    size_t i = 0;
    for (const Tensor& parameter : f.parameters)
      for (float value : parameter.values()) {
        EXPECT_NEAR(value, f.weights[i], 2e-5) << options.kind << " step " << step << " of " << i;
        ++i;
      }
  }
}

TEST(Optimiser, FollowsTheFormulasInDouble) {
  expect_follows_formula({.kind = "sgd", .clip = 0});
  expect_follows_formula({.kind = "sgd", .momentum = 0.9f, .clip = 0});
  expect_follows_formula({.kind = "adam", .clip = 0});
  expect_follows_formula({.kind = "adam", .beta1 = 0, .beta2 = 0.9f, .epsilon = 0.1f, .clip = 0});
  expect_follows_formula({.kind = "adamw", .decay = 0.1f, .clip = 0});
}

TEST(Optimiser, OnlyAdamwDecays) {
  for (const char* kind : {"sgd", "adam", "adamw"}) {
    const Tensor weight = Tensor::parameter({1});
    weight.data()[0] = 8;
    Optimiser optimiser({weight}, {.kind = kind, .decay = 0.5f});
    weight.grad()[0] = 0;
    optimiser.step(0.25f);
    EXPECT_EQ(weight.item(), std::string(kind) == "adamw" ? 7 : 8) << kind;
  }
}

TEST(Optimiser, ReachesTheMinimum) {
  for (const char* kind : {"sgd", "adam", "adamw"}) {
    Quadratic f;
    Optimiser optimiser(f.parameters, {.kind = kind});
    for (int step = 0; step < 1500; ++step) {
      f.differentiate();
      optimiser.step(step < 1000 ? 0.05f : 0.005f);
    }
    size_t i = 0;
    for (const Tensor& parameter : f.parameters)
      for (float value : parameter.values()) EXPECT_NEAR(value, f.centre[i++], 1e-3) << kind;
  }
}

/// Two parameters with a gradient of the norm 13, moved by one plain step of rate 1.
struct Clipped {
  explicit Clipped(float clip) {
    Optimiser optimiser({a, b}, {.kind = "sgd", .clip = clip});
    std::ranges::copy(std::vector<float>{3, 4}, a.grad());
    b.grad()[1] = -12;
    norm = optimiser.step(1);
  }
  Tensor a = Tensor::parameter({2}), b = Tensor::parameter({1, 3});
  double norm = 0;
};

TEST(Optimiser, ClipsAllGradientsTogether) {
  const Clipped halved(6.5f);
  EXPECT_EQ(halved.norm, 13) << "the norm is that before clipping";
  EXPECT_TRUE(same_bits(halved.a.values(), std::vector<float>{-1.5f, -2}));
  EXPECT_TRUE(same_bits(halved.b.values(), std::vector<float>{0, 6, 0}));
  for (float clip : {0.0f, 13.0f, 100.0f}) {
    const Clipped free(clip);
    EXPECT_EQ(free.norm, 13);
    EXPECT_TRUE(same_bits(free.a.values(), std::vector<float>{-3, -4})) << clip;
    EXPECT_TRUE(same_bits(free.b.values(), std::vector<float>{0, 12, 0})) << clip;
  }
}

TEST(Optimiser, ClipsHugeGradients) {
  const Tensor weight = Tensor::parameter({2});
  Optimiser optimiser({weight}, {.kind = "sgd", .clip = 5});
  weight.grad()[0] = 3e18f;
  weight.grad()[1] = -4e18f;
  EXPECT_NEAR(optimiser.step(1) / 5e18, 1, 1e-6);
  EXPECT_NEAR(weight.data()[0], -3, 1e-5);
  EXPECT_NEAR(weight.data()[1], 4, 1e-5);
}

TEST(Optimiser, StepClearsGradients) {
  const Tensor used = Tensor::parameter({2}), unused = Tensor::parameter({2});
  Optimiser optimiser({used, unused}, {.kind = "adam"});
  used.grad()[0] = 1;
  EXPECT_EQ(optimiser.step(0.5f), 1) << "a parameter without a gradient counts as 0";
  EXPECT_FALSE(used.has_grad());
  EXPECT_FALSE(unused.has_grad());
  EXPECT_NE(used.data()[0], 0);
  EXPECT_EQ(unused.data()[0], 0);
}

// Two hundred faults in random places: as if those steps had never been asked for.
TEST(Optimiser, AGradientThatIsNotFiniteChangesNothing) {
  Rng rng(5);
  for (const char* kind : {"sgd", "adam", "adamw"}) {
    const OptimiserOptions options{.kind = kind, .momentum = 0.9f, .decay = 0.01f};
    Quadratic f, undisturbed;
    Optimiser optimiser(f.parameters, options), other(undisturbed.parameters, options);
    for (int step = 0; step < 200; ++step) {
      f.differentiate();
      const Tensor& broken = f.parameters[rng.below(2)];
      const float bad[] = {nan, infinity, -infinity};
      broken.grad()[rng.below(static_cast<uint32_t>(broken.size()))] = bad[rng.below(3)];
      EXPECT_FALSE(std::isfinite(optimiser.step(0.01f)));
      for (const Tensor& parameter : f.parameters) EXPECT_FALSE(parameter.has_grad());
      f.differentiate();
      undisturbed.differentiate();
      EXPECT_EQ(optimiser.step(0.01f), other.step(0.01f));
      for (size_t i = 0; i < 2; ++i)
        ASSERT_TRUE(same_bits(f.parameters[i].values(), undisturbed.parameters[i].values()));
    }
  }
}

// What the mean is after the parameter was set to each of `values` in turn.
float mean_of(float start, const std::vector<float>& values, float decay) {
  const Tensor parameter = Tensor::parameter({1});
  parameter.data()[0] = start;
  Optimiser optimiser({parameter}, {.kind = "sgd", .clip = 0}, decay);
  for (float value : values) {
    parameter.grad()[0] = parameter.item() - value;
    optimiser.step(1);
  }
  optimiser.swap_mean();
  return parameter.item();
}

TEST(OptimiserMean, IsTheParameterAtFirst) {
  EXPECT_EQ(mean_of(3, {}, 0.9f), 3);
  for (size_t steps : {1u, 10u, 1000u})
    EXPECT_EQ(mean_of(3, std::vector<float>(steps, 3.0f), 0.9f), 3) << "a constant is its own mean";
}

TEST(OptimiserMean, ForgetsItsBeginning) {
  EXPECT_NEAR(mean_of(1, {0}, 0.9f), 1.0 / 10, 1e-7);
  EXPECT_NEAR(mean_of(1, {0, 0}, 0.9f), 1.0 / 10 * 2 / 11, 1e-7);
  EXPECT_NEAR(mean_of(1, {0, 0, 0}, 0.9f), 1.0 / 10 * 2 / 11 * 3 / 12, 1e-7);
  EXPECT_NEAR(mean_of(0, {1}, 0.05f), 0.95, 1e-7) << "its own decay is the limit";
}

TEST(OptimiserMean, FollowsTheFormulaInDouble) {
  Quadratic f;
  std::vector<double> mean = f.weights;
  Optimiser optimiser(f.parameters, {.kind = "adam"}, 0.8f);
  for (int t = 0; t < 100; ++t) {
    f.differentiate();
    optimiser.step(0.1f);
    const double decay = std::min(0.8, (1.0 + t) / (10.0 + t));
    size_t i = 0;
    for (const Tensor& parameter : f.parameters)
      for (float value : parameter.values()) {
        mean[i] = decay * mean[i] + (1 - decay) * value;
        ++i;
      }
  }
  optimiser.swap_mean();
  size_t i = 0;
  for (const Tensor& parameter : f.parameters)
    for (float value : parameter.values()) EXPECT_NEAR(value, mean[i++], 1e-5);
}

TEST(OptimiserMean, SwappedTwiceIsUnchanged) {
  Quadratic f;
  Optimiser optimiser(f.parameters, {}, 0.9f);
  f.differentiate();
  optimiser.step(0.1f);
  const auto values = [&] {
    return std::vector(f.parameters[0].data(), f.parameters[0].data() + 5);
  };
  const std::vector<float> before = values();
  optimiser.swap_mean();
  const std::vector<float> mean = values();
  EXPECT_FALSE(same_bits(mean, before));
  optimiser.swap_mean();
  EXPECT_TRUE(same_bits(values(), before));
  optimiser.swap_mean();
  EXPECT_TRUE(same_bits(values(), mean));
}

// Two tables with the same gradients, one by rows. Row 0 is used at every step, row i seldom, so
// that most rest for hundreds of steps, the last one never; at step 1000 all have a gradient.
struct Tables {
  static constexpr int64_t rows = 12, columns = 5;

  Tables(const OptimiserOptions& options, float average)
      : by_rows({some}, options, average), as_a_whole({whole}, options, average) {
    Rng rng(7);
    for (int64_t i = 0; i < some.size(); ++i) some.data()[i] = whole.data()[i] = rng.normal();
  }
  void step(int t) {
    std::vector<int32_t> used;
    for (int32_t row = 0; row + 1 < rows; ++row)
      if (row == 0 || noise.below(static_cast<uint32_t>(40 * row)) == 0) used.push_back(row);
    std::ranges::reverse(used);
    std::ranges::fill_n(whole.grad(), whole.size(), 0.0f);
    float* gradient = t == 1000 ? some.grad() : some.grad(used);
    for (int32_t row : used)
      for (int64_t i = row * columns; i < (row + 1) * columns; ++i)
        gradient[i] = whole.grad()[i] = noise.normal();
    const float rate = 0.01f / static_cast<float>(1 + t % 3);
    EXPECT_NEAR(by_rows.step(rate) / as_a_whole.step(rate), 1, 1e-6);
  }
  void expect_same(int t) const {
    for (int64_t i = 0; i < some.size(); ++i)
      ASSERT_NEAR(some.data()[i], whole.data()[i], 2e-5) << i << " at " << t;
    EXPECT_TRUE(same_bits(some.values().first(columns), whole.values().first(columns)));
  }

  Tensor some = Tensor::parameter({rows, columns}), whole = Tensor::parameter({rows, columns});
  Rng noise{8};
  Optimiser by_rows, as_a_whole;
};

TEST(Optimiser, MovesATableByRowsAsItWouldAsAWhole) {
  const OptimiserOptions all[] = {{.kind = "adam", .clip = 0},
                                  {.kind = "adam", .beta1 = 0, .clip = 0},
                                  {.kind = "adam", .beta1 = 0.9f, .beta2 = 0.5f, .clip = 0},
                                  {.kind = "adamw", .decay = 0.1f, .clip = 0},
                                  {.kind = "sgd", .clip = 0},
                                  {.kind = "sgd", .momentum = 0.9f, .clip = 0}};
  for (const OptimiserOptions& options : all) {
    SCOPED_TRACE(options.kind);
    Tables tables(options, 0.998f);
    for (int t = 1; t <= 2000; ++t) {
      tables.step(t);
      if (t % 100 != 0) continue;
      tables.expect_same(t);
      const Tensor before = tables.some.clone();
      for (Optimiser* optimiser : {&tables.by_rows, &tables.as_a_whole}) optimiser->swap_mean();
      tables.expect_same(t);
      for (Optimiser* optimiser : {&tables.by_rows, &tables.as_a_whole}) optimiser->swap_mean();
      EXPECT_TRUE(same_bits(tables.some.values(), before.values()));
    }
  }
}

TEST(Optimiser, RowsHaveTheSameBitsForAnyNumberOfThreads) {
  std::vector<float> first;
  for (const int count : {1, 2, 4}) {
    const ThreadScope scope(count);
    Rng rng(9);
    const Tensor table = normal_parameter({3000, 40}, rng);
    Optimiser optimiser({table}, {}, 0.9f);
    for (int t = 0; t < 20; ++t) {
      const std::vector<int32_t> used = random_ids(700, 3000, rng);
      float* gradient = table.grad(used);
      for (int32_t row : used) gradient[row * 40 + t] += rng.normal();
      optimiser.step(0.01f);
    }
    optimiser.swap_mean();
    if (count == 1) first.assign(table.values().begin(), table.values().end());
    EXPECT_TRUE(same_bits(table.values(), first));
  }
}

TEST(Optimiser, RefusesAnUnknownKind) {
  try {
    Optimiser({}, {.kind = "adagrad"});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "optimiser: there is no 'adagrad'");
    EXPECT_EQ(error.hint(), "adam, adamw or sgd");
  }
}

}  // namespace
}  // namespace cadena
