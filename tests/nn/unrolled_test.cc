// SPDX-License-Identifier: MIT
// Networks that are looked at while they run.
#include "cadena/nn/unrolled.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "tests/support/bits.h"
#include "tests/support/check_gradients.h"
#include "tests/support/recurrent_batch.h"

namespace cadena {
namespace {

class EveryTracedNetwork : public testing::TestWithParam<std::string> {
 protected:
  // Units enough for a full vector and a part of one.
  Recurrent network(bool both, int64_t layers = 2) {
    Recurrent made(
        {.cell = GetParam(), .input = 3, .hidden = 18, .layers = layers, .bidirectional = both},
        rng_);
    for (const Tensor& parameter : parameters(made))
      for (float& value : parameter.values()) value = rng_.uniform(-0.4f, 0.4f);
    return made;
  }

  Rng rng_{1};
};
INSTANTIATE_TEST_SUITE_P(Cells, EveryTracedNetwork, testing::ValuesIn(recurrent_cells()),
                         [](const auto& info) { return info.param; });

void expect_same(const Recurrent::Result& a, const Recurrent::Result& b) {
  EXPECT_TRUE(same_bits(a.output.values(), b.output.values()));
  for (size_t l = 0; l < a.last.layers.size(); ++l)
    for (size_t k = 0; k < a.last.layers[l].size(); ++k)
      EXPECT_TRUE(same_bits(a.last.layers[l][k].values(), b.last.layers[l][k].values()))
          << "layer " << l << ", state " << k;
}

const std::vector<int> ragged{7, 4, 4, 1, 0};

TEST_P(EveryTracedNetwork, GivesTheSameBits) {
  for (const bool both : {false, true})
    for (const std::vector<int>& lengths : {ragged, {0, 0}, {}}) {
      const Recurrent net = network(both);
      const RecurrentBatch batch(net, lengths, rng_);
      const Recurrent::Result plain = net(batch.x, batch.layout, batch.initial),
                              from_zero = net(batch.x, batch.layout);
      const Trace trace;
      expect_same(net(batch.x, batch.layout, batch.initial), plain);
      expect_same(net(batch.x, batch.layout), from_zero);
    }
}

TEST_P(EveryTracedNetwork, WritesDownStatesAndGates) {
  const Recurrent net = network(true);
  const RecurrentBatch batch(net, ragged, rng_);
  const Trace trace;
  const Recurrent::Result result = net(batch.x, batch.layout, batch.initial);
  net(batch.x, batch.layout);
  ASSERT_EQ(trace.layers().size(), 8u);
  for (size_t i = 0; i < 8; ++i) {
    const Trace::Layer& layer = trace.layers()[i];
    EXPECT_EQ(layer.network, i / 4);
    EXPECT_EQ(layer.layer, i / 2 % 2);
    EXPECT_EQ(layer.reverse, i % 2 == 1);
    EXPECT_EQ(layer.cell, GetParam());
    EXPECT_EQ(layer.initial.size(), layer.state_names.size());
    EXPECT_EQ(layer.state_names[0], "h");
    EXPECT_FALSE(layer.gate_names.empty());
    ASSERT_EQ(std::ssize(layer.steps), batch.layout.steps());
    for (int t = 0; t < batch.layout.steps(); ++t) {
      const Trace::Step& step = layer.steps[static_cast<size_t>(t)];
      EXPECT_EQ(step.states.size(), layer.state_names.size());
      EXPECT_EQ(step.gates.size(), layer.gate_names.size());
      for (const Tensor& tensor : step.states) EXPECT_EQ(tensor.rows(), batch.layout.width(t));
      for (const Tensor& tensor : step.gates) EXPECT_EQ(tensor.rows(), batch.layout.width(t));
    }
  }
  const int64_t half = net.outputs() / 2;
  for (const size_t d : {0, 1})  // of the last layer of the first pass
    for (int t = 0; t < batch.layout.steps(); ++t) {
      const int64_t row = batch.layout.row(t, 0), width = batch.layout.width(t);
      EXPECT_TRUE(same_bits(
          trace.layers()[2 + d].steps[static_cast<size_t>(t)].states[0].values(),
          columns(rows(result.output, row, row + width), static_cast<int64_t>(d) * half, half)
              .values()));
    }
}

struct Gradients {
  std::vector<float> dx;
  std::vector<std::vector<float>> initial, weights;
  explicit Gradients(const RecurrentPass& pass) : dx(pass.dx), weights(pass.dweights) {
    for (const std::vector<Tensor>& layer : pass.dinitial.layers)
      for (const Tensor& state : layer)
        initial.emplace_back(state.values().begin(), state.values().end());
  }
};

// Of the largest value.
void expect_close(const std::vector<float>& a, const std::vector<float>& b, double bound) {
  double size = 1;
  for (const float value : b) size = std::max(size, std::abs(double{value}));
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], bound * size) << i;
}

// Sums over rows are taken in another order.
TEST_P(EveryTracedNetwork, HasTheSameGradients) {
  for (const bool both : {false, true}) {
    Recurrent net = network(both);
    const RecurrentBatch batch(net, ragged, rng_);
    const Gradients plain{RecurrentPass(net, batch)};
    const Trace trace;
    const Gradients traced{RecurrentPass(net, batch)};
    expect_close(traced.dx, plain.dx, 1e-6);
    for (size_t i = 0; i < plain.initial.size(); ++i)
      expect_close(traced.initial[i], plain.initial[i], 1e-6);
    for (size_t i = 0; i < plain.weights.size(); ++i)
      expect_close(traced.weights[i], plain.weights[i], 1e-6);
  }
}

// The gradient of the states after step t is that of the initial states of the steps after it, and
// for h that of its own output. A composed cell may make h of another state of the same step, whose
// gradient then has that path too.
TEST_P(EveryTracedNetwork, StatesHaveTheWholeGradientOfTheLoss) {
  constexpr int steps = 6;
  Recurrent net = network(false, 1);
  const RecurrentBatch batch(net, {steps}, rng_);
  std::optional<Trace> trace(std::in_place);
  const RecurrentPass all(net, batch);
  const Trace::Layer layer = trace->layers()[0];
  trace.reset();
  for (int t = 0; t < steps; ++t) {
    RecurrentBatch later = batch.part({0}, t + 1);
    const std::vector<Tensor>& states = layer.steps[static_cast<size_t>(t)].states;
    for (size_t k = 0; k < states.size(); ++k)
      std::ranges::copy(states[k].values(), later.initial.layers[0][k].data());
    const RecurrentPass pass(net, later);
    for (size_t k = 0; k < (net.composed() ? 1 : states.size()); ++k) {
      std::vector<float> wanted(pass.dinitial.layers[0][k].values().begin(),
                                pass.dinitial.layers[0][k].values().end());
      for (size_t j = 0; k == 0 && j < wanted.size(); ++j) wanted[j] += row_of(batch.doutput, t)[j];
      expect_close({states[k].grad(), states[k].grad() + states[k].size()}, wanted, 1e-6);
    }
  }
}

class EverySteppedCell : public EveryTracedNetwork {};
INSTANTIATE_TEST_SUITE_P(Cells, EverySteppedCell, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

TEST_P(EverySteppedCell, UnrollsADirectionByItself) {
  const Recurrent net = network(true, 1);
  const RecurrentBatch batch(net, ragged, rng_);
  const Recurrent::Result whole = net(batch.x, batch.layout);
  for (const int64_t d : {0, 1}) {
    const SteppedCell cell(GetParam(), net.layers()[0][static_cast<size_t>(d)]);
    Trace::Layer written{};
    const Unrolled run =
        unroll(cell, batch.x, {}, batch.layout, d == 1, {}, cell.states().size(), &written);
    ASSERT_EQ(run.states.size(), run.last.size());
    EXPECT_TRUE(same_bits(run.states[0].values(), columns(whole.output, d * 18, 18).values()));
    for (size_t k = 0; k < run.last.size(); ++k) {
      EXPECT_EQ(run.states[k].rows(), batch.layout.rows());
      EXPECT_TRUE(
          same_bits(run.last[k].values(), columns(whole.last.layers[0][k], d * 18, 18).values()));
    }
    EXPECT_EQ(std::ssize(written.steps), batch.layout.steps());
  }
}

TEST(Trace, NamesGatesAsTheEquationsDo) {
  Rng rng(2);
  const auto names = [&](const char* cell) {
    const Recurrent net({.cell = cell, .input = 2, .hidden = 3}, rng);
    const Trace trace;
    net(Tensor(1, 2), Layout(std::vector{1}));
    std::string all;
    for (const std::string& name : trace.layers()[0].state_names) all += name + " ";
    for (const std::string& name : trace.layers()[0].gate_names) all += " " + name;
    return all;
  };
  EXPECT_EQ(names("elman"), "h  h");
  EXPECT_EQ(names("lstm"), "h c  i f g o tanh(c)");
  EXPECT_EQ(names("gru"), "h  r z n u_n");
  EXPECT_EQ(names("gru_before"), "h  r z n");
  EXPECT_EQ(names("slstm"), "h c n m  i' f' g o c/n n 1-f");
}

// c = f·c + i·g and h = o·tanh(c) of what was written down.
TEST(Trace, TheGatesOfAnLstmGiveItsStates) {
  Rng rng(3);
  const Recurrent net({.cell = "lstm", .input = 2, .hidden = 18}, rng);
  const RecurrentBatch batch(net, ragged, rng);
  const Trace trace;
  net(batch.x, batch.layout, batch.initial);
  const Trace::Layer& layer = trace.layers()[0];
  Tensor c = layer.initial[1];
  for (const Trace::Step& step : layer.steps) {
    const auto& [i, f, g, o, tanh_c] =
        std::tie(step.gates[0], step.gates[1], step.gates[2], step.gates[3], step.gates[4]);
    c = add(multiply(f, rows(c, 0, f.rows())), multiply(i, g));
    EXPECT_TRUE(same_bits(step.states[1].values(), c.values()));
    EXPECT_TRUE(same_bits(tanh_c.values(), tanh(c).values()));
    EXPECT_TRUE(same_bits(step.states[0].values(), multiply(o, tanh_c).values()));
  }
}

TEST(Trace, TheInnermostOneWrites) {
  Rng rng(4);
  const Recurrent net({.input = 2, .hidden = 3}, rng);
  const auto run = [&] { net(Tensor(2, 2), Layout(std::vector{2})); };
  EXPECT_EQ(Trace::current(), nullptr);
  Trace outer;
  {
    const Trace inner;
    EXPECT_EQ(Trace::current(), &inner);
    run();
    EXPECT_EQ(inner.layers().size(), 1u);
  }
  EXPECT_EQ(Trace::current(), &outer);
  EXPECT_TRUE(outer.layers().empty());
  run();
  run();
  EXPECT_EQ(outer.layers().size(), 2u);
  EXPECT_EQ(outer.layers()[1].network, 1);
  outer.note("attention", Tensor(1, 2));
  EXPECT_EQ(outer.notes()[0].name, "attention");
}

TEST(SteppedCell, RefusesAnUnknownCell) { EXPECT_THROW(SteppedCell("nothing", {}), Error); }

}  // namespace
}  // namespace cadena
