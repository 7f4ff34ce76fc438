// SPDX-License-Identifier: MIT
// What keeps a recurrent network from learning its examples by heart, and what it starts from.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"
#include "cadena/nn/stepper.h"
#include "cadena/nn/unrolled.h"
#include "tests/support/bits.h"
#include "tests/support/check_gradients.h"
#include "tests/support/noisy_pass.h"
#include "tests/support/random.h"
#include "tests/support/recurrent_batch.h"

namespace cadena {
namespace {

constexpr int64_t inputs = 3, hidden = 21;

class EveryTunedCell : public testing::TestWithParam<std::string> {
 protected:
  // Of the same weights, whatever the tuning.
  Recurrent network(const RecurrentTuning& tuning, int64_t layers = 1) const {
    Rng rng(1);
    Recurrent made(
        {.cell = GetParam(), .input = inputs, .hidden = hidden, .layers = layers, .tuning = tuning},
        rng);
    for (const Tensor& weight : parameters(made))
      for (float& value : weight.values()) value = 0.4f * rng.normal();
    return made;
  }

  const CellSpec& spec_ = cell_spec(GetParam());
  Rng rng_{2};
};
INSTANTIATE_TEST_SUITE_P(Cells, EveryTunedCell, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

// s' = next + stay·(s - next), in floats.
TEST_P(EveryTunedCell, StatesThatStayAreStepsByHandBitForBit) {
  const Recurrent net = network({});
  const RecurrentWeights& plain = net.layers()[0][0];
  const RecurrentBatch batch(net, {9, 4, 4, 1, 0}, rng_);
  const int64_t wide = spec_.states * hidden;
  for (const int64_t stay_rows : {int64_t{1}, batch.layout.rows()}) {
    RecurrentWeights staying = plain;
    staying.stay = Tensor(stay_rows, wide);
    for (float& share : staying.stay.values())
      share = stay_rows == 1 ? 0.3f : static_cast<float>(rng_.below(2));
    const RecurrentOutput whole =
        recurrent(GetParam(), batch.x, batch.layout, {&staying, 1}, batch.initial.layers[0]);
    const SteppedCell cell(GetParam(), plain);
    std::vector<Tensor> states = batch.initial.layers[0];
    for (int t = 0; t < batch.layout.steps(); ++t) {
      const int64_t width = batch.layout.width(t), row = batch.layout.row(t, 0);
      std::vector<Tensor> entering;
      for (const Tensor& state : states) entering.push_back(rows(state, 0, width));
      const std::vector<Tensor> next = cell.step(rows(batch.x, row, row + width), entering).states;
      for (size_t k = 0; k < states.size(); ++k) {
        Tensor mixed = states[k].clone();
        for (int64_t i = 0; i < width * hidden; ++i) {
          const int64_t share_row = stay_rows == 1 ? 0 : row + i / hidden;
          const float share =
              staying.stay.data()[share_row * wide + static_cast<int64_t>(k) * hidden + i % hidden];
          mixed.data()[i] = next[k].data()[i] + share * (entering[k].data()[i] - next[k].data()[i]);
        }
        states[k] = mixed;
      }
      EXPECT_TRUE(same_bits(rows(states[0], 0, width).values(),
                            rows(whole.output, row, row + width).values()))
          << t;
    }
    for (size_t k = 0; k < states.size(); ++k)
      EXPECT_TRUE(same_bits(states[k].values(), whole.last[k].values())) << k;
  }
}

// Under noise every state is the one before it, but for the rounding of next + (s - next), or the
// next one to the bit.
TEST_P(EveryTunedCell, ZoneoutKeepsAShareOfTheStates) {
  const Recurrent net = network({.zoneout = 0.25f});
  const RecurrentBatch batch(net, std::vector<int>(50, 1), rng_);
  const Recurrent::Result free = network({})(batch.x, batch.layout, batch.initial),
                          noisy = with_noise(net, batch);
  int64_t stayed = 0, all = 0;
  for (size_t k = 0; k < batch.initial.layers[0].size(); ++k)
    for (int64_t i = 0; i < 50 * hidden; ++i, ++all) {
      const float before = batch.initial.layers[0][k].data()[i],
                  next = free.last.layers[0][k].data()[i],
                  found = noisy.last.layers[0][k].data()[i];
      if (found == next) continue;
      ++stayed;
      EXPECT_NEAR(found, before, 1e-6 * std::max(1.0f, std::abs(next)));
    }
  const auto count = static_cast<double>(all);
  EXPECT_NEAR(static_cast<double>(stayed), 0.25 * count, 5 * std::sqrt(count * 0.25 * 0.75));
}

TEST_P(EveryTunedCell, ZoneoutIsTakenInTheMeanWithoutNoise) {
  const Recurrent net = network({.zoneout = 0.25f}, 2);
  const RecurrentBatch batch(net, {9, 4, 4, 1, 0}, rng_);
  const Recurrent::Result found = net(batch.x, batch.layout, batch.initial);
  Tensor x = batch.x;
  for (size_t l = 0; l < 2; ++l) {
    RecurrentWeights w = net.layers()[l][0];
    EXPECT_FALSE(w.stay);
    w.stay = Tensor(1, spec_.states * hidden);
    std::ranges::fill(w.stay.values(), 0.25f);
    EXPECT_TRUE(same_bits(net.for_inference(l)[0].stay.values(), w.stay.values()));
    const RecurrentOutput layer =
        recurrent(GetParam(), x, batch.layout, {&w, 1}, batch.initial.layers[l]);
    for (size_t k = 0; k < layer.last.size(); ++k)
      EXPECT_TRUE(same_bits(layer.last[k].values(), found.last.layers[l][k].values()));
    x = layer.output;
  }
  EXPECT_TRUE(same_bits(x.values(), found.output.values()));
}

TEST_P(EveryTunedCell, StepByStepZoneoutGivesTheBitsOfTheWhole) {
  const Recurrent net = network({.zoneout = 0.25f}, 2);
  const Tensor x = normal_parameter({9, inputs}, rng_);
  const Recurrent::Result whole = net(x, Layout(std::vector{9}));
  Stepper stepper(net);
  State state = net.start();
  for (int64_t t = 0; t < 9; ++t) {
    EXPECT_TRUE(same_bits(stepper.step(row_of(x, t)), row_of(whole.output, t))) << t;
    EXPECT_TRUE(same_bits(net.step(rows(x, t, t + 1), state).values(), row_of(whole.output, t)));
  }
}

TEST_P(EveryTunedCell, ZoneoutOf0ChangesNothing) {
  const RecurrentBatch batch(network({}), {5, 2, 0}, rng_);
  expect_same(with_noise(network({.zoneout = 0}), batch), with_noise(network({}), batch));
}

TEST_P(EveryTunedCell, ZoneoutOfAlmost1KeepsTheStates) {
  const Recurrent net = network({.zoneout = 0.99999f});
  const RecurrentBatch batch(net, {5, 2, 0}, rng_);
  for (const Recurrent::Result& result :
       {net(batch.x, batch.layout, batch.initial), with_noise(net, batch)})
    for (size_t k = 0; k < batch.initial.layers[0].size(); ++k)
      for (int64_t i = 0; i < 3 * hidden; ++i)
        EXPECT_NEAR(result.last.layers[0][k].data()[i], batch.initial.layers[0][k].data()[i], 1e-3);
}

TEST_P(EveryTunedCell, DropsTheSameUnitsAtAllSteps) {
  const Recurrent net = network({.unit_drop = 0.5f}), plain = network({});
  const RecurrentBatch batch(net, {9, 4, 4, 1, 0}, rng_);
  expect_same(net(batch.x, batch.layout, batch.initial),
              plain(batch.x, batch.layout, batch.initial));
  const Recurrent::Result found = with_noise_and_back(net, batch);
  if (!spec_.recurrent) return expect_same(found, plain(batch.x, batch.layout, batch.initial));

  const int64_t dropped =
      drop_units_without_gradient(net.layers()[0][0].recurrent, plain.layers()[0][0].recurrent);
  EXPECT_GT(dropped, 0);
  EXPECT_LT(dropped, hidden);
  expect_same(found, plain(batch.x, batch.layout, batch.initial));
}

TEST_P(EveryTunedCell, DropsSingleWeights) {
  const Recurrent net = network({.weight_drop = 0.5f}), plain = network({});
  const RecurrentBatch batch(net, {9, 4, 4, 1, 0}, rng_);
  expect_same(net(batch.x, batch.layout, batch.initial),
              plain(batch.x, batch.layout, batch.initial));
  const Recurrent::Result found = with_noise(net, batch);
  EXPECT_EQ(
      same_bits(found.output.values(), plain(batch.x, batch.layout, batch.initial).output.values()),
      !spec_.recurrent);
}

// Tallec and Ollivier, 2018: e^bias of memories of 1 to T - 1 steps, evenly many of each.
TEST_P(EveryTunedCell, BeginsWithMemoriesOfEveryLength) {
  constexpr int64_t many = 100;
  for (const int longest : {1, 2, 50}) {
    Rng rng(3);
    if (spec_.keep_gate < 0) continue;  // refused, as below
    const Recurrent net(
        {.cell = GetParam(), .input = 1, .hidden = many, .tuning = {.longest_memory = longest}},
        rng);
    const Tensor& bias = net.layers()[0][0].input_bias;
    double sum = 0;
    for (int64_t i = 0; i < bias.size(); ++i) {
      const float value = bias.data()[i];
      if (i / many == spec_.keep_gate) {
        EXPECT_GE(value, 0);
        EXPECT_LE(value, std::log(std::max(1.0f, static_cast<float>(longest - 1))));
        sum += std::exp(value) / many;
      } else {
        const float written =
            i / many == spec_.write_gate ? -bias.data()[spec_.keep_gate * many + i % many] : 0;
        EXPECT_EQ(value, written) << i;
      }
    }
    EXPECT_NEAR(sum, std::max(1.0, longest / 2.0), 5 * 49 / std::sqrt(12.0 * many));
  }
}

// Of all inputs at once; cells without kinks.
TEST(Zoneout, HasTheGradientsOfItsOutputs) {
  const Layout layout(std::vector<int>{4, 2, 2, 1, 0});
  for (const char* cell : {"lstm", "gru", "sru", "peephole"}) {
    SCOPED_TRACE(cell);
    Rng rng(4);
    const Recurrent net({.cell = cell,
                         .input = inputs,
                         .hidden = 4,
                         .layers = 2,
                         .bidirectional = true,
                         .tuning = {.weight_drop = 0.2f, .unit_drop = 0.2f, .zoneout = 0.5f}},
                        rng);
    Tensors all{grid_tensor({layout.rows(), inputs}, rng)};
    for (const std::vector<Tensor>& layer : net.start(layout.sequences()).layers)
      for (const Tensor& state : layer) all.push_back(grid_tensor(state.shape(), rng));
    check_gradients(
        [&](const Tensors& in) {
          State initial = net.start(layout.sequences());
          size_t next = 1;
          for (std::vector<Tensor>& layer : initial.layers)
            for (Tensor& state : layer) state = in[next++];
          return net(in[0], layout, initial).output;
        },
        all, 5e-5);
  }
}

TEST(Tuning, IsRefusedWhereItCannotBeHad) {
  Rng rng(5);
  const auto make = [&](const std::string& cell, const RecurrentTuning& tuning) {
    Recurrent({.cell = cell, .input = inputs, .hidden = 4, .tuning = tuning}, rng);
  };
  const std::vector<std::string> without{"elman", "elman_relu", "lstm97", "lstm_nfg",
                                         "mgu",   "indrnn",     "mingru", "clockwork"};
  for (const std::string& cell : recurrent_cells()) {
    const bool gate = std::ranges::count(without, cell) == 0;
    EXPECT_EQ(has_memory_gate(cell), gate) << cell;
    if (!gate) {
      EXPECT_THROW(make(cell, {.longest_memory = 9}), Error) << cell;
    }
    EXPECT_NO_THROW(make(cell, {.weight_drop = 0.1f, .unit_drop = 0.1f, .forget_bias = 2}));
    if (cell != "mlstm") {
      EXPECT_NO_THROW(make(cell, {.zoneout = 0.1f}));
    }
  }
  EXPECT_THROW(make("mlstm", {.zoneout = 0.1f}), Error);
}

}  // namespace
}  // namespace cadena
