// SPDX-License-Identifier: MIT
#include "cadena/data/batches.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cadena/base/error.h"

namespace cadena {
namespace {

using Batches = std::vector<std::vector<int>>;

TEST(Batches, WithoutShuffle) {
  const std::vector<int> lengths = {3, 1, 9, 2, 1, 3, 30};
  // By length: 1 1 2 | 3 3 | 9 | 30, each longest first and else in the given order.
  EXPECT_EQ(batches_by_rows(lengths, 6), (Batches{{3, 1, 4}, {0, 5}, {2}, {6}}));
  EXPECT_EQ(batches_by_rows(lengths, 100), (Batches{{6, 2, 0, 5, 3, 1, 4}}));
  EXPECT_EQ(batches_by_rows({}, 6), Batches{});
  EXPECT_EQ(batches_by_rows(std::vector<int>{0, 0}, 1), (Batches{{0, 1}}));
  EXPECT_THROW(batches_by_rows(lengths, 0), Error);
}

TEST(Batches, ShuffledKeepEveryRule) {
  Rng rng(3);
  std::vector<int> lengths(1000);
  for (int& length : lengths) length = 1 + static_cast<int>(rng.below(60));
  const auto length = [&](int i) { return lengths[static_cast<size_t>(i)]; };
  const Batches batches = batches_by_rows(lengths, 256, &rng);
  std::vector<int> seen;
  for (const std::vector<int>& batch : batches) {
    EXPECT_TRUE(std::ranges::is_sorted(batch, std::ranges::greater(), length));
    int sum = 0;
    for (int i : batch) sum += length(i);
    EXPECT_LE(sum, 256);
    EXPECT_LE(length(batch.front()) - length(batch.back()), 12);
    seen.insert(seen.end(), batch.begin(), batch.end());
  }
  std::ranges::sort(seen);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(seen[static_cast<size_t>(i)], i);
}

TEST(Batches, SeedDecides) {
  std::vector<int> lengths(200);
  for (size_t i = 0; i < lengths.size(); ++i) lengths[i] = static_cast<int>(i * 7 % 23);
  Rng a(1), b(1), c(2);
  const Batches first = batches_by_rows(lengths, 64, &a);
  EXPECT_EQ(first, batches_by_rows(lengths, 64, &b));
  EXPECT_NE(first, batches_by_rows(lengths, 64, &c));
  EXPECT_NE(first, batches_by_rows(lengths, 64, &a)) << "the next epoch";
}

}  // namespace
}  // namespace cadena
