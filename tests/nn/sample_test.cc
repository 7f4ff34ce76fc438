// SPDX-License-Identifier: MIT
#include "cadena/nn/sample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "cadena/base/error.h"

namespace cadena {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr int draws = 20000;

/// How often each symbol comes.
std::vector<double> shares(const std::vector<float>& logits, const SampleOptions& options) {
  Rng rng(3);
  std::vector<double> share(logits.size());
  for (int i = 0; i < draws; ++i)
    share.at(static_cast<size_t>(sample(logits, options, rng))) += 1.0 / draws;
  return share;
}

std::set<int32_t> drawn(const std::vector<float>& logits, const SampleOptions& options) {
  std::set<int32_t> ids;
  const std::vector<double> share = shares(logits, options);
  for (size_t i = 0; i < share.size(); ++i)
    if (share[i] > 0) ids.insert(static_cast<int32_t>(i));
  return ids;
}

/// softmax(logits / temperature) over the symbols in `kept`.
std::vector<double> softmax(const std::vector<float>& logits, double temperature,
                            const std::set<int32_t>& kept) {
  std::vector<double> p(logits.size());
  double sum = 0;
  for (int32_t id : kept) {
    const auto i = static_cast<size_t>(id);
    sum += p[i] = std::exp(logits[i] / temperature);
  }
  for (double& value : p) value /= sum;
  return p;
}

/// Within five standard deviations of the share of a symbol.
void expect_shares(const std::vector<double>& found, const std::vector<double>& p) {
  for (size_t i = 0; i < p.size(); ++i)
    EXPECT_NEAR(found[i], p[i], 5 * std::sqrt(p[i] * (1 - p[i]) / draws)) << "symbol " << i;
}

/// The logarithms of 0.1, 0.4, 0.2, 0.25 and 0.05, all a little higher.
const std::vector<float> logits{std::log(0.1f) + 2, std::log(0.4f) + 2, std::log(0.2f) + 2,
                                std::log(0.25f) + 2, std::log(0.05f) + 2};
const std::set<int32_t> everything{0, 1, 2, 3, 4};

TEST(Sample, TemperatureZeroTakesTheFirstOfTheBest) {
  Rng rng(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(sample(logits, {.temperature = 0}, rng), 1);
    EXPECT_EQ(sample(std::vector<float>{-infinity, -3, -2, -2}, {.temperature = 0}, rng), 2);
  }
  EXPECT_EQ(sample(logits, {.temperature = 0, .top_k = 3, .top_p = 0.5f}, rng), 1);
  EXPECT_EQ(sample(logits, {.temperature = 1e-30f}, rng), 1) << "nearly 0";
}

TEST(Sample, SharesAreTheSoftmax) {
  for (float temperature : {0.3f, 0.8f, 1.0f, 3.0f})
    expect_shares(shares(logits, {.temperature = temperature}),
                  softmax(logits, temperature, everything));
  expect_shares(shares(logits, {.temperature = 1e30f}), std::vector<double>(5, 0.2));
}

TEST(Sample, LogitsOfAnySize) {
  const std::vector<float> high{1e30f, 1e30f}, low{-1e30f, -1e30f}, far{0, 3e38f, -3e38f};
  expect_shares(shares(high, {}), {0.5, 0.5});
  expect_shares(shares(low, {}), {0.5, 0.5});
  EXPECT_EQ(drawn(far, {}), (std::set<int32_t>{1}));
  EXPECT_EQ(drawn({7}, {}), (std::set<int32_t>{0}));
}

TEST(Sample, TopKLeavesTheBest) {
  EXPECT_EQ(drawn(logits, {.top_k = 1}), (std::set<int32_t>{1}));
  EXPECT_EQ(drawn(logits, {.top_k = 2}), (std::set<int32_t>{1, 3}));
  EXPECT_EQ(drawn(logits, {.top_k = 3}), (std::set<int32_t>{1, 2, 3}));
  EXPECT_EQ(drawn(logits, {.top_k = 5}), everything);
  EXPECT_EQ(drawn(logits, {.top_k = std::numeric_limits<int>::max()}), everything);
  EXPECT_EQ(drawn({1, 2, 2, 2, 1}, {.top_k = 2}), (std::set<int32_t>{1, 2})) << "the first ones";
  expect_shares(shares(logits, {.temperature = 2, .top_k = 3}), softmax(logits, 2, {1, 2, 3}));
}

TEST(Sample, TopPLeavesAsFewAsHaveThatProbability) {
  EXPECT_EQ(drawn(logits, {.top_p = 0}), (std::set<int32_t>{1})) << "at least one";
  EXPECT_EQ(drawn(logits, {.top_p = 0.39f}), (std::set<int32_t>{1}));
  EXPECT_EQ(drawn(logits, {.top_p = 0.41f}), (std::set<int32_t>{1, 3}));
  EXPECT_EQ(drawn(logits, {.top_p = 0.66f}), (std::set<int32_t>{1, 2, 3}));
  EXPECT_EQ(drawn(logits, {.top_p = 0.84f}), (std::set<int32_t>{1, 2, 3}));
  EXPECT_EQ(drawn(logits, {.top_p = 0.94f}), (std::set<int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(drawn(logits, {.top_p = 0.96f}), everything);
  expect_shares(shares(logits, {.top_p = 0.6f}), softmax(logits, 1, {1, 3}));
}

// At a temperature of 1/2 the probabilities are the squares: 16, 6.25, 4, 1 and 0.25 of 27.5.
TEST(Sample, TopPIsMeasuredAfterTheTemperature) {
  EXPECT_EQ(drawn(logits, {.temperature = 0.5f, .top_p = 0.57f}), (std::set<int32_t>{1}));
  EXPECT_EQ(drawn(logits, {.temperature = 0.5f, .top_p = 0.6f}), (std::set<int32_t>{1, 3}));
}

// Of the best three the first has 0.4 / 0.85 = 0.47, of all 0.4.
TEST(Sample, TopPIsAShareOfWhatTopKLeaves) {
  EXPECT_EQ(drawn(logits, {.top_k = 3, .top_p = 0.45f}), (std::set<int32_t>{1}));
  EXPECT_EQ(drawn(logits, {.top_p = 0.45f}), (std::set<int32_t>{1, 3}));
}

TEST(Sample, MinusInfinityIsNeverDrawn) {
  const std::vector<float> some{-infinity, 1, -infinity, 1, -infinity};
  const std::set<int32_t> possible{1, 3};
  for (const SampleOptions& options :
       std::vector<SampleOptions>{{}, {.temperature = 100}, {.top_k = 4}, {.top_p = 0.99f}}) {
    EXPECT_EQ(drawn(some, options), possible);
    EXPECT_EQ(drawn({-infinity, -2}, options), (std::set<int32_t>{1}));
  }
}

TEST(Sample, NothingToDrawFromIsAnError) {
  Rng rng(1);
  for (const std::vector<float>& none :
       {std::vector<float>{}, {-infinity}, {-infinity, -infinity}, {std::nanf("")}})
    for (float temperature : {0.0f, 1.0f})
      EXPECT_THROW(sample(none, {.temperature = temperature}, rng), Error);
}

TEST(Sample, TheSameRandomNumbersGiveTheSameDraws) {
  const auto some = [](uint64_t seed) {
    Rng rng(seed);
    std::vector<int32_t> ids;
    for (int i = 0; i < 100; ++i) ids.push_back(sample(logits, {.top_k = 4}, rng));
    return ids;
  };
  EXPECT_EQ(some(5), some(5));
  EXPECT_NE(some(5), some(6));
}

}  // namespace
}  // namespace cadena
