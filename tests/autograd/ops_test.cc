// SPDX-License-Identifier: MIT
#include "cadena/autograd/ops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "cadena/autograd/crf.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "tests/support/check_gradients.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

Layout layout_of(const std::vector<int>& lengths) { return Layout(lengths); }

Tensor grid(Shape shape, uint64_t stream = 0) {
  Rng rng(1, stream);
  return grid_tensor(std::move(shape), rng);
}

// At least 1/4 away from 0.
Tensor grid_off_zero(Shape shape) {
  const Tensor x = grid(std::move(shape));
  for (float& value : x.values()) value += std::copysign(0.25f, value);
  return x;
}

// All values at least 1/4 apart, in no order.
Tensor grid_apart(Shape shape) {
  const Tensor x(std::move(shape));
  Rng rng(2);
  std::vector<float> values;
  for (int64_t i = 0; i < x.size(); ++i)
    values.push_back(0.25f * static_cast<float>(i - x.size() / 2));
  rng.shuffle(values);
  std::ranges::copy(values, x.data());
  return x;
}

TEST(OpGradients, Linear) {
  check_gradients([](const Tensors& in) { return linear(in[0], in[1], in[2]); },
                  {grid({3, 4}), grid({5, 4}, 1), grid({5}, 2)});
}

TEST(OpGradients, LinearCrossEntropy) {
  const std::vector<int32_t> targets{2, -1, 0};
  check_gradients(
      [&](const Tensors& in) { return linear_cross_entropy(in[0], in[1], in[2], targets); },
      {grid({3, 4}), grid({5, 4}, 1), grid({5}, 2)});
  const Tensor x = grid({3, 4}), weight = grid({5, 4}, 1), bias = grid({5}, 2);
  EXPECT_EQ(linear_cross_entropy(x, weight, bias, targets).item(),
            cross_entropy(linear(x, weight, bias), targets).item());
}

// 200 rows of 16 385 logits go through memory in two blocks.
TEST(Ops, LinearCrossEntropyIsTheSameInBlocks) {
  constexpr int64_t n = 200, d = 3, v = 16385;
  Rng rng(3);
  const Tensor x = normal_parameter({n, d}, rng), weight = normal_parameter({v, d}, rng),
               bias = normal_parameter({v}, rng);
  std::vector<int32_t> targets = random_ids(n, v, rng);
  targets[n / 2] = -1;
  const Tensors inputs{x, weight, bias};
  std::vector<std::vector<float>> gradients[2];
  float losses[2];
  for (const bool whole : {false, true}) {
    Tape tape;
    const Tensor loss = whole ? cross_entropy(linear(x, weight, bias), targets)
                              : linear_cross_entropy(x, weight, bias, targets);
    tape.backward(scale(loss, 0.5f));
    losses[whole] = loss.item();
    for (const Tensor& input : inputs) {
      gradients[whole].emplace_back(input.grad(), input.grad() + input.size());
      input.clear_grad();
    }
  }
  EXPECT_NEAR(losses[0] / losses[1], 1, 1e-6);
  for (size_t i = 0; i < inputs.size(); ++i)
    for (size_t j = 0; j < gradients[0][i].size(); ++j)
      ASSERT_NEAR(gradients[0][i][j], gradients[1][i][j], 2e-5) << i << ", " << j;
  EXPECT_EQ(linear_cross_entropy(x, weight, bias, targets).item(), losses[0]) << "without a tape";
}

TEST(OpGradients, Softmax) {
  check_gradients([](const Tensors& in) { return softmax(in[0]); }, {grid({3, 4})});
}

TEST(OpGradients, ScaleRows) {
  check_gradients([](const Tensors& in) { return scale_rows(in[0], in[1]); },
                  {grid({3, 4}), grid({3, 1}, 1)});
}

TEST(OpGradients, OverTime) {
  const Layout layout = layout_of({3, 2, 0});
  check_gradients([&](const Tensors& in) { return sum_over_time(in[0], layout); }, {grid({5, 2})});
  check_gradients([&](const Tensors& in) { return mean_over_time(in[0], layout); }, {grid({5, 2})});
  check_gradients([&](const Tensors& in) { return softmax_over_time(in[0], layout); },
                  {grid({5, 2})});
}

TEST(Ops, AreOverTheStepsOfEachSequence) {
  const Layout layout = layout_of({3, 2, 0});
  const Tensor x({5, 1}, {1, 10, 2, 20, 6});  // of the first sequence 1, 2, 6
  const auto values = [](const Tensor& y) {
    return std::vector(y.values().begin(), y.values().end());
  };
  EXPECT_EQ(values(sum_over_time(x, layout)), (std::vector<float>{9, 30, 0}));
  EXPECT_EQ(values(mean_over_time(x, layout)), (std::vector<float>{3, 15, 0}));
  const Tensor shares =
      softmax_over_time(scale(x, 1e4f), layout);  // finite, and one for the largest
  EXPECT_EQ(values(shares), (std::vector<float>{0, 0, 0, 1, 1}));
}

TEST(OpGradients, Add) {
  check_gradients([](const Tensors& in) { return add(in[0], in[1]); },
                  {grid({3, 4}), grid({3, 4}, 1)});
  check_gradients([](const Tensors& in) { return add(in[0], in[0]); }, {grid({3, 4})});
}

TEST(OpGradients, Multiply) {
  check_gradients([](const Tensors& in) { return multiply(in[0], in[1]); },
                  {grid({3, 4}), grid({3, 4}, 1)});
  check_gradients([](const Tensors& in) { return multiply(in[0], in[0]); }, {grid({3, 4})});
}

TEST(OpGradients, ScaleAndSum) {
  check_gradients([](const Tensors& in) { return scale(in[0], -1.5f); }, {grid({3, 4})});
  check_gradients([](const Tensors& in) { return sum(in[0]); }, {grid({3, 4})});
}

TEST(OpGradients, TanhAndSigmoid) {
  check_gradients([](const Tensors& in) { return tanh(in[0]); }, {grid({3, 17})});
  check_gradients([](const Tensors& in) { return sigmoid(in[0]); }, {grid({3, 17})});
}

TEST(OpGradients, Relu) {
  check_gradients([](const Tensors& in) { return relu(in[0]); }, {grid_off_zero({3, 17})});
}

TEST(OpGradients, Concat) {
  check_gradients([](const Tensors& in) { return concat(in); },
                  {grid({3, 4}), grid({3, 1}, 1), grid({3, 2}, 2)});
  check_gradients([](const Tensors& in) { return concat(Tensors{in[0], in[0]}); }, {grid({3, 4})});
}

TEST(OpGradients, RowsColumnsAndStack) {
  check_gradients(
      [](const Tensors& in) {
        return Tensors{rows(in[0], 1, 3), rows(in[0], 0, 0), rows(in[0], 2, 5)};
      },
      {grid({5, 3})});
  check_gradients(
      [](const Tensors& in) {
        return Tensors{columns(in[0], 1, 2), columns(in[0], 0, 4)};
      },
      {grid({3, 4})});
  check_gradients([](const Tensors& in) { return stack(in); },
                  {grid({2, 3}), grid({1, 3}, 1), grid({4, 3}, 2)});
  check_gradients([](const Tensors& in) { return stack(Tensors{in[0], in[0]}); }, {grid({2, 3})});
}

TEST(OpGradients, GatherOfRepeatedRows) {
  const std::vector<int32_t> ids{2, 0, 2, 2, 4};
  check_gradients([&](const Tensors& in) { return gather(in[0], ids); }, {grid({5, 3})});
}

TEST(OpGradients, MaxOverTime) {
  const Layout layout = layout_of({4, 2, 1, 0});
  check_gradients([&](const Tensors& in) { return max_over_time(in[0], layout); },
                  {grid_apart({7, 3})});
}

TEST(OpGradients, Dropout) {
  check_gradients([](const Tensors& in) { return dropout(in[0], 0.5f); }, {grid({5, 7})});
}

TEST(OpGradients, ColumnDropout) {
  check_gradients([](const Tensors& in) { return column_dropout(in[0], 0.5f); }, {grid({3, 9})});
}

TEST(OpGradients, SequenceDropout) {
  const Layout layout = layout_of({4, 2, 1, 0});
  check_gradients([&](const Tensors& in) { return sequence_dropout(in[0], layout, 0.5f); },
                  {grid({7, 5})});
}

TEST(OpGradients, CrossEntropy) {
  const std::vector<int32_t> targets{0, -1, 2, 1, -1};
  check_gradients([&](const Tensors& in) { return cross_entropy(in[0], targets); }, {grid({5, 3})});
}

TEST(OpGradients, CrfLoss) {
  const Layout layout = layout_of({4, 3, 1, 0});
  const std::vector<int32_t> tags{0, 2, 1, 1, 2, 0, 0, 2};
  check_gradients(
      [&](const Tensors& in) {
        return crf_loss(in[0], {in[1], in[2], in[3]}, tags, layout);
      },
      {grid({8, 3}), grid({3, 3}, 1), grid({3}, 2), grid({3}, 3)});
}

// Several layers deep, with an input used at both ends.
TEST(OpGradients, AChainOfOperations) {
  check_gradients(
      [](const Tensors& in) {
        const Tensor h = tanh(linear(in[0], in[1], in[2]));
        return multiply(concat(Tensors{h, in[0]}), concat(Tensors{in[0], scale(h, 2)}));
      },
      {grid({3, 4}), grid({4, 4}, 1), grid({4}, 2)});
}

Tensor tensor(Shape shape, std::vector<float> values) {
  return Tensor(std::move(shape), std::move(values));
}

std::vector<float> values(const Tensor& x) { return {x.values().begin(), x.values().end()}; }

TEST(OpValues, OfTheMatrixOperations) {
  const Tensor x = tensor({2, 2}, {1, 2, 3, 4});
  const Tensor y = linear(x, tensor({3, 2}, {1, 0, 0, 1, 1, 1}), tensor({3}, {10, 20, 30}));
  EXPECT_EQ(y.shape(), (Shape{2, 3}));
  EXPECT_EQ(values(y), (std::vector<float>{11, 22, 33, 13, 24, 37}));
  const Tensor wide = concat(Tensors{x, tensor({2, 1}, {8, 9}), x});
  EXPECT_EQ(wide.shape(), (Shape{2, 5}));
  EXPECT_EQ(values(wide), (std::vector<float>{1, 2, 8, 1, 2, 3, 4, 9, 3, 4}));
  const Tensor rows = gather(x, std::vector<int32_t>{1, 1, 0});
  EXPECT_EQ(rows.shape(), (Shape{3, 2}));
  EXPECT_EQ(values(rows), (std::vector<float>{3, 4, 3, 4, 1, 2}));
  EXPECT_EQ(gather(x, {}).shape(), (Shape{0, 2}));
}

TEST(OpValues, OfPartsAndStacks) {
  const Tensor x = tensor({3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(values(rows(x, 1, 3)), (std::vector<float>{3, 4, 5, 6}));
  EXPECT_EQ(rows(x, 2, 2).shape(), (Shape{0, 2}));
  EXPECT_EQ(values(columns(x, 1, 1)), (std::vector<float>{2, 4, 6}));
  EXPECT_EQ(columns(x, 0, 2).shape(), (Shape{3, 2}));
  const Tensor high = stack(Tensors{rows(x, 2, 3), Tensor(0, 2), x});
  EXPECT_EQ(high.shape(), (Shape{4, 2}));
  EXPECT_EQ(values(high), (std::vector<float>{5, 6, 1, 2, 3, 4, 5, 6}));
}

TEST(OpValues, PartsAndStacksRefuseWhatIsNotThere) {
  const Tensor x(3, 2);
  EXPECT_THROW(rows(x, 2, 4), Error);
  EXPECT_THROW(rows(x, -1, 2), Error);
  EXPECT_THROW(rows(x, 2, 1), Error);
  EXPECT_THROW(columns(x, 1, 2), Error);
  EXPECT_THROW(columns(x, -1, 1), Error);
  EXPECT_THROW(stack(Tensors{x, Tensor(3, 1)}), Error);
}

TEST(OpValues, OfThePointwiseOperations) {
  const Tensor a = tensor({3}, {1, -2, 3}), b = tensor({3}, {4, 5, -6});
  EXPECT_EQ(values(add(a, b)), (std::vector<float>{5, 3, -3}));
  EXPECT_EQ(values(multiply(a, b)), (std::vector<float>{4, -10, -18}));
  EXPECT_EQ(values(scale(a, 2)), (std::vector<float>{2, -4, 6}));
  EXPECT_EQ(values(relu(a)), (std::vector<float>{1, 0, 3}));
  EXPECT_EQ(sum(a).item(), 2);
  EXPECT_EQ(tanh(a).shape(), a.shape());
  EXPECT_FLOAT_EQ(tanh(a).data()[1], std::tanh(-2.0f));
  EXPECT_FLOAT_EQ(sigmoid(a).data()[2], 1 / (1 + std::exp(-3.0f)));
}

TEST(OpValues, MaxOverTimeIsZeroWhereASequenceIsEmpty) {
  const Tensor x = tensor({4, 1}, {-5, -1, -3, -4});  // rows: a0 b0 a1 a2
  EXPECT_EQ(values(max_over_time(x, layout_of({3, 1, 0}))), (std::vector<float>{-3, -1, 0}));
}

TEST(OpValues, OfEqualMaximaTheFirstPassesTheGradientOn) {
  const Tensor x = Tensor::parameter({3, 1});
  Tape tape;
  tape.backward(sum(max_over_time(x, layout_of({3}))));
  EXPECT_EQ(std::vector(x.grad(), x.grad() + 3), (std::vector<float>{1, 0, 0}));
}

TEST(OpValues, CrossEntropyHasTheGradientProbabilityMinusTarget) {
  const Tensor x = Tensor::parameter({2, 3});
  std::ranges::copy(std::vector<float>{1, 2, 3, 1e4f, -1e4f, 0}, x.data());
  Tape tape;
  const Tensor loss = cross_entropy(x, std::vector<int32_t>{1, -1});
  tape.backward(loss);
  const double total = std::exp(1) + std::exp(2) + std::exp(3);
  EXPECT_NEAR(loss.item(), std::log(total) - 2, 1e-6);
  for (int j = 0; j < 3; ++j)
    EXPECT_NEAR(x.grad()[j], std::exp(j + 1) / total - (j == 1 ? 1 : 0), 1e-6);
  EXPECT_EQ(std::vector(x.grad() + 3, x.grad() + 6), std::vector<float>(3, 0.0f)) << "exactly 0";
}

TEST(Dropout, IsTheIdentityUnlessATapeWithNoiseLives) {
  const Tensor x = grid({3, 4});
  const Layout layout = layout_of({2, 1});
  EXPECT_EQ(dropout(x, 0.5f).data(), x.data());
  EXPECT_EQ(column_dropout(x, 0.5f).data(), x.data());
  EXPECT_EQ(sequence_dropout(x, layout, 0.5f).data(), x.data());
  Tape quiet;
  EXPECT_EQ(dropout(x, 0.5f).data(), x.data());
  Rng rng(1);
  Tape noisy(rng);
  EXPECT_EQ(dropout(x, 0).data(), x.data());
  EXPECT_NE(values(dropout(x, 0.5f)), values(x));
}

TEST(Dropout, SetsTo0OrDividesByWhatIsKept) {
  Rng rng(1);
  Tape tape(rng);
  const Tensor ones = tensor({40, 50}, std::vector<float>(2000, 1));
  const std::vector<float> first = values(dropout(ones, 0.25f));
  const auto dropped = static_cast<double>(std::ranges::count(first, 0.0f));
  EXPECT_EQ(std::ranges::count(first, 1 / 0.75f), 2000 - static_cast<int>(dropped));
  EXPECT_NEAR(dropped, 500, 5 * std::sqrt(2000 * 0.25 * 0.75));
  EXPECT_NE(values(dropout(ones, 0.25f)), first) << "each call draws its own noise";
}

TEST(Dropout, OfColumnsHasOneMaskForAllRows) {
  Rng rng(1);
  Tape tape(rng);
  const Tensor y = column_dropout(tensor({3, 1000}, std::vector<float>(3000, 1)), 0.25f);
  const auto row = [&](int64_t i) { return values(rows(y, i, i + 1)); };
  const std::vector<float> first = row(0);
  EXPECT_EQ(row(1), first);
  EXPECT_EQ(row(2), first);
  const auto dropped = static_cast<double>(std::ranges::count(first, 0.0f));
  EXPECT_EQ(std::ranges::count(first, 1 / 0.75f), 1000 - static_cast<int>(dropped));
  EXPECT_NEAR(dropped, 250, 5 * std::sqrt(1000 * 0.25 * 0.75));
}

TEST(Dropout, OfASequenceHasOneMaskForAllItsSteps) {
  Rng rng(1);
  Tape tape(rng);
  const Layout layout = layout_of({9, 9, 4, 1});
  const Tensor y = sequence_dropout(tensor({23, 30}, std::vector<float>(690, 1)), layout, 0.5f);
  const auto row = [&](int t, int b) {
    return std::vector(y.data() + layout.row(t, b) * 30, y.data() + layout.row(t, b) * 30 + 30);
  };
  for (int b = 0; b < layout.sequences(); ++b)
    for (int t = 0; t < layout.length(b); ++t) EXPECT_EQ(row(t, b), row(0, b));
  EXPECT_NE(row(0, 0), row(0, 1));
}

}  // namespace
}  // namespace cadena
