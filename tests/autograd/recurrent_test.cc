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

std::vector<Shape> weight_shapes(const CellSpec& spec) {
  const int64_t gates = spec.gates * hidden;
  std::vector<Shape> shapes{{gates, inputs}, {gates}};
  if (spec.recurrent) shapes.insert(shapes.end(), {{gates, hidden}, {gates}});
  if (spec.own > 0) shapes.push_back({spec.own, hidden});
  return shapes;
}

// Tensors of a layer in a row: x, the weights of each direction, then the initial states. Weights
// are up to 1/4 in size, which keeps fifth derivatives, and so the error of slopes, small.
Tensors layer_tensors(const std::string& cell, int64_t directions, const Layout& layout) {
  const CellSpec& spec = cell_spec(cell);
  Rng rng(1);
  Tensors all{grid_tensor({layout.rows(), inputs}, rng)};
  for (int64_t d = 0; d < directions; ++d)
    for (const Shape& shape : weight_shapes(spec))
      for (float& value : all.emplace_back(grid_tensor(shape, rng)).values()) value /= 4;
  for (int k = 0; k < spec.states; ++k)
    all.push_back(grid_tensor({layout.sequences(), directions * hidden}, rng));
  return all;
}

// Keeps what has kinks away from them. The sums of a rectifier, or of a candidate that is one in
// part: every other unit is far above its kink, the others far below; |Wx| <= 3/4, |Uh| <= 3/2,
// |wh| <= 1 and the other bias of 1/4 do not make up for 3. Exponential gates: m of every other
// unit comes from the past at all steps, that of the others from the input.
void hold_kinks(const CellSpec& spec, int64_t directions, const Tensors& all) {
  const std::string cell = spec.name;
  const bool rectifier = cell == "elman_relu" || cell == "indrnn", exponential = cell == "slstm";
  if (!rectifier && !exponential && cell != "mingru" && cell != "minlstm") return;
  for (int64_t d = 0; d < directions; ++d) {
    const auto first = 1 + static_cast<size_t>(d) * weight_shapes(spec).size();
    const int gate = exponential ? spec.keep_gate : spec.gates - 1;
    for (int64_t j = 0; j < hidden; ++j)
      all[first + 1].data()[gate * hidden + j] = j % 2 == 0 ? (exponential ? 1.0f : 3.0f) : -3.0f;
    if (rectifier && spec.recurrent)
      for (float& value : all[first + 2].values()) value /= 2;
  }
  if (!exponential) return;
  const Tensor &n = all[all.size() - 2], &m = all.back();
  for (int64_t i = 0; i < n.size(); ++i) {
    n.data()[i] = i % 2 == 0 || i % 3 == 0 ? 1.0f : 0.0f;
    m.data()[i] = i % 2 == 0 ? 9.0f : -9.0f;
  }
}

std::vector<RecurrentWeights> weights_in(const CellSpec& spec, const Tensors& all,
                                         int64_t directions) {
  std::vector<RecurrentWeights> weights;
  size_t i = 1;
  for (int64_t d = 0; d < directions; ++d) {
    RecurrentWeights& w = weights.emplace_back();
    w.input = all[i++], w.input_bias = all[i++];
    if (spec.recurrent) w.recurrent = all[i++], w.recurrent_bias = all[i++];
    if (spec.own > 0) w.own = all[i++];
  }
  return weights;
}

// Shares of states that stay, of each row.
Tensor shares(const CellSpec& spec, const Layout& layout) {
  constexpr float some[] = {0, 0.25f, 1};
  const Tensor stay(layout.rows(), spec.states * hidden);
  Rng rng(3);
  for (float& share : stay.values()) share = some[rng.below(3)];
  return stay;
}

class EveryRecurrentOp : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Cells, EveryRecurrentOp, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

// Where one of the two gates before the memory, or the one after it, is left out, slopes bend more
// and their error is larger: measured 4.2e-4.
double bound_of(const std::string& cell) {
  for (const char* open : {"lstm97", "lstm_nig", "lstm_nfg", "lstm_nog"})
    if (cell == open) return 6e-4;
  return 5e-5;
}

void expect_gradients(const std::string& cell, bool states_stay) {
  const CellSpec& spec = cell_spec(cell);
  const std::vector<int> lengths{4, 2, 2, 1, 0};
  const Layout layout(lengths);
  for (const int64_t directions : {1, 2}) {
    Tensors all = layer_tensors(cell, directions, layout);
    hold_kinks(spec, directions, all);
    check_gradients(
        [&](const Tensors& in) {
          const Tensors initial(in.end() - spec.states, in.end());
          std::vector<RecurrentWeights> weights = weights_in(spec, in, directions);
          for (RecurrentWeights& w : weights)
            if (states_stay) w.stay = shares(spec, layout);
          const RecurrentOutput out = recurrent(cell, in[0], layout, weights, initial);
          Tensors outputs{out.output};
          outputs.insert(outputs.end(), out.last.begin(), out.last.end());
          return outputs;
        },
        all, bound_of(cell));
  }
}

TEST_P(EveryRecurrentOp, HasTheGradientsOfItsOutputsAndLastStates) {
  expect_gradients(GetParam(), false);
}

TEST_P(EveryRecurrentOp, HasTheGradientsWhenStatesStay) { expect_gradients(GetParam(), true); }

// The network of the tests below: two sequences, one direction.
struct Layer {
  Layout layout{std::vector<int>{3, 1}};
  Tensors all;
  std::vector<RecurrentWeights> weights;
  Tensors initial;

  explicit Layer(const std::string& cell) : all(layer_tensors(cell, 1, layout)) {
    weights = weights_in(cell_spec(cell), all, 1);
    initial.assign(all.end() - cell_spec(cell).states, all.end());
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
  expect_refused([](Layer& l) { l.weights[0].own = Tensor(5, hidden); });
  expect_refused([](Layer& l) { l.weights[0].stay = Tensor(3, l.initial.size() * hidden); });
  expect_refused([](Layer& l) { l.weights[0].stay = Tensor(4, hidden + 1); });
  expect_refused([](Layer& l) { l.weights[0].input_bias = Tensor(Shape{1}); });
  expect_refused([](Layer& l) { l.weights[0].recurrent_bias = Tensor(Shape{1}); });
  expect_refused([](Layer& l) { l.initial.emplace_back(2, hidden); });
  expect_refused([](Layer& l) { l.initial[0] = Tensor(3, hidden); });
  expect_refused([](Layer& l) { l.initial[0] = Tensor(2, 2 * hidden); });
}

TEST_P(EveryRecurrentOp, RefusesWeightsThatTheCellDoesNotHave) {
  const Layer right(GetParam());
  const auto expect_refused = [&](Tensor RecurrentWeights::*which, const Tensor& other) {
    Layer wrong = right;
    Tensor& weight = wrong.weights[0].*which;
    weight = weight ? Tensor() : other;
    EXPECT_THROW(recurrent(GetParam(), wrong.all[0], wrong.layout, wrong.weights, wrong.initial),
                 Error);
  };
  const int64_t gates = cell_spec(GetParam()).gates * hidden;
  expect_refused(&RecurrentWeights::recurrent, Tensor(gates, hidden));
  expect_refused(&RecurrentWeights::recurrent_bias, Tensor(Shape{gates}));
  expect_refused(&RecurrentWeights::own, Tensor(1, hidden));
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
