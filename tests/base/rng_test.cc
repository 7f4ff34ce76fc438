// SPDX-License-Identifier: MIT
#include "cadena/base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace cadena {
namespace {

using Words = std::array<uint32_t, 4>;

// Known answers of the Random123 library (kat_vectors, philox4x32 10).
TEST(Rng, PhiloxHasTheKnownAnswers) {
  EXPECT_EQ(Rng(0, 0).block(0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Rng(UINT64_MAX, UINT64_MAX).block(UINT64_MAX),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  // Counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0, lowest word first: the seed
  // is the key, the stream the upper half of the counter.
  EXPECT_EQ(Rng(0x299f31d0a4093822, 0x0370734413198a2e).block(0x85a308d3243f6a88),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Rng, TheSequenceIsTheBlocksInOrder) {
  Rng sequence(7, 3);
  const Rng blocks(7, 3);
  for (uint64_t i = 0; i < 10; ++i)
    for (uint32_t word : blocks.block(i)) EXPECT_EQ(sequence.next(), word);
}

TEST(Rng, BlocksDoNotMoveTheSequence) {
  Rng a(5), b(5);
  EXPECT_EQ(a.next(), b.next());
  a.block(0);
  a.block(99);
  EXPECT_EQ(a.next(), b.next());
}

TEST(Rng, EveryBitOfSeedAndStreamMatters) {
  std::set<Words> blocks{Rng(0).block(0)};
  for (int bit = 0; bit < 64; ++bit) {
    blocks.insert(Rng(uint64_t{1} << bit).block(0));
    blocks.insert(Rng(0, uint64_t{1} << bit).block(0));
    blocks.insert(Rng(0).block(uint64_t{1} << bit));
  }
  EXPECT_EQ(blocks.size(), 1u + 3 * 64);
}

TEST(Rng, SplitStreamsDiffer) {
  Rng rng(1);
  std::set<Words> firsts{rng.block(0), Rng(1, 1).block(0)};
  for (int i = 0; i < 1000; ++i) {
    Rng child = rng.split();
    firsts.insert(child.block(0));
    firsts.insert(child.split().block(0));
  }
  EXPECT_EQ(firsts.size(), 2002u);
}

TEST(Rng, SplitIsTheSameForTheSameHistory) {
  Rng a(9), b(9);
  a.next(), b.next();
  EXPECT_EQ(a.split().block(4), b.split().block(4));
  EXPECT_EQ(a.next(), b.next());
}

// Mean and variance of draws, each within 5 standard errors of `mean` and `variance`; `fourth` is
// the central fourth moment, which the error of the variance depends on.
template <class Draw>
void expect_moments(double mean, double variance, double fourth, const Draw& draw) {
  constexpr int count = 200'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < count; ++i) {
    const double value = draw();
    sum += value - mean;
    squares += (value - mean) * (value - mean);
  }
  EXPECT_NEAR(sum / count, 0, 5 * std::sqrt(variance / count));
  EXPECT_NEAR(squares / count, variance, 5 * std::sqrt((fourth - variance * variance) / count));
}

TEST(Rng, UniformHasItsMomentsAndBounds) {
  Rng rng(2);
  expect_moments(0.5, 1.0 / 12, 1.0 / 80, [&] {
    const float value = rng.uniform();
    EXPECT_TRUE(value >= 0 && value < 1) << value;
    return value;
  });
  expect_moments(1, 9.0 / 12, 81.0 / 80, [&] { return rng.uniform(-0.5f, 2.5f); });
}

TEST(Rng, UnitReaches0ButNot1) {
  EXPECT_EQ(Rng::unit(0), 0.0f);
  EXPECT_EQ(Rng::unit(255), 0.0f);
  EXPECT_EQ(Rng::unit(UINT32_MAX), 1 - 0x1p-24f);
}

TEST(Rng, NormalHasItsMoments) {
  Rng rng(3);
  expect_moments(0, 1, 3, [&] { return rng.normal(); });
}

TEST(Rng, NormalHasItsTails) {
  Rng rng(4);
  constexpr int count = 200'000;
  int outside = 0;
  for (int i = 0; i < count; ++i) outside += std::abs(rng.normal()) > 1.959964f;
  EXPECT_NEAR(outside, 0.05 * count, 5 * std::sqrt(0.05 * 0.95 * count));
}

TEST(Rng, BelowIsUniformForBoundsThatAreNoPowerOf2) {
  Rng rng(5);
  constexpr uint32_t bound = 7;
  constexpr int count = 70'000;
  std::array<int, bound> counts{};
  for (int i = 0; i < count; ++i) ++counts.at(rng.below(bound));
  for (int observed : counts) EXPECT_NEAR(observed, 10'000, 5 * std::sqrt(count * 6.0 / 49));
}

// A bound of 3/4 of the range: without rejection a third of the values would come twice as often.
TEST(Rng, BelowIsUniformForHugeBounds) {
  Rng rng(6);
  constexpr uint32_t bound = 3u << 30;
  constexpr int count = 60'000;
  std::array<int, 3> counts{};
  for (int i = 0; i < count; ++i) ++counts.at(rng.below(bound) % 3);
  for (int observed : counts) EXPECT_NEAR(observed, 20'000, 5 * std::sqrt(count * 2.0 / 9));
}

TEST(Rng, BelowOneIsZero) {
  Rng rng(7);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(rng.below(1), 0u);
}

TEST(Rng, ShuffleIsAPermutation) {
  Rng rng(8);
  for (const size_t size : {0, 1, 2, 100}) {
    std::vector<int> values(size);
    std::iota(values.begin(), values.end(), 0);
    const std::vector<int> sorted = values;
    rng.shuffle(values);
    EXPECT_TRUE(std::is_permutation(values.begin(), values.end(), sorted.begin()));
    if (size == 100) {
      EXPECT_NE(values, sorted);
    }
  }
}

TEST(Rng, ShuffleReachesEveryOrderEquallyOften) {
  Rng rng(9);
  constexpr int count = 24'000;
  std::vector<std::pair<std::vector<int>, int>> counts;
  for (int i = 0; i < count; ++i) {
    std::vector<int> values{0, 1, 2, 3};
    rng.shuffle(values);
    const auto at = std::ranges::find(counts, values, &std::pair<std::vector<int>, int>::first);
    if (at == counts.end())
      counts.emplace_back(values, 1);
    else
      ++at->second;
  }
  EXPECT_EQ(counts.size(), 24u);
  for (const auto& [order, observed] : counts)
    EXPECT_NEAR(observed, 1000, 5 * std::sqrt(count * 23.0 / 576));
}

}  // namespace
}  // namespace cadena
