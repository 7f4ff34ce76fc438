// SPDX-License-Identifier: MIT
#include "cadena/autograd/tape.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <thread>
#include <vector>

#include "cadena/autograd/crf.h"
#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"

namespace cadena {
namespace {

using Tensors = std::vector<Tensor>;

Tensor parameter(std::vector<float> values) {
  const Tensor x = Tensor::parameter({static_cast<int64_t>(values.size())});
  std::ranges::copy(values, x.data());
  return x;
}

std::vector<float> gradient(const Tensor& x) { return {x.grad(), x.grad() + x.size()}; }

TEST(Tape, NothingIsRecordedWithoutATape) {
  const Tensor x = parameter({1, 2});
  const Tensor y = multiply(x, x);
  EXPECT_FALSE(Tape::recording(Tensors{x}));
  EXPECT_FALSE(Tape::tracked(y));
  Tape tape;
  tape.backward(sum(y));
  EXPECT_FALSE(x.has_grad()) << "y was made before the tape";
}

TEST(Tape, NothingIsRecordedWithoutTrackedInputs) {
  const Tensor constant(Shape{2}, {1, 2});
  Tape tape;
  EXPECT_FALSE(Tape::recording(Tensors{constant}));
  const Tensor y = scale(constant, 2);
  EXPECT_FALSE(Tape::tracked(y));
  bool called = false;
  Tape::record({constant}, {y}, [&] { called = true; });
  tape.backward(sum(y));
  EXPECT_FALSE(called);
  EXPECT_FALSE(constant.has_grad());
}

TEST(Tape, ParametersAreTrackedAlwaysAndResultsUnderTheirTape) {
  const Tensor x = parameter({1}), nothing;
  EXPECT_TRUE(Tape::tracked(x));
  EXPECT_FALSE(Tape::tracked(nothing));
  std::optional<Tape> tape(std::in_place);
  const Tensor y = scale(x, 2);
  EXPECT_TRUE(Tape::tracked(y));
  tape.reset();
  EXPECT_FALSE(Tape::tracked(y));
}

TEST(Tape, GradientsAddUpOverUsesAndTapes) {
  const Tensor x = parameter({3});
  for (int pass = 1; pass <= 2; ++pass) {
    Tape tape;
    tape.backward(add(multiply(x, x), scale(x, 10)));
    EXPECT_EQ(gradient(x), std::vector<float>{16.0f * static_cast<float>(pass)});
  }
  x.clear_grad();
  EXPECT_FALSE(x.has_grad());
}

TEST(Tape, ConstantsAmongTheInputsGetNoGradient) {
  const Tensor x = parameter({3}), constant(Shape{1}, {2});
  Tape tape;
  tape.backward(multiply(add(x, constant), constant));
  EXPECT_EQ(gradient(x), std::vector<float>{2});
  EXPECT_FALSE(constant.has_grad());
}

// What truncated back-propagation through time rests on.
TEST(Tape, ATensorOfAnEarlierTapeIsAConstant) {
  const Tensor w = parameter({2});
  Tensor state = parameter({3});
  const Tensor first_state = state;
  std::vector<float> gradients;
  for (int chunk = 0; chunk < 3; ++chunk) {
    Tape tape;
    const Tensor before = state;
    state = multiply(w, state);
    w.clear_grad();
    tape.backward(state);
    EXPECT_EQ(gradient(w)[0], before.item()) << "only this chunk counts";
  }
  EXPECT_EQ(gradient(first_state), std::vector<float>{2}) << "only the first chunk reached it";
  EXPECT_EQ(state.item(), 24);
}

TEST(Tape, AnInnerTapeTakesTheOuterOnesResultsForConstants) {
  const Tensor x = parameter({3});
  Tape outer;
  const Tensor y = scale(x, 2);
  {
    Tape inner;
    EXPECT_FALSE(Tape::tracked(y));
    inner.backward(multiply(y, x));
    EXPECT_EQ(gradient(x), std::vector<float>{6}) << "y counts as 6, not as 2x";
  }
  EXPECT_TRUE(Tape::tracked(y));
  x.clear_grad();
  outer.backward(y);
  EXPECT_EQ(gradient(x), std::vector<float>{2});
}

TEST(Tape, TheOuterTapeGoesBackEvenWhileAnInnerOneLives) {
  const Tensor x = parameter({3});
  Tape outer;
  const Tensor y = multiply(scale(x, 2), scale(x, 5));
  const Tape inner;
  outer.backward(y);
  EXPECT_EQ(gradient(x), std::vector<float>{60});
  EXPECT_FALSE(Tape::tracked(y)) << "the inner tape is the current one again";
}

TEST(Tape, EachThreadHasItsOwn) {
  const Tensor x = parameter({3});
  const Tape tape;
  bool recording_elsewhere = true;
  std::thread([&] { recording_elsewhere = Tape::recording(Tensors{x}); }).join();
  EXPECT_FALSE(recording_elsewhere);
  EXPECT_TRUE(Tape::recording(Tensors{x}));
}

TEST(Tape, PullbacksRunOnceLastFirst) {
  const Tensor x = parameter({1});
  std::vector<int> order;
  Tape tape;
  for (int i = 0; i < 3; ++i) Tape::record({x}, {}, [&order, i] { order.push_back(i); });
  const Tensor loss = sum(x);
  tape.backward(loss);
  EXPECT_EQ(order, (std::vector<int>{2, 1, 0}));
  tape.backward(loss);
  EXPECT_EQ(order.size(), 3u);
}

TEST(Tape, AVeryLongChainNeedsNoStack) {
  const Tensor x = parameter({1});
  Tape tape;
  Tensor y = x;
  for (int i = 0; i < 100'000; ++i) y = scale(y, 1);
  tape.backward(y);
  EXPECT_EQ(gradient(x), std::vector<float>{1});
}

TEST(Tape, NoiseIsANewStreamEachTime) {
  EXPECT_FALSE(Tape::noise());
  Rng rng(1);
  const Tape tape(rng);
  const auto a = Tape::noise(), b = Tape::noise();
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->block(0), b->block(0));
  const Tape quiet;
  EXPECT_FALSE(Tape::noise());
}

TEST(Tape, ALossMustBeOneNumber) {
  const Tensor x = parameter({1, 2});
  Tape tape;
  EXPECT_THROW(tape.backward(scale(x, 2)), Error);
  EXPECT_THROW(tape.backward(Tensor(0, 3)), Error);
}

TEST(OpErrors, ShapesThatDoNotAgree) {
  const Tensor a(3, 4), b(4, 3), c(3, 5);
  EXPECT_THROW(linear(a, b, Tensor(Shape{4})), Error);
  EXPECT_THROW(linear(a, c, Tensor(Shape{3})), Error);
  EXPECT_THROW(linear(a, Tensor(2, 4), Tensor(Shape{3})), Error);
  EXPECT_THROW(add(a, b), Error);
  EXPECT_THROW(multiply(a, c), Error);
  EXPECT_THROW(concat(Tensors{a, b}), Error);
  EXPECT_THROW(concat(Tensors{}), Error);
  const Layout short_layout(std::vector<int>{2});
  EXPECT_THROW(max_over_time(a, short_layout), Error);
  EXPECT_THROW(sequence_dropout(a, short_layout, 0.5f), Error);
}

TEST(OpErrors, NumbersOutOfRange) {
  const Tensor a(3, 4);
  const Layout layout(std::vector<int>{3});
  for (const float drop : {-0.1f, 1.0f, 2.0f, NAN}) {
    EXPECT_THROW(dropout(a, drop), Error);
    EXPECT_THROW(sequence_dropout(a, layout, drop), Error);
  }
  for (const int32_t id : {-1, 3}) EXPECT_THROW(gather(a, std::vector<int32_t>{0, id}), Error);
  EXPECT_THROW(cross_entropy(a, std::vector<int32_t>{0, 1}), Error);
  EXPECT_THROW(cross_entropy(a, std::vector<int32_t>{0, 1, 4}), Error);
}

TEST(OpErrors, CrfTablesAndTags) {
  const Layout layout(std::vector<int>{2, 1});
  const CrfScores field{Tensor(2, 2), Tensor(Shape{2}), Tensor(Shape{2})};
  const std::vector<int32_t> tags{0, 1, 0};
  const Tensor scores(3, 2);
  EXPECT_NO_THROW(crf_loss(scores, field, tags, layout));
  EXPECT_THROW(crf_loss(Tensor(3, 3), field, tags, layout), Error);
  EXPECT_THROW(crf_loss(Tensor(4, 2), field, tags, layout), Error);
  EXPECT_THROW(crf_loss(scores, field, std::vector<int32_t>{0, 1}, layout), Error);
  EXPECT_THROW(crf_loss(scores, field, std::vector<int32_t>{0, 1, 2}, layout), Error);
  EXPECT_THROW(crf_loss(scores, field, std::vector<int32_t>{0, 1, -1}, layout), Error);
  const CrfScores narrow{Tensor(2, 1), field.start, field.end},
      short_end{field.transitions, field.start, Tensor(Shape{1})};
  for (const CrfScores& wrong : {narrow, short_end}) {
    EXPECT_THROW(crf_loss(scores, wrong, tags, layout), Error);
    EXPECT_THROW(crf_decode(scores, wrong, layout), Error);
  }
}

}  // namespace
}  // namespace cadena
