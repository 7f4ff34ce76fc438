// SPDX-License-Identifier: MIT
#include "cadena/nn/trace_measures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/nn/recurrent.h"

namespace cadena {
namespace {

constexpr int steps = 5;

Tensor input() {
  Tensor x(steps, 3);
  Rng rng(7);
  for (float& value : x.values()) value = rng.uniform() - 0.5f;
  return x;
}

/// E_t: the squares of the output at step t.
struct Example {
  Recurrent network;
  Tensor x = input();

  explicit Example(const RecurrentOptions& options) : network(make(options)) {}
  static Recurrent make(const RecurrentOptions& options) {
    Rng rng(1);
    return {options, rng};
  }

  Tensor loss(std::span<const int> parts) const {
    const auto copies = std::ssize(parts);
    const Tensor y = network(side_by_side(x, copies), layout_side_by_side(steps, copies)).output;
    const Tensor wanted(y.rows(), 1);
    for (int64_t i = 0; i < y.rows(); ++i) {
      const int part = parts[static_cast<size_t>(i % copies)];
      wanted.data()[i] = part == whole_loss || part == i / copies ? 1 : 0;
    }
    return sum(multiply(scale_rows(y, wanted), y));
  }
  Observation observed() const {
    return observe(steps, 1, [&](auto parts) { return loss(parts); });
  }
};

TEST(TraceMeasures, ATriangleIsThatOfAPassForEachPart) {
  for (const char* cell : {"lstm", "gru", "elman"}) {
    const Example example(
        {.cell = cell, .input = 3, .hidden = 4, .layers = 2, .bidirectional = true});
    const Observation seen = example.observed();
    ASSERT_EQ(seen.layers.size(), 4u);
    EXPECT_EQ(seen.parts, (std::vector{0, 1, 2, 3, 4}));
    for (int t = 0; t < steps; ++t) {
      const Trace trace;
      Tape tape;
      tape.backward(example.loss({&t, 1}));
      for (size_t i = 0; i < seen.layers.size(); ++i)
        for (size_t k = 0; k < steps; ++k) {
          double squares = 0;
          for (const Tensor& state : trace.layers()[i].steps[k].states)
            for (int64_t u = 0; state.has_grad() && u < state.size(); ++u)
              squares += double{state.grad()[u]} * state.grad()[u];
          EXPECT_NEAR(seen.layers[i].triangle[static_cast<size_t>(t) * steps + k],
                      std::sqrt(squares), 1e-6)
              << cell << t << i << k;
        }
    }
  }
}

TEST(TraceMeasures, NothingGoesBackFromTheFuture) {
  const Observation seen = Example({.input = 3, .hidden = 4}).observed();
  for (size_t t = 0; t < steps; ++t)
    for (size_t k = 0; k < steps; ++k)
      EXPECT_EQ(seen.layers[0].triangle[t * steps + k] > 0, k <= t);
}

TEST(TraceMeasures, StatesAreThoseOfThePlainPassAndLTheWholeLoss) {
  const Example example({.input = 3, .hidden = 4});
  const Observation seen = example.observed();
  const Tensor y = example.network(example.x, layout_side_by_side(steps, 1)).output;
  const Track& h = seen.layers[0].states[0];
  EXPECT_EQ(h.name, "h");
  EXPECT_EQ(h.values, std::vector<float>(y.values().begin(), y.values().end()));
  double loss = 0;
  for (const float value : y.values()) loss += double{value} * value;
  EXPECT_NEAR(seen.loss, loss, 1e-6);
  // The last output goes nowhere else: dL/dh = 2 h.
  double squares = 0;
  for (int64_t u = 0; u < 4; ++u) squares += 4 * std::pow(y.data()[(steps - 1) * 4 + u], 2);
  EXPECT_NEAR(h.gradient.back(), std::sqrt(squares), 1e-6);
}

TEST(TraceMeasures, OnlyTheLastPartsAreLookedAt) {
  const auto none = [](std::span<const int> parts) {
    EXPECT_LE(parts.size(), 40u);
    return Tensor(Shape{1});
  };
  const Observation seen = observe(100, 1, none);
  EXPECT_EQ(std::ssize(seen.parts), most_parts);
  EXPECT_EQ(seen.parts.front(), 60);
  EXPECT_TRUE(observe(0, 1, none).parts.empty());
}

TEST(TraceMeasures, ALossThatIsNotFiniteIsRefused) {
  EXPECT_THROW(observe(0, 1, [](auto) { return Tensor(Shape{1}, {std::nanf("")}); }), Error);
}

TEST(TraceMeasures, CountsWhatIsAtItsLimits) {
  const Track track{"f", 2, {0.05f, 0.5f, -0.95f, 0.91f, 0, 0.9f, 1, 0.1f}};
  const Saturation share = saturation(track);
  EXPECT_DOUBLE_EQ(share.low, 2 / 8.0);
  EXPECT_DOUBLE_EQ(share.high, 3 / 8.0);
  EXPECT_NEAR(mean_size(track)[0], 0.5, 1e-6);
  EXPECT_NEAR(mean_change(track)[1], (0.41 + 0.01 + 0.8) / 3, 1e-6);
}

TEST(TraceMeasures, OneStepHasNoChange) {
  EXPECT_EQ(mean_change({"h", 2, {1, 2}}), (std::vector<double>{0, 0}));
}

TEST(TraceMeasures, FindsTheLargestFirst) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(largest(std::vector{1.0, nan, 3.0, 3.0}, 3), (std::vector<int64_t>{2, 3, 0}));
  EXPECT_EQ(largest(std::vector{nan, 1.0}, 9), (std::vector<int64_t>{1, 0}));
}

TEST(TraceMeasures, AGateThatKeepsTellsTheMemory) {
  LayerRecord layer{.network = 0,
                    .layer = 0,
                    .reverse = false,
                    .cell = "lstm",
                    .steps = 2,
                    .states = {{"h", 1, {0, 0}}},
                    .gates = {{"i", 1, {0, 0}}, {"f", 1, {0.7f, 0.8f}}},
                    .triangle = {},
                    .decay = {}};
  EXPECT_NEAR(memory_horizon(layer).steps[0], 4, 1e-5);
  layer.cell = "mgu";
  const Horizon horizon = memory_horizon(layer);
  EXPECT_TRUE(horizon.complement);
  EXPECT_NEAR(horizon.steps[0], 1 / 0.75, 1e-5);
}

TEST(TraceMeasures, ElseTheDecayOfGradientsDoes) {
  LayerRecord layer{.network = 0,
                    .layer = 0,
                    .reverse = false,
                    .cell = "elman",
                    .steps = 30,
                    .states = {{"h", 2, {}}},
                    .gates = {},
                    .triangle = {},
                    .decay = {}};
  EXPECT_TRUE(memory_horizon(layer).steps.empty());
  for (int d = 0; d < layer.steps; ++d) {
    layer.decay.push_back(3 * std::pow(0.5, d));
    layer.decay.push_back(0);
  }
  const Horizon horizon = memory_horizon(layer);
  EXPECT_EQ(horizon.gate, "");
  EXPECT_NEAR(horizon.steps[0], 2, 1e-6);
  EXPECT_TRUE(std::isnan(horizon.steps[1]));
}

TEST(TraceMeasures, EveryGateThatIsSaidToKeepIsThere) {
  for (const std::string& cell : cell_names()) {
    const Observation seen = Example({.cell = cell, .input = 3, .hidden = 4}).observed();
    const Horizon horizon = memory_horizon(seen.layers[0]);
    EXPECT_EQ(horizon.steps.size(), 4u) << cell;
    const bool keeps = (cell.starts_with("lstm_") && cell != "lstm_nfg") || cell == "lstm" ||
                       cell == "gru" || cell == "peephole" || cell == "coupled" || cell == "mgu" ||
                       cell == "sru" || cell == "ugrnn" || cell == "mingru" || cell == "minlstm";
    EXPECT_EQ(horizon.gate.empty(), !keeps) << cell;
  }
}

}  // namespace
}  // namespace cadena
