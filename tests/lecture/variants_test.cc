// SPDX-License-Identifier: MIT
// The slides' variants of gated networks that are not one unit's equation.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/nn/composed_cells.h"
#include "cadena/nn/recurrent.h"
#include "tests/golden/golden.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

constexpr int64_t inputs = 3, hidden = 21;  // more units than a vector has lanes

template <class Module, class... Suffix>
std::map<std::string, Tensor> named(Module& module, const Suffix&... suffix) {
  std::map<std::string, Tensor> all;
  Visitor visitor([&](const std::string& name, Tensor& parameter) { all[name] = parameter; });
  module.visit(visitor, suffix...);
  return all;
}

Recurrent network_of(const std::string& cell, int64_t layers, Rng& rng) {
  Recurrent network({.cell = cell, .input = inputs, .hidden = hidden, .layers = layers}, rng);
  for (const Tensor& parameter : parameters(network))
    for (float& value : parameter.values()) value = rng.uniform(-0.5f, 0.5f);
  return network;
}

// h' = (1 - z) n + z h, n = tanh(W x + b + U (r h) + b'): with r = 0 the bias b' stays, which goes
// when the reset comes after the product.
TEST(Lecture, B6_TheResetComesBeforeTheProductWhereThePaperHasIt) {
  Rng rng(3);
  Recurrent gru = network_of("gru_before", 1, rng);
  auto all = named(gru);
  std::fill_n(all["bias_ih_l0"].data(), 2 * hidden, -1000.0f);  // r = z = 0
  const Tensor x = normal_parameter({1, inputs}, rng, 2);
  State state{{{normal_parameter({1, hidden}, rng)}}};
  const auto fresh = [&](const Tensor& from, const std::string& which) {
    return linear(from, all["weight_" + which], all["bias_" + which], 2 * hidden, 3 * hidden);
  };
  const Tensor h = tanh(add(fresh(x, "ih_l0"), fresh(Tensor(1, hidden), "hh_l0")));
  EXPECT_TRUE(same_bits(gru.step(x, state).values(), h.values()));
}

// With r = 1 both places are the same.
TEST(Lecture, B6_AnOpenResetMakesBothPlacesTheSame) {
  Rng rng(3);
  Recurrent before = network_of("gru_before", 1, rng), after = network_of("gru", 1, rng);
  auto from = named(before), to = named(after);
  std::fill_n(from["bias_ih_l0"].data(), hidden, 1000.0f);
  for (auto& [name, parameter] : to) std::ranges::copy(from.at(name).values(), parameter.data());
  const Layout layout(std::vector<int>{20, 9});
  const Tensor x = normal_parameter({layout.rows(), inputs}, rng, 2);
  const Tensor a = before(x, layout).output, b = after(x, layout).output;
  EXPECT_LE(distance(a.values(), b.values()), 1e-6);
}

// c' = f c + i g + d c_below: without the last part, a stacked LSTM.
TEST(Lecture, B7_ClosedDepthGatesMakeAStackedLstmBitForBit) {
  Rng rng(3);
  Recurrent gated = network_of("depth_gated", 3, rng), lstm = network_of("lstm", 3, rng);
  auto from = named(gated), to = named(lstm);
  for (const char* layer : {"1", "2"})
    std::ranges::fill(from[std::string("bias_depth_l") + layer].values(), -1000.0f);
  for (auto& [name, parameter] : to) std::ranges::copy(from.at(name).values(), parameter.data());
  const Layout layout(std::vector<int>{20, 9, 1, 0});
  const Tensor x = normal_parameter({layout.rows(), inputs}, rng, 2);
  std::array<Recurrent::Result, 2> runs;
  for (const bool plain : {false, true}) {
    Tape tape;
    runs[plain] = (plain ? lstm : gated)(x, layout);
    tape.backward(sum(runs[plain].output));
  }
  EXPECT_TRUE(same_bits(runs[0].output.values(), runs[1].output.values()));
  for (size_t l = 0; l < 3; ++l)
    for (size_t k = 0; k < 2; ++k)
      EXPECT_TRUE(
          same_bits(runs[0].last.layers[l][k].values(), runs[1].last.layers[l][k].values()));
  for (const auto& [name, parameter] : to)
    EXPECT_LE(distance(gradient(from.at(name)), gradient(parameter)), 1e-5) << name;
}

// An open one adds the memory below.
TEST(Lecture, B7_AnOpenDepthGateAddsTheMemoryBelow) {
  Rng rng(3);
  const auto cell = make_depth_gated({inputs, hidden, false}, rng);
  const Tensor x = normal_parameter({1, inputs}, rng), below = normal_parameter({1, hidden}, rng);
  const std::vector<Tensor> states{normal_parameter({1, hidden}, rng),
                                   normal_parameter({1, hidden}, rng)};
  auto all = named(*cell, "");
  const auto memory = [&](float bias) {
    std::ranges::fill(all["bias_depth"].values(), bias);
    return cell->step(cell->project(x, below), states).states[1];
  };
  EXPECT_TRUE(same_bits(memory(1000).values(), add(memory(-1000), below).values()));
}

TEST(Lecture, B8_AModuleChangesOnlyAtItsOwnSteps) {
  Rng rng(3);
  const Recurrent clockwork = network_of("clockwork", 1, rng);
  constexpr int64_t module = 6;  // units of the first three; the last one has three
  State state = clockwork.start();
  state.layers[0][0] = normal_parameter({1, hidden}, rng);
  for (int t = 0; t < 40; ++t) {
    const Tensor before = state.layers[0][0];
    clockwork.step(normal_parameter({1, inputs}, rng), state);
    for (int64_t j = 0; j < hidden; ++j) {
      const bool changes = state.layers[0][0].data()[j] != before.data()[j];
      EXPECT_EQ(changes, t % (1 << (j / module)) == 0) << "step " << t << ", unit " << j;
    }
  }
}

// Modules see themselves and slower ones: what a fast one holds does not reach them.
TEST(Lecture, B8_SlowModulesDoNotSeeFastOnes) {
  Rng rng(3);
  const Recurrent clockwork = network_of("clockwork", 1, rng);
  const Tensor x = normal_parameter({1, inputs}, rng);
  State one = clockwork.start(), other = one;
  other.layers[0][0] = Tensor(1, hidden);
  std::fill_n(other.layers[0][0].data(), 6, 1.0f);
  const Tensor a = clockwork.step(x, one), b = clockwork.step(x, other);
  EXPECT_FALSE(same_bits(a.values().first(6), b.values().first(6)));
  EXPECT_TRUE(same_bits(a.values().subspan(6), b.values().subspan(6)));
}

TEST(Lecture, B8_OneClockOfPeriodOneIsTheSimpleNetworkBitForBit) {
  Rng rng(3);
  Recurrent elman = network_of("elman", 1, rng);
  const auto clockwork = make_clockwork({inputs, hidden, true}, std::array{1}, rng);
  for (auto& [name, parameter] : named(*clockwork, "_l0"))
    std::ranges::copy(named(elman).at(name).values(), parameter.data());
  constexpr int64_t steps = 20;
  const Tensor x = normal_parameter({steps, inputs}, rng, 2),
               whole = elman(x, Layout(std::vector<int>{steps})).output,
               projected = clockwork->project(x, {});
  std::vector<Tensor> states{Tensor(1, hidden), Tensor(1, 1)};
  for (int64_t t = 0; t < steps; ++t) {
    states = clockwork->step(rows(projected, t, t + 1), states).states;
    EXPECT_TRUE(same_bits(states[0].values(), rows(whole, t, t + 1).values())) << t;
  }
}

TEST(Lecture, B8_PeriodsMustBeThereAndPositive) {
  Rng rng(3);
  EXPECT_THROW(make_clockwork({inputs, hidden, true}, std::vector<int>{}, rng), Error);
  EXPECT_THROW(make_clockwork({inputs, hidden, true}, std::array{1, 0}, rng), Error);
}

}  // namespace
}  // namespace cadena
