// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/nn/embedding.h"
#include "cadena/nn/init.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

using Named = std::vector<std::pair<std::string, Tensor>>;

template <class Module>
Named named_parameters(Module& module) {
  Named all;
  Visitor visitor([&](const std::string& name, Tensor& tensor) { all.emplace_back(name, tensor); });
  module.visit(visitor);
  return all;
}

std::vector<float> values(const Tensor& x) { return {x.values().begin(), x.values().end()}; }

TEST(Init, UniformKeepsToItsBound) {
  Rng rng(1);
  const Tensor x = uniform_parameter({100, 100}, 0.5f, rng);
  EXPECT_TRUE(x.is_parameter());
  for (float value : x.values()) ASSERT_LE(std::abs(value), 0.5f);
  const double mean = std::accumulate(x.values().begin(), x.values().end(), 0.0) / 10'000;
  EXPECT_NEAR(mean, 0, 5 * 0.5 / std::sqrt(3 * 10'000.0));
}

TEST(Init, GlorotHasTheVariance2OverRowsAndColumns) {
  Rng rng(2);
  const Tensor x = glorot_parameter({300, 100}, rng);
  double squares = 0;
  for (float value : x.values()) squares += double{value} * value;
  EXPECT_NEAR(squares / 30'000, 2.0 / 400, 0.03 * 2.0 / 400);
}

TEST(Init, OrthogonalBlocksAreOrthonormal) {
  Rng rng(3);
  for (const int64_t size : {1, 2, 17, 64}) {
    const Tensor x = orthogonal_parameter(3, size, rng);
    EXPECT_EQ(x.shape(), (Shape{3 * size, size}));
    for (int64_t i = 0; i < 3 * size; ++i)
      for (int64_t j = i / size * size; j <= i; ++j) {
        double product = 0;
        for (int64_t k = 0; k < size; ++k)
          product += double{x.data()[i * size + k]} * x.data()[j * size + k];
        ASSERT_NEAR(product, i == j ? 1 : 0, 1e-6) << "rows " << i << " and " << j;
      }
  }
}

TEST(Init, OrthogonalBlocksDiffer) {
  Rng rng(4);
  const std::vector<float> x = values(orthogonal_parameter(2, 5, rng));
  EXPECT_FALSE(std::equal(x.begin(), x.begin() + 25, x.begin() + 25));
}

TEST(Init, ABlankGeneratorLeavesZeros) {
  Rng blank = Rng::blank();
  EXPECT_EQ(values(uniform_parameter({5}, 1, blank)), std::vector<float>(5));
  EXPECT_EQ(values(glorot_parameter({2, 3}, blank)), std::vector<float>(6));
  EXPECT_EQ(values(orthogonal_parameter(2, 2, blank)), std::vector<float>(8));
  EXPECT_FALSE(Rng(1).is_blank());
}

TEST(LinearLayer, IsXTimesWeightPlusBias) {
  Rng rng(5);
  Linear layer(3, 2, rng);
  const Named all = named_parameters(layer);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].first, "weight");
  EXPECT_EQ(all[0].second.shape(), (Shape{2, 3}));
  EXPECT_EQ(all[1].first, "bias");
  EXPECT_EQ(values(all[1].second), std::vector<float>(2));
  all[1].second.data()[1] = 7;
  const Tensor unit(Shape{1, 3}, {0, 1, 0}), y = layer(unit);
  EXPECT_EQ(values(y), (std::vector<float>{all[0].second.data()[1], all[0].second.data()[4] + 7}));
  EXPECT_THROW(layer(Tensor(1, 4)), Error);
}

TEST(EmbeddingLayer, GivesTheRowOfEachId) {
  Rng rng(6);
  Embedding layer(4, 3, rng);
  EXPECT_EQ(named_parameters(layer)[0].first, "weight");
  std::ranges::fill(layer.row(2), 5.0f);
  const Tensor y = layer(std::vector<int32_t>{2, 0, 2});
  EXPECT_EQ(y.shape(), (Shape{3, 3}));
  EXPECT_TRUE(same_bits(y.values().subspan(3, 3), layer.row(0)));
  EXPECT_EQ(values(y)[0], 5);
  EXPECT_EQ(values(y)[8], 5);
  EXPECT_THROW(layer(std::vector<int32_t>{4}), Error);
}

struct Pair {
  Linear first, second;
  void visit(Visitor& v) {
    v("first", first);
    v("second", second);
  }
};
struct Model {
  Pair pair;
  Tensor scale = Tensor::parameter({1});
  void visit(Visitor& v) {
    v("pair", pair);
    v("scale", scale);
  }
};

TEST(Visit, JoinsNamesByDotsInTheOrderOfTheListing) {
  Rng rng(7);
  Model model{.pair = {Linear(2, 3, rng), Linear(3, 1, rng)}};
  std::vector<std::string> names;
  for (const auto& [name, tensor] : named_parameters(model)) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"pair.first.weight", "pair.first.bias",
                                             "pair.second.weight", "pair.second.bias", "scale"}));
  EXPECT_EQ(parameters(model).size(), 5u);
  EXPECT_EQ(parameters(model)[4].data(), model.scale.data());
}

class EveryCellOfALayer : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Cells, EveryCellOfALayer, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

TEST_P(EveryCellOfALayer, HasPyTorchsNamesAndShapes) {
  Rng rng(8);
  Recurrent network(
      {.cell = GetParam(), .input = 3, .hidden = 4, .layers = 2, .bidirectional = true}, rng);
  const CellSpec& spec = cell_spec(GetParam());
  const int64_t gates = spec.gates * 4;
  Named wanted;
  for (const std::string layer : {"_l0", "_l1"})
    for (const std::string direction : {"", "_reverse"}) {
      wanted.emplace_back("weight_ih" + layer + direction, Tensor(gates, layer == "_l0" ? 3 : 8));
      if (spec.recurrent) wanted.emplace_back("weight_hh" + layer + direction, Tensor(gates, 4));
      wanted.emplace_back("bias_ih" + layer + direction, Tensor(Shape{gates}));
      if (spec.recurrent) wanted.emplace_back("bias_hh" + layer + direction, Tensor(Shape{gates}));
      if (spec.own > 0) wanted.emplace_back("weight_own" + layer + direction, Tensor(spec.own, 4));
    }
  const Named all = named_parameters(network);
  ASSERT_EQ(all.size(), wanted.size());
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].first, wanted[i].first);
    EXPECT_EQ(all[i].second.shape(), wanted[i].second.shape());
    EXPECT_TRUE(all[i].second.is_parameter());
  }
}

// Gers, Schmidhuber and Cummins, 2000; Jozefowicz et al., 2015: the forget gate starts open.
TEST_P(EveryCellOfALayer, StartsWithBiasesOf0AndAnOpenForgetGate) {
  const CellSpec& spec = cell_spec(GetParam());
  for (const float open : {1.0f, 2.5f}) {
    Rng rng(9);
    const Recurrent network(
        {.cell = GetParam(), .input = 3, .hidden = 4, .tuning = {.forget_bias = open}}, rng);
    std::vector<float> wanted(static_cast<size_t>(spec.gates * 4));
    if (spec.starts_open) std::fill_n(wanted.begin() + spec.keep_gate * 4, 4, open);
    const RecurrentWeights& w = network.layers()[0][0];
    EXPECT_EQ(values(w.input_bias), wanted);
    if (spec.recurrent) {
      EXPECT_EQ(values(w.recurrent_bias), std::vector<float>(wanted.size()));
    }
    if (spec.own > 0)
      for (const float value : w.own.values()) {
        EXPECT_GE(value, spec.own_low);
        EXPECT_LE(value, spec.own_high);
      }
  }
}

TEST(CellSpecs, OpenTheGateThatKeepsMemory) {
  const auto gates = [](const char* cell) {
    const CellSpec& spec = cell_spec(cell);
    return std::tuple(spec.keep_gate, spec.write_gate, spec.starts_open);
  };
  EXPECT_EQ(gates("elman"), std::tuple(-1, -1, false));
  EXPECT_EQ(gates("gru"), std::tuple(1, -1, false));
  EXPECT_EQ(gates("lstm"), std::tuple(1, 0, true));
  EXPECT_EQ(gates("slstm"), std::tuple(1, 0, true));
}

TEST(RecurrentLayer, DropsOnlyBetweenLayersAndOnlyUnderNoise) {
  Rng rng(10);
  const Layout layout(std::vector<int>{5, 2});
  const Tensor x = normal_parameter({7, 3}, rng);
  for (const int64_t layers : {1, 2}) {
    const Recurrent network({.input = 3, .hidden = 4, .layers = layers, .dropout = 0.5f}, rng);
    const std::vector<float> quiet = values(network(x, layout).output);
    std::vector<float> noisy;
    for (int pass = 0; pass < 2; ++pass) {
      Rng noise(1);
      const Tape tape(noise);
      const std::vector<float> output = values(network(x, layout).output);
      EXPECT_EQ(output == quiet, layers == 1);
      if (pass == 0) noisy = output;
      EXPECT_EQ(output, noisy) << "the same noise, the same bits";
    }
  }
}

TEST(RecurrentLayer, RefusesWhatItCannotDo) {
  Rng rng(11);
  const auto make = [&](const RecurrentOptions& options) { return Recurrent(options, rng); };
  EXPECT_THROW(make({.cell = "nothing", .input = 3, .hidden = 4}), Error);
  EXPECT_THROW(make({.input = 0, .hidden = 4}), Error);
  EXPECT_THROW(make({.input = 3, .hidden = 0}), Error);
  EXPECT_THROW(make({.input = 3, .hidden = 4, .layers = 0}), Error);
  const Recurrent both = make({.input = 3, .hidden = 4, .bidirectional = true});
  State state = both.start(1);
  EXPECT_THROW(both.step(Tensor(1, 3), state), Error);
  const Recurrent one_way = make({.input = 3, .hidden = 4});
  State other = one_way.start(2);
  EXPECT_THROW(one_way.step(Tensor(1, 3), other), Error);
  EXPECT_THROW(one_way.step(Tensor(2, 4), other), Error);
}

TEST(RecurrentLayer, AStateIsAValue) {
  Rng rng(12);
  const Recurrent network({.input = 3, .hidden = 4}, rng);
  State state = network.start();
  const Tensor x = normal_parameter({1, 3}, rng);
  network.step(x, state);
  State branch = state;
  const std::vector<float> before = values(state.layers[0][0]);
  network.step(x, branch);
  EXPECT_EQ(values(state.layers[0][0]), before);
  EXPECT_NE(values(branch.layers[0][0]), before);
}

}  // namespace
}  // namespace cadena
