// SPDX-License-Identifier: MIT
#include "cadena/kernels/rows.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

namespace cadena::kernels {
namespace {

using Values = std::vector<float>;

// Small whole numbers, so that sums are exact.
Values whole_numbers(int64_t size) {
  Values values;
  for (int64_t i = 0; i < size; ++i) values.push_back(static_cast<float>(i % 101 - 50));
  return values;
}

float at(const Values& values, int64_t i) { return values[static_cast<size_t>(i)]; }

constexpr int64_t row_counts[] = {0, 1, 255, 256, 600};  // around blocks of 256

TEST(Rows, CopyColumnsLeavesTheRestAlone) {
  for (const int64_t rows : row_counts) {
    const Values from = whole_numbers(rows * 7);
    Values to(static_cast<size_t>(rows * 9), 777.0f);
    copy_columns(rows, 5, from.data(), 7, to.data(), 9);
    for (int64_t i = 0; i < rows * 9; ++i)
      ASSERT_EQ(at(to, i), i % 9 < 5 ? at(from, i / 9 * 7 + i % 9) : 777.0f);
  }
}

TEST(Rows, AddColumnsLeavesTheRestAlone) {
  for (const int64_t rows : row_counts) {
    const Values from = whole_numbers(rows * 7), before = whole_numbers(rows * 9);
    Values to = before;
    add_columns(rows, 5, from.data(), 7, to.data(), 9);
    for (int64_t i = 0; i < rows * 9; ++i)
      ASSERT_EQ(at(to, i), at(before, i) + (i % 9 < 5 ? at(from, i / 9 * 7 + i % 9) : 0.0f));
  }
}

TEST(Rows, AddRowSumAddsToWhatIsThere) {
  for (const int64_t columns : {1, 63, 64, 130})
    for (const int64_t rows : row_counts) {
      const Values from = whole_numbers(rows * columns);
      Values sum(static_cast<size_t>(columns), 3.0f), wanted = sum;
      add_row_sum(rows, columns, from.data(), sum.data());
      for (int64_t i = 0; i < rows * columns; ++i)
        wanted[static_cast<size_t>(i % columns)] += at(from, i);
      EXPECT_EQ(sum, wanted);
    }
}

TEST(Rows, GatherAndScatterTakeRowsAsOftenAsTheirIdsCome) {
  for (const int64_t columns : {1, 64, 130}) {
    const std::vector<int32_t> ids{3, 0, 3, 3, 4};
    const Values table = whole_numbers(5 * columns), from = whole_numbers(5 * columns);
    Values to(from.size()), sums = table, wanted = table;
    gather_rows(5, columns, ids.data(), table.data(), to.data());
    scatter_add_rows(5, columns, ids.data(), from.data(), sums.data());
    for (int64_t i = 0; i < 5; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        const int64_t id = ids[static_cast<size_t>(i)];
        EXPECT_EQ(at(to, i * columns + j), at(table, id * columns + j));
        wanted[static_cast<size_t>(id * columns + j)] += at(from, i * columns + j);
      }
    EXPECT_EQ(sums, wanted);
    gather_rows(0, columns, nullptr, table.data(), nullptr);
    scatter_add_rows(0, columns, nullptr, nullptr, sums.data());
  }
}

TEST(Rows, SumsHaveTheSameBitsForAnyNumberOfThreads) {
  constexpr int64_t rows = 700, columns = 150, symbols = 9;
  Rng rng(1);
  const Values from = normal_values(rows * columns, rng);
  const std::vector<int32_t> ids = random_ids(rows, symbols, rng);
  Values first_sum, first_table;
  for (const int count : {1, 2, 3, 4}) {
    const ThreadScope scope(count);
    Values sum(columns), table(symbols * columns);
    add_row_sum(rows, columns, from.data(), sum.data());
    scatter_add_rows(rows, columns, ids.data(), from.data(), table.data());
    if (count == 1) first_sum = sum, first_table = table;
    EXPECT_TRUE(same_bits(sum, first_sum));
    EXPECT_TRUE(same_bits(table, first_table));
  }
}

}  // namespace
}  // namespace cadena::kernels
