// SPDX-License-Identifier: MIT
#include "cadena/nn/double_layer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "cadena/autograd/recurrent.h"
#include "cadena/base/error.h"
#include "cadena/base/rng.h"
#include "cadena/nn/layer_check.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

constexpr int64_t steps = 4, inputs = 3, hidden = 5;

DoubleLayer::Parts random_parts(const DoubleLayer& layer, Rng& rng) {
  DoubleLayer::Parts parts = layer.zeros();
  for (std::vector<double>& part : parts)
    part = widened(normal_values(std::ssize(part), rng, 0.7f));
  return parts;
}

DoubleLayer::Result random_weights(const DoubleLayer::Result& like, Rng& rng) {
  return {widened(normal_values(std::ssize(like.output), rng)),
          widened(normal_values(std::ssize(like.last), rng))};
}

// That a cell of the library has a form in double precision is tested by its name.
class EveryDoubleLayer : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Cells, EveryDoubleLayer, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

TEST_P(EveryDoubleLayer, GoesBackByTheComplexStep) {
  const DoubleLayer layer(GetParam(), steps, inputs, hidden);
  Rng rng(1);
  const DoubleLayer::Parts at = random_parts(layer, rng);
  const DoubleLayer::Result weights = random_weights(layer.forward(at), rng);
  const DoubleLayer::Parts gradient = layer.backward(at, weights);
  DoubleLayer::Parts along = layer.zeros();
  for (size_t part = 0; part < at.size(); ++part)
    for (size_t i = 0; i < at[part].size(); ++i) {
      along[part][i] = 1;
      const double slope = layer.slope(at, along, weights);
      EXPECT_NEAR(gradient[part][i], slope, 1e-12 * std::max(1.0, std::abs(slope)))
          << DoubleLayer::part_names[part] << " " << i;
      along[part][i] = 0;
    }
}

TEST_P(EveryDoubleLayer, GoesForwardAsItsSlopesSay) {
  const DoubleLayer layer(GetParam(), steps, inputs, hidden);
  Rng rng(2);
  const DoubleLayer::Parts at = random_parts(layer, rng), along = random_parts(layer, rng);
  const DoubleLayer::Result weights = random_weights(layer.forward(at), rng);
  const auto value = [&](double h) {
    DoubleLayer::Parts moved = at;
    for (size_t part = 0; part < at.size(); ++part)
      for (size_t i = 0; i < at[part].size(); ++i) moved[part][i] += h * along[part][i];
    const DoubleLayer::Result result = layer.forward(moved);
    double sum = 0;
    for (size_t i = 0; i < result.output.size(); ++i) sum += weights.output[i] * result.output[i];
    for (size_t i = 0; i < result.last.size(); ++i) sum += weights.last[i] * result.last[i];
    return sum;
  };
  constexpr double h = 1e-5;
  const double slope = layer.slope(at, along, weights);
  EXPECT_NEAR((value(h) - value(-h)) / (2 * h), slope, 1e-6 * std::max(1.0, std::abs(slope)));
}

RecurrentWeights random_layer(const std::string& cell, int64_t units, Rng& rng) {
  const CellSpec& spec = cell_spec(cell);
  const int64_t gates = spec.gates * units;
  const float size = 1 / std::sqrt(static_cast<float>(units));
  RecurrentWeights w{
      normal_parameter({gates, inputs}, rng, size), {}, normal_parameter({gates}, rng, size), {}};
  if (spec.recurrent) {
    w.recurrent = normal_parameter({gates, units}, rng, size);
    w.recurrent_bias = normal_parameter({gates}, rng, size);
  }
  if (spec.own > 0) w.own = normal_parameter({spec.own, units}, rng, size);
  return w;
}

TEST_P(EveryDoubleLayer, IsWhatTheFloatLayerComputes) {
  Rng rng(3);
  for (const int64_t units : {1, 17}) {
    const LayerCheck check = check_layer(GetParam(), random_layer(GetParam(), units, rng));
    EXPECT_TRUE(check.right()) << check.equation << " " << check.single;
    EXPECT_LE(check.equation, 1e-12);
    EXPECT_EQ(check.probed, check.values);
  }
}

TEST(LayerCheck, ProbesSomeValuesOfLargeLayers) {
  Rng rng(4);
  const LayerCheck check = check_layer("gru", random_layer("gru", 150, rng));
  EXPECT_TRUE(check.right());
  EXPECT_GT(check.probed, 0);
  EXPECT_LT(check.probed, check.values / 2);
}

TEST(LayerCheck, SeesALayerOfAnotherEquation) {  // the weights are those of an LSTM
  Rng rng(5);
  RecurrentWeights w = random_layer("lstm", 6, rng);
  EXPECT_THROW(check_layer("gru", w), Error);
  w.input.values()[0] = NAN;
  EXPECT_FALSE(check_layer("lstm", w).right());
}

TEST(DoubleLayer, IsNotThereForUnknownCells) {
  EXPECT_TRUE(DoubleLayer::exists("lstm"));
  EXPECT_FALSE(DoubleLayer::exists("lstmm"));
  EXPECT_THROW(DoubleLayer("lstmm", 1, 1, 1), Error);
}

}  // namespace
}  // namespace cadena
