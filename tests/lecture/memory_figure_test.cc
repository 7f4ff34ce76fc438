// SPDX-License-Identifier: MIT
// The slide with Graves' figure of what an output still knows of an input: `cadena lecture memory`.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/lecture/gradient_flow.h"

namespace cadena {
namespace {

using Complex = std::complex<double>;
using Vector = std::vector<Complex>;

Complex sigmoid_of(Complex a) { return 1.0 / (1.0 + std::exp(-a)); }

/// Pre-activation `row`: W x + U h and both biases.
Complex preactivation(const RecurrentWeights& w, size_t row, const Vector& x, const Vector& h) {
  Complex a = double{w.input_bias.values()[row]} + w.recurrent_bias.values()[row];
  for (size_t j = 0; j < x.size(); ++j) a += double{w.input.values()[row * x.size() + j]} * x[j];
  for (size_t j = 0; j < h.size(); ++j)
    a += double{w.recurrent.values()[row * h.size() + j]} * h[j];
  return a;
}

struct Memory {
  Vector h, c;
};

void step(const FlowNetwork& network, const Vector& x, Memory& s) {
  const RecurrentWeights& w = network.recurrent.layers()[0][0];
  const size_t units = s.h.size();
  Vector h(units);
  for (size_t i = 0; i < units; ++i) {
    const auto gate = [&](size_t k) { return preactivation(w, k * units + i, x, s.h); };
    if (network.recurrent.options().cell == "elman") {
      h[i] = std::tanh(gate(0));
      continue;
    }
    s.c[i] = sigmoid_of(gate(1)) * s.c[i] + sigmoid_of(gate(0)) * std::tanh(gate(2));
    h[i] = sigmoid_of(gate(3)) * std::tanh(s.c[i]);
  }
  s.h = h;
}

/// |dy_t/dx_1| of each step by complex steps of x_1, which are exact to rounding.
std::vector<double> norms_of(const FlowNetwork& network, size_t units) {
  constexpr double tiny = 1e-30;
  std::vector<double> norms(network.x.size());
  for (size_t d = 0; d < network.x[0].values().size(); ++d) {
    Memory s{Vector(units), Vector(units)};
    for (size_t t = 0; t < norms.size(); ++t) {
      Vector x(network.x[t].values().begin(), network.x[t].values().end());
      if (t == 0) x[d] += Complex(0, tiny);
      step(network, x, s);
      for (const Complex& y : s.h) norms[t] += std::pow(y.imag() / tiny, 2);
    }
  }
  for (double& norm : norms) norm = std::sqrt(norm);
  return norms;
}

TEST(Lecture, A12_WhatIsDrawnIsTheDerivativeOfEachOutput) {
  for (const char* cell : {"elman", "lstm"}) {
    const FlowOptions options{.cell = cell, .hidden = 6, .steps = 20, .forget_bias = 2, .seed = 4};
    const std::vector<double> expected = norms_of(FlowNetwork(options), 6),
                              found = sensitivity(options);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t t = 0; t < found.size(); ++t)
      EXPECT_NEAR(found[t] / expected[t], 1, 1e-4) << cell << ", " << t;
  }
}

// Of the same inputs the LSTM knows more after 50 steps than the simple network, by far.
TEST(Lecture, A12_TheLstmForgetsMoreSlowly) {
  const std::vector<double> elman = sensitivity({.cell = "elman", .steps = 50}),
                            lstm = sensitivity({.cell = "lstm", .steps = 50});
  EXPECT_LT(elman[49] / elman[0], 1e-6);
  EXPECT_GT(lstm[49] / lstm[0], 1e-3);
}

// With every h held fixed, dc_t/dc_1 = f_2 f_3 ... f_t, bit for bit: the one way through time that
// has nothing but gates on it.
TEST(Lecture, A12_ThePathThroughTheCellIsTheProductOfItsForgetGates) {
  for (const float bias : {1.0f, 5.0f}) {
    const CellPath path = cell_path({.cell = "lstm", .steps = 40, .forget_bias = bias});
    ASSERT_EQ(path.gradient.size(), 40u);
    EXPECT_EQ(path.difference, 0);
    EXPECT_EQ(path.gradient, path.product);
    EXPECT_EQ(path.gradient[0], 1);
    EXPECT_LT(path.gradient[39], bias > 1 ? 1 : 1e-3);  // a bias of 1 does not abolish vanishing
    EXPECT_GT(path.gradient[39], bias > 1 ? 0.1 : 0);
  }
  EXPECT_THROW(cell_path({.cell = "gru"}), Error);
}

}  // namespace
}  // namespace cadena
