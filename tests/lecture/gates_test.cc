// SPDX-License-Identifier: MIT
// The slides "LSTM", gate by gate, and GRU's place of the reset gate.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/nn/recurrent.h"
#include "tests/golden/golden.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

constexpr int64_t inputs = 3, hidden = 21;  // more units than a vector has lanes

/// A network with its parameters by gate.
struct Gated {
  explicit Gated(const std::string& cell)
      : rng(3), network({.cell = cell, .input = inputs, .hidden = hidden}, rng) {
    for (const Tensor& parameter : all)
      for (float& value : parameter.values()) value = rng.uniform(-0.5f, 0.5f);
  }

  /// Saturates a gate: `bias` is far from 0.
  void hold(int gate, float bias) const {
    std::fill_n(all[2].data() + gate * hidden, hidden, bias);
  }

  /// W_k x + U_k h + both biases, for gate k.
  Tensor preactivation(int gate, const Tensor& x, const Tensor& h) const {
    return add(linear(x, part(0, gate), part(2, gate)), linear(h, part(1, gate), part(3, gate)));
  }

  Tensor part(size_t parameter, int gate) const {
    const Tensor& whole = all[parameter];
    const int64_t size = whole.size() / cell_spec(network.options().cell).gates;
    const float* first = whole.data() + gate * size;
    return Tensor(Shape{hidden, size / hidden}, std::vector<float>(first, first + size));
  }

  Rng rng;
  Recurrent network;
  std::vector<Tensor> all = parameters(network);  // weight_ih, weight_hh, bias_ih, bias_hh
};

enum LstmGate { input_gate, forget_gate, candidate, output_gate };

// i_t, f_t, o_t = sigmoid(W [h_{t-1}, x_t] + b), candidate = tanh(W_C [h_{t-1}, x_t] + b_C),
// C_t = f_t C_{t-1} + i_t candidate, h_t = o_t tanh(C_t).
TEST(Lecture, B2_TheLstmIsTheEquationsOfItsGatesBitForBit) {
  Gated lstm("lstm");
  State state = lstm.network.start();
  Tensor h = state.layers[0][0], c = state.layers[0][1];
  for (int t = 0; t < 50; ++t) {
    const Tensor x = normal_parameter({1, inputs}, lstm.rng, 2);
    const Tensor i = sigmoid(lstm.preactivation(input_gate, x, h)),
                 f = sigmoid(lstm.preactivation(forget_gate, x, h)),
                 g = tanh(lstm.preactivation(candidate, x, h)),
                 o = sigmoid(lstm.preactivation(output_gate, x, h));
    c = add(multiply(f, c), multiply(i, g));
    h = multiply(o, tanh(c));
    lstm.network.step(x, state);
    ASSERT_TRUE(same_bits(state.layers[0][0].values(), h.values())) << t;
    ASSERT_TRUE(same_bits(state.layers[0][1].values(), c.values())) << t;
  }
}

// f = 1 and i = 0: the cell keeps what it holds, and so does its gradient on the way back.
TEST(Lecture, B2_AnOpenForgetGateKeepsTheCellBitForBit) {
  Gated lstm("lstm");
  lstm.hold(forget_gate, 1000);
  lstm.hold(input_gate, -1000);
  constexpr int steps = 10000;
  const Tensor x = normal_parameter({steps, inputs}, lstm.rng, 2),
               upstream = normal_parameter({1, hidden}, lstm.rng, 2);
  State initial = lstm.network.start();
  Tensor& c = initial.layers[0][1] = normal_parameter({1, hidden}, lstm.rng);
  std::ranges::copy(std::vector<float>{0, 1e-20f, -1e20f}, c.data());

  Tape tape;
  const State last = lstm.network(x, Layout(std::vector<int>{steps}), initial).last;
  EXPECT_TRUE(same_bits(last.layers[0][1].values(), c.values()));
  tape.backward(sum(multiply(last.layers[0][1], upstream)));
  EXPECT_TRUE(same_bits(gradient(c), upstream.values()));
}

// f = 0: C_t = i_t candidate, whatever the cell held.
TEST(Lecture, B2_AClosedForgetGateLeavesTheGatedCandidate) {
  Gated lstm("lstm");
  lstm.hold(forget_gate, -1000);
  State state = lstm.network.start();
  state.layers[0][1] = normal_parameter({1, hidden}, lstm.rng, 1000);
  for (int t = 0; t < 50; ++t) {
    const Tensor x = normal_parameter({1, inputs}, lstm.rng, 2), h = state.layers[0][0];
    const Tensor gated = multiply(sigmoid(lstm.preactivation(input_gate, x, h)),
                                  tanh(lstm.preactivation(candidate, x, h)));
    lstm.network.step(x, state);
    ASSERT_TRUE(same_bits(state.layers[0][1].values(), gated.values())) << t;
  }
}

// h_t = (1 - z) n + z h_{t-1}, n = tanh(W x + b + r (U h_{t-1} + b')): with r = 0 nothing of the
// recurrent product is left, its bias b' included, which stays when the reset comes before it.
TEST(Lecture, B6_TheResetComesAfterTheProduct) {
  Gated gru("gru");
  constexpr int reset = 0, update = 1, fresh = 2;
  gru.hold(reset, -1000);
  gru.hold(update, -1000);
  const Tensor x = normal_parameter({1, inputs}, gru.rng, 2);
  State state{{{normal_parameter({1, hidden}, gru.rng)}}};
  const Tensor h = tanh(linear(x, gru.part(0, fresh), gru.part(2, fresh)));
  EXPECT_TRUE(same_bits(gru.network.step(x, state).values(), h.values()));
}

}  // namespace
}  // namespace cadena
