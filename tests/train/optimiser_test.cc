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
