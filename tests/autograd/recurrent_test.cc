// SPDX-License-Identifier: MIT
#include "cadena/autograd/recurrent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "tests/support/bits.h"
#include "tests/support/check_gradients.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

constexpr int64_t inputs = 3, hidden = 4;

// Tensors of a layer in a row: x, four of each direction, then the initial states. Weights are up
// to 1/4 in size, which keeps fifth derivatives, and so the error of slopes, small.
Tensors layer_tensors(const std::string& cell, int64_t directions, const Layout& layout) {
  const CellSpec& spec = cell_spec(cell);
  const int64_t gates = spec.gates * hidden;
  Rng rng(1);
  Tensors all{grid_tensor({layout.rows(), inputs}, rng)};
  for (int64_t d = 0; d < directions; ++d)
    for (const Shape& shape : {Shape{gates, inputs}, {gates, hidden}, {gates}, {gates}})
      for (float& value : all.emplace_back(grid_tensor(shape, rng)).values()) value /= 4;
  for (int k = 0; k < spec.states; ++k)
    all.push_back(grid_tensor({layout.sequences(), directions * hidden}, rng));
  return all;
}

// Keeps the units of a rectifier away from its kink: every other one is always on, the rest are
// always off. |Wx| <= 3/4, |Uh| <= 3/2 and the other bias of 1/4 do not make up for 3.
void hold_rectifiers(Tensors& all, int64_t directions) {
  for (int64_t d = 0; d < directions; ++d) {
    const auto first = static_cast<size_t>(1 + 4 * d);
    for (float& value : all[first + 1].values()) value /= 2;
    for (int64_t j = 0; j < hidden; ++j) all[first + 2].data()[j] = j % 2 == 0 ? 3.0f : -3.0f;
  }
}

std::vector<RecurrentWeights> weights_in(const Tensors& all, int64_t directions) {
  std::vector<RecurrentWeights> weights;
  for (size_t i = 1; i < static_cast<size_t>(4 * directions); i += 4)
    weights.push_back({all[i], all[i + 1], all[i + 2], all[i + 3]});
  return weights;
}

class EveryRecurrentOp : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Cells, EveryRecurrentOp, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

TEST_P(EveryRecurrentOp, HasTheGradientsOfItsOutputsAndLastStates) {
  const std::vector<int> lengths{4, 2, 2, 1, 0};
  const Layout layout(lengths);
  for (const int64_t directions : {1, 2}) {
    Tensors all = layer_tensors(GetParam(), directions, layout);
    if (GetParam() == "elman_relu") hold_rectifiers(all, directions);
    check_gradients(
        [&](const Tensors& in) {
          const auto first_state = in.begin() + 1 + 4 * directions;
          const Tensors initial(first_state, in.end());
          const RecurrentOutput out =
              recurrent(GetParam(), in[0], layout, weights_in(in, directions), initial);
          Tensors outputs{out.output};
          outputs.insert(outputs.end(), out.last.begin(), out.last.end());
          return outputs;
        },
        all, 5e-5);
  }
}

// The network of the tests below: two sequences, one direction.
struct Layer {
  Layout layout{std::vector<int>{3, 1}};
  Tensors all;
  std::vector<RecurrentWeights> weights;
  Tensors initial;

  explicit Layer(const std::string& cell) : all(layer_tensors(cell, 1, layout)) {
    weights = weights_in(all, 1);
    initial.assign(all.begin() + 5, all.end());
  }
};

TEST_P(EveryRecurrentOp, MakesGradientsOnlyForWhatIsTracked) {
  Layer layer(GetParam());
  Rng rng(2);
  const Tensor x = normal_parameter({4, inputs}, rng);
  Tape tape;
  const RecurrentOutput out = recurrent(GetParam(), x, layer.layout, layer.weights, layer.initial);
  const Tensor loss(Shape{1});
  weighted_sum({out.output}, loss);
  tape.backward(loss);
  EXPECT_TRUE(x.has_grad());
  for (size_t i = 1; i < layer.all.size(); ++i) EXPECT_FALSE(layer.all[i].has_grad()) << i;
}

TEST_P(EveryRecurrentOp, IsTheSameWithAndWithoutATape) {
  Layer layer(GetParam());
  const RecurrentOutput plain =
      recurrent(GetParam(), layer.all[0], layer.layout, layer.weights, layer.initial);
  Rng rng(2);
  layer.weights[0].input = Tensor::parameter(layer.all[1].shape());
  std::ranges::copy(layer.all[1].values(), layer.weights[0].input.data());
  Tape tape;
  const RecurrentOutput taped =
      recurrent(GetParam(), layer.all[0], layer.layout, layer.weights, layer.initial);
  EXPECT_TRUE(Tape::tracked(taped.output) && !Tape::tracked(plain.output));
  EXPECT_TRUE(same_bits(plain.output.values(), taped.output.values()));
  for (size_t k = 0; k < plain.last.size(); ++k)
    EXPECT_TRUE(same_bits(plain.last[k].values(), taped.last[k].values()));
}

TEST_P(EveryRecurrentOp, RefusesShapesThatDoNotAgree) {
  const Layer right(GetParam());
  const auto run = [&](const Layer& l) {
    return recurrent(GetParam(), l.all[0], l.layout, l.weights, l.initial);
  };
  EXPECT_NO_THROW(run(right));
  const auto expect_refused = [&](const auto& change) {
    Layer wrong = right;
    change(wrong);
    EXPECT_THROW(run(wrong), Error);
  };
  expect_refused([](Layer& l) { l.all[0] = Tensor(5, inputs); });
  expect_refused([](Layer& l) { l.all[0] = Tensor(4, inputs + 1); });
  expect_refused([](Layer& l) { l.weights.clear(); });
  expect_refused([](Layer& l) { l.weights.resize(3, l.weights[0]); });
  expect_refused([](Layer& l) { l.weights[0].input = Tensor(hidden * 5, inputs); });
  expect_refused([](Layer& l) { l.weights[0].recurrent = Tensor(hidden, hidden + 1); });
  expect_refused([](Layer& l) { l.weights[0].input_bias = Tensor(Shape{1}); });
  expect_refused([](Layer& l) { l.weights[0].recurrent_bias = Tensor(Shape{1}); });
  expect_refused([](Layer& l) { l.initial.emplace_back(2, hidden); });
  expect_refused([](Layer& l) { l.initial[0] = Tensor(3, hidden); });
  expect_refused([](Layer& l) { l.initial[0] = Tensor(2, 2 * hidden); });
}

TEST(RecurrentOp, AnUnknownCellIsRefusedWithTheListOfCells) {
  const Layer layer("elman");
  try {
    recurrent("elmann", layer.all[0], layer.layout, layer.weights);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("elmann"), std::string::npos);
    for (const std::string& name : cell_names())
      EXPECT_NE(error.hint().find(name), std::string::npos) << error.hint();
  }
}

}  // namespace
}  // namespace cadena
