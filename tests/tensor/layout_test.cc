// SPDX-License-Identifier: MIT
#include "cadena/tensor/layout.h"

#include <gtest/gtest.h>

#include <set>

#include "cadena/base/error.h"

namespace cadena {
namespace {

Layout layout_of(const std::vector<int>& lengths) { return Layout(lengths); }

TEST(Layout, HoldsOnlyTheSequencesAliveAtEachStep) {
  const Layout layout = layout_of({4, 2, 2, 1, 0});
  EXPECT_EQ(layout.steps(), 4);
  EXPECT_EQ(layout.sequences(), 5);
  EXPECT_EQ(layout.rows(), 9);
  EXPECT_EQ(std::vector(layout.widths().begin(), layout.widths().end()),
            (std::vector<int>{4, 3, 1, 1}));
  EXPECT_EQ(std::vector(layout.offsets().begin(), layout.offsets().end()),
            (std::vector<int64_t>{0, 4, 7, 8}));
  EXPECT_EQ(std::vector(layout.lengths().begin(), layout.lengths().end()),
            (std::vector<int>{4, 2, 2, 1, 0}));
}

TEST(Layout, EveryStepOfEverySequenceHasARowOfItsOwn) {
  const Layout layout = layout_of({9, 9, 5, 3, 3, 3, 1, 0, 0});
  std::set<int64_t> rows;
  for (int b = 0; b < layout.sequences(); ++b)
    for (int t = 0; t < layout.length(b); ++t) {
      EXPECT_LT(b, layout.width(t));
      rows.insert(layout.row(t, b));
    }
  EXPECT_EQ(std::ssize(rows), layout.rows());
  EXPECT_EQ(*rows.begin(), 0);
  EXPECT_EQ(*rows.rbegin(), layout.rows() - 1);
}

TEST(Layout, NothingIsALayoutToo) {
  for (const Layout& layout : {Layout(), layout_of({}), layout_of({0, 0})}) {
    EXPECT_EQ(layout.steps(), 0);
    EXPECT_EQ(layout.rows(), 0);
    EXPECT_TRUE(layout.widths().empty());
  }
  EXPECT_EQ(layout_of({0, 0}).sequences(), 2);
}

TEST(Layout, OneSequence) {
  const Layout layout = layout_of({3});
  EXPECT_EQ(layout.rows(), 3);
  for (int t = 0; t < 3; ++t) EXPECT_EQ(layout.row(t, 0), t);
}

TEST(Layout, RefusesLengthsThatIncreaseOrAreNegative) {
  EXPECT_THROW(layout_of({1, 2}), Error);
  EXPECT_THROW(layout_of({3, 1, 2}), Error);
  EXPECT_THROW(layout_of({0, 1}), Error);
  EXPECT_THROW(layout_of({2, -1}), Error);
  EXPECT_THROW(layout_of({-1}), Error);
}

TEST(Layout, LongestFirstKeepsTheOrderOfEqualLengths) {
  const std::vector<int> lengths{2, 5, 0, 2, 7, 5};
  EXPECT_EQ(longest_first(lengths), (std::vector<int>{4, 1, 5, 0, 3, 2}));
  EXPECT_TRUE(longest_first({}).empty());
}

TEST(Layout, AcceptsWhatLongestFirstOrders) {
  const std::vector<int> lengths{0, 3, 1, 4, 1, 5};
  std::vector<int> ordered;
  for (int b : longest_first(lengths)) ordered.push_back(lengths[static_cast<size_t>(b)]);
  EXPECT_EQ(layout_of(ordered).rows(), 14);
}

}  // namespace
}  // namespace cadena
