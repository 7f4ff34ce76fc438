// SPDX-License-Identifier: MIT
#include "cadena/nn/crf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "cadena/autograd/tape.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

// Tags O, B, I: I may follow only B and I, so it may not begin; B may not end.
bool legal(std::optional<int> from, std::optional<int> to) {
  if (to == 2) return from == 1 || from == 2;
  return to.has_value() || from != 1;
}

std::vector<Tensor> random_parameters(Crf& crf, Rng& rng) {
  std::vector<Tensor> all = parameters(crf);
  for (const Tensor& parameter : all)
    for (float& value : parameter.values()) value = rng.normal();
  return all;
}

TEST(Crf, StartsFromZerosUnderItsNames) {
  Crf crf(3, legal);
  std::vector<std::string> names;
  Visitor visitor([&](const std::string& name, Tensor& parameter) {
    names.push_back(name);
    EXPECT_TRUE(parameter.is_parameter());
    EXPECT_TRUE(std::ranges::all_of(parameter.values(), [](float v) { return v == 0; }));
  });
  crf.visit(visitor);
  EXPECT_EQ(names,
            (std::vector<std::string>{"transitions", "start_transitions", "end_transitions"}));
}

TEST(Crf, NeverDecodesWhatIsNotLegal) {
  Rng rng(1);
  Crf crf(3, legal);
  random_parameters(crf, rng);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const Layout layout(std::vector<int>{8, 3, 2, 1, 0});
    const std::vector<int32_t> tags =
        crf.decode(normal_parameter({layout.rows(), 3}, rng, 100), layout);
    for (int b = 0; b < 4; ++b) {
      std::optional<int> before;
      for (int t = 0; t < layout.length(b); ++t) {
        const int tag = tags[static_cast<size_t>(layout.row(t, b))];
        EXPECT_TRUE(legal(before, tag));
        before = tag;
      }
      EXPECT_TRUE(legal(before, std::nullopt));
    }
  }
}

TEST(Crf, WhatIsNotLegalHasNoGradient) {
  Rng rng(2);
  Crf crf(3, legal);
  const std::vector<Tensor> all = random_parameters(crf, rng);
  const Layout layout(std::vector<int>{4, 2});
  const std::vector<int32_t> tags{1, 0, 2, 0, 2, 0};  // B I I O and O O
  Tape tape;
  tape.backward(crf.loss(normal_parameter({6, 3}, rng), tags, layout));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(all[1].grad()[i] != 0, legal(std::nullopt, i)) << i;
    EXPECT_EQ(all[2].grad()[i] != 0, legal(i, std::nullopt)) << i;
    for (int j = 0; j < 3; ++j)
      EXPECT_EQ(all[0].grad()[i * 3 + j] != 0, legal(i, j)) << i << ", " << j;
  }
}

TEST(Crf, AnyTagMayFollowAnyUnlessToldOtherwise) {
  Crf crf(2);
  const Layout layout(std::vector<int>{4});
  const Tensor scores(Shape{4, 2}, {0, 1, 1, 0, 0, 1, 0, 1});
  EXPECT_EQ(crf.decode(scores, layout), (std::vector<int32_t>{1, 0, 1, 1}));
}

// The chances of all sequences of tags add up to 1.
TEST(Crf, LossIsALogarithmOfProbability) {
  Rng rng(3);
  for (const bool constrained : {false, true}) {
    Crf crf = constrained ? Crf(3, legal) : Crf(3);
    random_parameters(crf, rng);
    const Layout layout(std::vector<int>{4});
    const Tensor scores = normal_parameter({4, 3}, rng);
    double sum = 0;
    for (int number = 0; number < 81; ++number) {
      const std::vector<int32_t> tags{number % 3, number / 3 % 3, number / 9 % 3, number / 27};
      sum += std::exp(-crf.loss(scores, tags, layout).item());
    }
    EXPECT_NEAR(sum, 1, 1e-5);
  }
}

TEST(Crf, NoSequencesHaveNoLoss) {
  Crf crf(3);
  for (const std::vector<int>& lengths : {std::vector<int>{}, {0, 0}}) {
    const Layout layout(lengths);
    EXPECT_EQ(crf.loss(Tensor(0, 3), {}, layout).item(), 0);
    EXPECT_TRUE(crf.decode(Tensor(0, 3), layout).empty());
  }
}

}  // namespace
}  // namespace cadena
