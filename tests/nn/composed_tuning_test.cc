// SPDX-License-Identifier: MIT
// Regularisers and first weights of composed cells, as tuning_test.cc has them of the others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/nn/recurrent.h"
#include "tests/support/bits.h"
#include "tests/support/check_gradients.h"
#include "tests/support/noisy_pass.h"
#include "tests/support/random.h"
#include "tests/support/recurrent_batch.h"

namespace cadena {
namespace {

constexpr int64_t inputs = 3, hidden = 21;

// Of the same weights, whatever the tuning.
Recurrent network_of(const std::string& cell, const RecurrentTuning& tuning, int64_t layers = 1,
                     bool bidirectional = false) {
  Rng rng(1);
  Recurrent made({.cell = cell,
                  .input = inputs,
                  .hidden = hidden,
                  .layers = layers,
                  .bidirectional = bidirectional,
                  .tuning = tuning},
                 rng);
  for (const Tensor& weight : parameters(made))
    for (float& value : weight.values()) value = 0.4f * rng.normal();
  return made;
}

RecurrentBatch batch_of(const Recurrent& net, const std::vector<int>& lengths, Rng& rng) {
  RecurrentBatch batch(net, lengths, rng);
  for (std::vector<Tensor>& layer : batch.initial.layers)
    if (net.options().cell == "clockwork")  // whose clock tells whole steps
      std::ranges::fill(layer[1].values(), 3.0f);
  return batch;
}

Tensor parameter(Recurrent& net, const std::string& name) {
  Tensor found;
  Visitor visitor([&](const std::string& known, const Tensor& value) {
    if (known == name) found = value;
  });
  net.visit(visitor);
  return found;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const ComposedCellInfo& info : composed_cells()) all.emplace_back(info.name);
  return all;
}

class EveryTunedComposedCell : public testing::TestWithParam<std::string> {
 protected:
  Recurrent network(const RecurrentTuning& tuning, int64_t layers = 1) const {
    return network_of(GetParam(), tuning, layers);
  }
  // A clock goes on; what an mlstm has written has no meaning in part.
  bool may_stay(size_t state) const { return GetParam() != "clockwork" || state == 0; }
  bool may_stay() const { return GetParam() != "mlstm"; }

  Rng rng_{2};
};
INSTANTIATE_TEST_SUITE_P(Cells, EveryTunedComposedCell, testing::ValuesIn(names()),
                         [](const auto& info) { return info.param; });

TEST_P(EveryTunedComposedCell, ZoneoutKeepsAShareOfTheStates) {
  if (!may_stay()) return;
  const Recurrent net = network({.zoneout = 0.25f});
  const RecurrentBatch batch = batch_of(net, std::vector<int>(50, 1), rng_);
  const std::vector<Tensor>& before = batch.initial.layers[0];
  const Recurrent::Result free = network({})(batch.x, batch.layout, batch.initial),
                          mean = net(batch.x, batch.layout, batch.initial),
                          noisy = with_noise(net, batch);
  for (size_t k = 0; k < before.size(); ++k) {
    const float share = may_stay(k) ? 0.25f : 0;
    int64_t stayed = 0, moved = 0;
    for (int64_t i = 0; i < before[k].size(); ++i) {
      const float was = before[k].data()[i], next = free.last.layers[0][k].data()[i],
                  found = noisy.last.layers[0][k].data()[i];
      EXPECT_EQ(mean.last.layers[0][k].data()[i], next + share * (was - next));
      if (was == next) continue;
      ++moved;
      if (found == next) continue;
      ++stayed;
      EXPECT_NEAR(found, was, 1e-6 * std::max(1.0f, std::abs(next)));
    }
    const auto count = static_cast<double>(moved);
    EXPECT_NEAR(static_cast<double>(stayed), share * count,
                5 * std::sqrt(count * share * (1 - share)));
  }
}

TEST_P(EveryTunedComposedCell, ZoneoutOfAlmost1KeepsTheStates) {
  if (!may_stay()) return;
  const Recurrent net = network({.zoneout = 0.99999f});
  const RecurrentBatch batch = batch_of(net, {5, 2, 0}, rng_);
  for (const Recurrent::Result& result :
       {net(batch.x, batch.layout, batch.initial), with_noise(net, batch)})
    for (size_t k = 0; k < batch.initial.layers[0].size(); ++k)
      for (int64_t i = 0; i < batch.initial.layers[0][k].size() && may_stay(k); ++i)
        EXPECT_NEAR(result.last.layers[0][k].data()[i], batch.initial.layers[0][k].data()[i], 1e-3);
}

TEST_P(EveryTunedComposedCell, StepByStepZoneoutGivesTheBitsOfTheWhole) {
  if (!may_stay()) return;
  const Recurrent net = network({.zoneout = 0.25f}, 2);
  const Tensor x = normal_parameter({9, inputs}, rng_);
  const Recurrent::Result whole = net(x, Layout(std::vector{9}));
  State state = net.start();
  for (int64_t t = 0; t < 9; ++t)
    EXPECT_TRUE(same_bits(net.step(rows(x, t, t + 1), state).values(), row_of(whole.output, t)));
}

TEST_P(EveryTunedComposedCell, DropsTheSameUnitsAtAllSteps) {
  Recurrent net = network({.unit_drop = 0.5f}), plain = network({});
  const RecurrentBatch batch = batch_of(net, {9, 4, 4, 1, 0}, rng_);
  const Recurrent::Result undropped = plain(batch.x, batch.layout, batch.initial);
  expect_same(net(batch.x, batch.layout, batch.initial), undropped);
  const Recurrent::Result found = with_noise_and_back(net, batch);
  const Tensor weight = parameter(net, "weight_hh_l0"), of_plain = parameter(plain, "weight_hh_l0");
  if (!weight) return expect_same(found, undropped);
  const int64_t dropped = drop_units_without_gradient(weight, of_plain);
  EXPECT_GT(dropped, 0);
  EXPECT_LT(dropped, hidden);
  expect_same(found, plain(batch.x, batch.layout, batch.initial));
}

TEST_P(EveryTunedComposedCell, DropsSingleWeights) {
  Recurrent net = network({.weight_drop = 0.5f}), plain = network({});
  const RecurrentBatch batch = batch_of(net, {9, 4, 4, 1, 0}, rng_);
  const Recurrent::Result undropped = plain(batch.x, batch.layout, batch.initial);
  expect_same(net(batch.x, batch.layout, batch.initial), undropped);
  const Recurrent::Result found = with_noise_and_back(net, batch);
  bool any = false;
  for (const char* name : {"weight_hh_l0", "weight_gates_l0"}) {
    const Tensor weight = parameter(net, name), of_plain = parameter(plain, name);
    if (!weight) continue;
    any = true;
    int64_t dropped = 0;
    for (int64_t i = 0; i < weight.size(); ++i) {
      dropped += weight.grad()[i] == 0;
      of_plain.data()[i] *= weight.grad()[i] == 0 ? 0.0f : 2.0f;
    }
    EXPECT_GT(dropped, weight.size() / 3) << name;
    EXPECT_LT(dropped, weight.size()) << name;
  }
  EXPECT_EQ(same_bits(found.output.values(), undropped.output.values()), !any);
  expect_same(found, plain(batch.x, batch.layout, batch.initial));
}

// Of f, or z of a GRU: 1, or as they are told; or memories of 1 to T - 1 steps, evenly many of
// each.
TEST_P(EveryTunedComposedCell, BeginsWithBiasesForItsMemory) {
  if (!has_memory_gate(GetParam())) return;
  constexpr int64_t many = 128;
  const bool is_gru = GetParam().starts_with("gru"), is_mlstm = GetParam() == "mlstm";
  const auto biases = [&](const RecurrentTuning& tuning) {
    Rng rng(3);
    Recurrent net({.cell = GetParam(), .input = 1, .hidden = many, .tuning = tuning}, rng);
    const std::span<const float> found = parameter(net, "bias_ih_l0").values();
    return std::vector<float>(found.begin(), found.end());
  };
  const auto size = static_cast<int64_t>(biases({}).size());
  const int64_t gate = is_mlstm ? 2 : size / (is_gru ? 3 : 4);  // two heads
  const int64_t write = is_mlstm ? size - 2 * gate : 0, keep = is_mlstm ? size - gate : gate;
  for (const float open : {1.0f, 2.5f}) {
    const std::vector<float> found = biases({.forget_bias = open});
    for (int64_t i = 0; i < size; ++i)
      EXPECT_EQ(found[static_cast<size_t>(i)],
                i >= keep && i < keep + gate && !is_gru ? open : 0.0f)
          << i;
  }
  const std::vector<float> found = biases({.longest_memory = 50});
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) {
    const float value = found[static_cast<size_t>(i)];
    if (i >= keep && i < keep + gate) {
      EXPECT_GE(value, 0);
      EXPECT_LE(value, std::log(49.0f));
      sum += std::exp(value) / static_cast<double>(gate);
    } else {
      const bool writes = !is_gru && i >= write && i < write + gate;
      EXPECT_EQ(value, writes ? -found[static_cast<size_t>(keep + i - write)] : 0) << i;
    }
  }
  EXPECT_NEAR(sum, 25, 5 * 49 / std::sqrt(12.0 * static_cast<double>(gate)));
}

// Of all inputs at once; of cells that are smooth enough for differences in float, which a norm of
// nearly equal numbers is not.
TEST(ComposedTuning, HasTheGradientsOfItsOutputs) {
  const Layout layout(std::vector<int>{4, 2, 2, 1, 0});
  for (const char* cell : {"gru_before", "lstm_projected", "lstm_fgr", "depth_gated"}) {
    SCOPED_TRACE(cell);
    Rng rng(4);
    const Recurrent net({.cell = cell,
                         .input = inputs,
                         .hidden = 4,
                         .layers = 2,
                         .bidirectional = true,
                         .tuning = {.weight_drop = 0.2f, .unit_drop = 0.2f, .zoneout = 0.5f}},
                        rng);
    check_gradients([&](const Tensors& in) { return net(in[0], layout).output; },
                    {grid_tensor({layout.rows(), inputs}, rng)}, 5e-5);
  }
}

// The first layer of a depth-gated network is an LSTM, and so are its noise and its first weights.
TEST(ComposedTuning, IsThatOfTheFusedTwin) {
  for (const bool both : {false, true}) {
    const RecurrentTuning tuning{.weight_drop = 0.3f, .unit_drop = 0.2f, .zoneout = 0.25f};
    const Recurrent composed = network_of("depth_gated", tuning, 1, both),
                    fused = network_of("lstm", tuning, 1, both);
    Rng rng(5);
    const RecurrentBatch batch(fused, {9, 4, 4, 1, 0}, rng);
    expect_same(composed(batch.x, batch.layout, batch.initial),
                fused(batch.x, batch.layout, batch.initial));
    std::vector<std::vector<float>> gradients;
    std::vector<Recurrent::Result> results;
    for (const Recurrent* net : {&composed, &fused}) {
      batch.x.clear_grad();
      results.push_back(with_noise_and_back(*net, batch));
      gradients.emplace_back(batch.x.grad(), batch.x.grad() + batch.x.size());
    }
    expect_same(results[0], results[1]);
    for (size_t i = 0; i < gradients[0].size(); ++i)
      EXPECT_NEAR(gradients[0][i], gradients[1][i],
                  1e-5 * std::max(1.0f, std::abs(gradients[1][i])))
          << i;
  }
  const auto first = [](const char* cell, const RecurrentTuning& tuning) {
    Rng rng(6);
    Recurrent net({.cell = cell, .input = inputs, .hidden = hidden, .tuning = tuning}, rng);
    return parameters(net);
  };
  for (const RecurrentTuning& tuning :
       {RecurrentTuning{.forget_bias = 2.5f}, {.longest_memory = 50}}) {
    const auto composed = first("depth_gated", tuning), fused = first("lstm", tuning);
    ASSERT_EQ(composed.size(), fused.size());
    for (size_t i = 0; i < fused.size(); ++i)
      EXPECT_TRUE(same_bits(composed[i].values(), fused[i].values())) << i;
  }
}

}  // namespace
}  // namespace cadena
