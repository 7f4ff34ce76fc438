// SPDX-License-Identifier: MIT
#include "cadena/tensor/tensor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace cadena {
namespace {

using Rows = std::vector<int32_t>;

Rows rows_of(const Tensor& table) {
  const auto rows = table.grad_rows();
  return rows ? Rows(rows->begin(), rows->end()) : Rows();
}

std::vector<float> whole(const Tensor& table) {
  return {table.grad(), table.grad() + table.size()};
}

TEST(TensorGradient, OfSomeRowsIsZeroAtFirstUse) {
  const Tensor table(4, 2);
  std::fill_n(table.grad(), 8, 7.0f);
  table.clear_grad();
  EXPECT_FALSE(table.grad_rows());
  for (int32_t row : {2, 0, 2}) {
    const Rows one{row};
    table.grad(one)[row * 2 + 1] += 1;
  }
  EXPECT_EQ(rows_of(table), (Rows{2, 0}));
  EXPECT_EQ(whole(table), (std::vector<float>{0, 1, 0, 0, 0, 2, 0, 0}));
  EXPECT_FALSE(table.grad_rows()) << "all of them now";
}

TEST(TensorGradient, OfSomeRowsIsForgotten) {
  const Tensor table(3, 1);
  const Rows one{1}, two{2};
  table.grad(one)[1] = 5;
  table.clear_grad();
  EXPECT_FALSE(table.has_grad());
  table.grad(two)[2] = 6;
  EXPECT_TRUE(table.has_grad());
  EXPECT_EQ(rows_of(table), two);
  EXPECT_EQ(whole(table), (std::vector<float>{0, 0, 6}));
}

TEST(TensorGradient, StaysWholeWhenSomeRowsAreAddedTo) {
  const Tensor table(2, 1);
  table.grad()[0] = 3;
  const Rows both{1, 0};
  table.grad(both)[1] += 1;
  EXPECT_FALSE(table.grad_rows());
  EXPECT_EQ(whole(table), (std::vector<float>{3, 1}));
}

TEST(TensorGradient, OfNoRowsIsNone) {
  const Tensor table(2, 1);
  table.grad(Rows());
  EXPECT_FALSE(table.has_grad());
  EXPECT_EQ(whole(table), (std::vector<float>{0, 0}));
}

}  // namespace
}  // namespace cadena
