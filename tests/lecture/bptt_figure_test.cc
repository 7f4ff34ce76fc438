// SPDX-License-Identifier: MIT
// The slide's figure of back-propagation through time: `cadena lecture bptt`.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "cadena/lecture/gradient_flow.h"

namespace cadena {
namespace {

using Vector = std::vector<double>;

double at(const Tensor& matrix, size_t row, size_t column) {
  return matrix.values()[row * static_cast<size_t>(matrix.cols()) + column];
}

/// The states s_t = tanh(U x_t + W s_{t-1} + b) in double.
std::vector<Vector> states_of(const FlowNetwork& network) {
  const RecurrentWeights& w = network.recurrent.layers()[0][0];
  std::vector<Vector> states;
  Vector s(static_cast<size_t>(w.recurrent.cols()));
  for (const Tensor& x : network.x) {
    Vector next(s.size());
    for (size_t i = 0; i < s.size(); ++i) {
      double a = double{w.input_bias.values()[i]} + w.recurrent_bias.values()[i];
      for (size_t j = 0; j < x.values().size(); ++j) a += at(w.input, i, j) * x.values()[j];
      for (size_t j = 0; j < s.size(); ++j) a += at(w.recurrent, i, j) * s[j];
      next[i] = std::tanh(a);
    }
    states.push_back(s = next);
  }
  return states;
}

/// dE_t/ds_t = V^T (yhat_t - y_t).
Vector error_of(const FlowNetwork& network, const Vector& state, int32_t target) {
  const Tensor v = network.readout.weight();
  Vector yhat(static_cast<size_t>(v.rows())), error(state.size());
  double sum = 0;
  for (size_t k = 0; k < yhat.size(); ++k) {
    double o = network.readout.bias().values()[k];
    for (size_t i = 0; i < state.size(); ++i) o += at(v, k, i) * state[i];
    sum += yhat[k] = std::exp(o);
  }
  for (size_t k = 0; k < yhat.size(); ++k)
    for (size_t i = 0; i < state.size(); ++i)
      error[i] += (yhat[k] / sum - (static_cast<int32_t>(k) == target)) * at(v, k, i);
  return error;
}

// dE_t/ds_k = dE_t/ds_t · ds_t/ds_k, a product of Jacobians diag(1 - s²) W, one step at a time.
TEST(Lecture, A10_TheTriangleHasTheNormsOfJacobianProducts) {
  const FlowOptions options{.cell = "elman", .hidden = 7, .steps = 12, .seed = 3};
  const FlowNetwork network(options);
  const Tensor w = network.recurrent.layers()[0][0].recurrent;
  const std::vector<Vector> states = states_of(network);
  const BpttTriangle triangle = bptt_triangle(options);
  for (size_t t = 0; t < 12; ++t) {
    Vector gradient = error_of(network, states[t], network.y[t]);
    for (size_t k = t + 1; k-- > 0;) {
      double squares = 0;
      for (double g : gradient) squares += g * g;
      EXPECT_NEAR(triangle.norms[t * 12 + k] / std::sqrt(squares), 1, 1e-5) << t << ", " << k;
      Vector before(gradient.size());
      for (size_t i = 0; i < before.size(); ++i)
        for (size_t j = 0; j < before.size(); ++j)
          before[j] += gradient[i] * (1 - states[k][i] * states[k][i]) * at(w, i, j);
      gradient = before;
    }
    for (size_t k = t + 1; k < 12; ++k) EXPECT_TRUE(std::isnan(triangle.norms[t * 12 + k]));
  }
}

TEST(Lecture, A10_TheRowsAddUpToTheGradientOfTheWholeLayer) {
  for (const std::string& cell : recurrent_cells()) {
    const BpttTriangle triangle = bptt_triangle({.cell = cell, .hidden = 9, .steps = 10});
    EXPECT_GT(triangle.whole, 0.1) << cell;
    EXPECT_LE(triangle.difference, 1e-6 * triangle.whole) << cell;
    EXPECT_NEAR(triangle.added, triangle.whole, 1e-6 * triangle.whole) << cell;
    EXPECT_EQ(triangle.row_totals.size(), 10u);
  }
}

TEST(Lecture, A10_OneStepIsATriangle) {
  const BpttTriangle triangle = bptt_triangle({.cell = "lstm", .hidden = 1, .steps = 1});
  EXPECT_EQ(triangle.norms.size(), 1u);
  EXPECT_DOUBLE_EQ(triangle.row_totals[0], triangle.added);
}

}  // namespace
}  // namespace cadena
