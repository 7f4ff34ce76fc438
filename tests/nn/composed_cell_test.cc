// SPDX-License-Identifier: MIT
// What holds for every composed cell, beside its equation (composed_equations_test.cc).
#include "cadena/nn/composed_cell.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/nn/recurrent.h"
#include "tests/support/bits.h"
#include "tests/support/recurrent_batch.h"

namespace cadena {
namespace {

class EveryComposedCell : public testing::TestWithParam<std::string> {
 protected:
  Recurrent network(int64_t layers, bool bidirectional, int64_t hidden = 5) {
    Recurrent made({.cell = GetParam(),
                    .input = 3,
                    .hidden = hidden,
                    .layers = layers,
                    .bidirectional = bidirectional},
                   rng_);
    for (const Tensor& parameter : parameters(made))
      for (float& value : parameter.values()) value = rng_.uniform(-0.7f, 0.7f);
    return made;
  }

  Rng rng_{4};
};

TEST_P(EveryComposedCell, HasTheStatesAndGatesThatItNames) {
  const auto cell = find_composed_cell(GetParam())->make({3, 5, true}, rng_);
  const std::vector<ComposedCell::StateOf> names = cell->states();
  std::vector<Tensor> states;
  for (const ComposedCell::StateOf& state : names) states.emplace_back(2, state.columns);
  const ComposedCell::Step step = cell->step(cell->project(Tensor(2, 3), {}), states);
  ASSERT_EQ(step.states.size(), names.size());
  EXPECT_EQ(step.gates.size(), cell->gate_names().size());
  for (size_t k = 0; k < names.size(); ++k)
    EXPECT_EQ(step.states[k].shape(), (Shape{2, names[k].columns})) << names[k].name;
}

TEST_P(EveryComposedCell, ASequenceInABatchIsTheSequenceAloneBitForBit) {
  for (const bool both : {false, true}) {
    Recurrent net = network(2, both);
    const RecurrentBatch batch(net, {7, 4, 4, 1, 0}, rng_);
    const RecurrentPass all(net, batch);
    for (int b = 0; b < batch.layout.sequences(); ++b) {
      const RecurrentBatch one = batch.part({b});
      const RecurrentPass alone(net, one);
      const auto dx = [](const RecurrentPass& pass, int64_t row) {
        return std::span(pass.dx).subspan(static_cast<size_t>(row) * 3, 3);
      };
      for (int t = 0; t < batch.layout.length(b); ++t) {
        const int64_t row = batch.layout.row(t, b);
        ASSERT_TRUE(same_bits(row_of(all.result.output, row), row_of(alone.result.output, t)));
        ASSERT_TRUE(same_bits(dx(all, row), dx(alone, t))) << b << ", " << t;
      }
      for (size_t l = 0; l < 2; ++l)
        for (size_t k = 0; k < batch.initial.layers[l].size(); ++k) {
          EXPECT_TRUE(same_bits(row_of(all.result.last.layers[l][k], b),
                                row_of(alone.result.last.layers[l][k], 0)));
          EXPECT_TRUE(same_bits(row_of(all.dinitial.layers[l][k], b),
                                row_of(alone.dinitial.layers[l][k], 0)));
        }
    }
  }
}

TEST_P(EveryComposedCell, StepByStepIsTheWholeBitForBit) {
  const Recurrent net = network(2, false);
  const Tensor x = normal_parameter({6, 3}, rng_);
  const Recurrent::Result whole = net(x, Layout(std::vector<int>{6}));
  State state = net.start();
  for (int64_t t = 0; t < 6; ++t)
    EXPECT_TRUE(same_bits(net.step(rows(x, t, t + 1), state).values(), row_of(whole.output, t)));
  for (size_t l = 0; l < 2; ++l)
    for (size_t k = 0; k < state.layers[l].size(); ++k)
      EXPECT_TRUE(same_bits(state.layers[l][k].values(), whole.last.layers[l][k].values()));
}

TEST_P(EveryComposedCell, WorksWithOneUnit) {
  const Recurrent net = network(2, true, 1);
  const Recurrent::Result run = net(normal_parameter({4, 3}, rng_), Layout(std::vector<int>{4}));
  EXPECT_EQ(run.output.shape(), (Shape{4, net.outputs()}));
  for (const float value : run.output.values()) EXPECT_TRUE(std::isfinite(value));
}

TEST(ComposedCells, HaveTheParametersThatTheirPapersName) {
  const std::string four = " weight_ih weight_hh bias_ih bias_hh";
  const std::map<std::string_view, std::string> expected{
      {"gru_before", four},
      {"lstm_layer_norm", " weight_ih weight_hh gain_ih bias_ih gain_hh bias_hh gain_c bias_c"},
      {"gru_layer_norm", " weight_ih weight_hh gain_ih bias_ih gain_hh bias_hh"},
      {"lstm_projected", four + " weight_hr"},
      {"lstm_fgr", four + " weight_own weight_gates"},
      {"depth_gated", four + " weight_depth bias_depth weight_own"},
      {"clockwork", four},
      {"mlstm", " weight_ih bias_ih"}};
  for (const ComposedCellInfo& info : composed_cells()) {
    Rng rng(1);
    std::string names;
    Visitor visitor([&](const std::string& name, Tensor&) { names += " " + name; });
    info.make({2, 3, false}, rng)->visit(visitor, "");
    EXPECT_EQ(names, expected.at(info.name)) << info.name;
  }
  EXPECT_EQ(composed_cells().size(), expected.size());
  EXPECT_EQ(find_composed_cell("lstm"), nullptr);
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const ComposedCellInfo& info : composed_cells()) all.emplace_back(info.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Cells, EveryComposedCell, testing::ValuesIn(names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace cadena
