// SPDX-License-Identifier: MIT
#include "cadena/autograd/copy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cadena/base/error.h"
#include "tests/support/check_gradients.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

constexpr int64_t v = 4;  // symbols; words 4 and 5 can be copied only
const Layout queries(std::vector<int>{3, 2}), keys(std::vector<int>{4, 3});
const Pairing pairing(queries, keys, std::vector<int32_t>{1, 0});

// Of the two sequences of keys: 1 4 1 2 and 5 3 -1.
std::vector<int32_t> words() {
  std::vector<int32_t> all(static_cast<size_t>(keys.rows()));
  const std::vector<std::vector<int32_t>> given{{1, 4, 1, 2}, {5, 3, -1}};
  for (int b = 0; b < keys.sequences(); ++b)
    for (int t = 0; t < keys.length(b); ++t)
      all[static_cast<size_t>(keys.row(t, b))] =
          given[static_cast<size_t>(b)][static_cast<size_t>(t)];
  return all;
}
// Rows 0, 2 and 4 look at the second sequence, rows 1 and 3 at the first.
const std::vector<int32_t> targets{5, 1, 0, 4, -1};

Tensors inputs() {
  Rng rng(3);
  return {grid_tensor({5, v}, rng), grid_tensor({5, 1}, rng), grid_tensor({keys.rows(), 2}, rng),
          grid_tensor({5, 2}, rng)};
}
CopyScores scores(const Tensors& in) {
  return {in[0], in[1], attention(in[3], in[2], in[2], pairing).weights};
}

TEST(Copy, HasTheGradientsOfItsLoss) {
  check_gradients(
      [](const Tensors& in) { return copy_cross_entropy(scores(in), pairing, words(), targets); },
      inputs(), 1e-4);
}

TEST(Copy, ProbabilitiesSumTo1AndMakeTheLoss) {
  std::vector<int32_t> all = words();
  const CopyScores s = scores(inputs());
  const Tensor logs = copy_log_probabilities(s, pairing, all, 7);
  EXPECT_EQ(logs.shape(), (Shape{5, 7}));
  double loss = 0;
  for (int64_t i = 0; i < 5; ++i) {
    double sum = 0;
    for (int64_t j = 0; j < 7; ++j) sum += std::exp(double{logs.data()[i * 7 + j]});
    const bool has_secret = i % 2 == 0;  // a word that is never copied
    const double lost =
        has_secret ? pairing.row(s.weights, i)[2] / (1 + std::exp(double{s.gate.data()[i]})) : 0;
    EXPECT_NEAR(sum + lost, 1, 1e-6);
    EXPECT_EQ(logs.data()[i * 7 + 6], -INFINITY) << "nobody says word 6";
    if (targets[static_cast<size_t>(i)] >= 0)
      loss -= logs.data()[i * 7 + targets[static_cast<size_t>(i)]];
  }
  EXPECT_NEAR(copy_cross_entropy(s, pairing, all, targets).item(), loss, 1e-5);
}

TEST(Copy, WhatNothingCanSayIsDearButFinite) {
  const CopyScores s = scores(inputs());
  const Tensor loss =
      copy_cross_entropy(s, pairing, words(), std::vector<int32_t>{6, -1, -1, -1, -1});
  EXPECT_TRUE(std::isfinite(loss.item()));
  EXPECT_GT(loss.item(), 50);
}

TEST(Copy, RefusesWhatDoesNotAgree) {
  const CopyScores s = scores(inputs());
  const std::vector<int32_t> few{1}, none(5, -1);
  EXPECT_THROW(copy_cross_entropy(s, pairing, few, targets), Error);
  EXPECT_THROW(copy_cross_entropy(s, pairing, words(), few), Error);
  EXPECT_THROW(copy_log_probabilities(s, pairing, words(), 5), Error);
  EXPECT_THROW(copy_log_probabilities(s, pairing, few, 9), Error);
}

}  // namespace
}  // namespace cadena
