// SPDX-License-Identifier: MIT
#include "cadena/kernels/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

namespace cadena::kernels {
namespace {

constexpr float guard = -777;

// A matrix [rows, columns] of random numbers, stored as it is or transposed, with gaps between the
// rows of its storage. The numbers do not depend on the storage.
class Matrix {
 public:
  Matrix(int64_t rows, int64_t columns, bool transposed, uint64_t seed)
      : transposed_(transposed),
        stride_((transposed ? rows : columns) + 3),
        values_(static_cast<size_t>((transposed ? columns : rows) * stride_), NAN) {
    Rng rng(seed);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        values_[static_cast<size_t>(transposed ? j * stride_ + i : i * stride_ + j)] =
            rng.uniform(-1, 1);
  }

  Operand operand() const {
    return transposed_ ? kernels::transposed(values_.data(), stride_)
                       : plain(values_.data(), stride_);
  }
  double at(int64_t i, int64_t j) const {
    const Operand o = operand();
    return o.data[i * o.row + j * o.column];
  }

 private:
  bool transposed_;
  int64_t stride_;
  std::vector<float> values_;
};

// A product of matrices, and what it should be.
class Product {
 public:
  Product(int64_t m, int64_t n, int64_t k)
      : m_(m), n_(n), k_(k), sums_(static_cast<size_t>(m * n)), sizes_(sums_) {
    Rng rng(3);
    start_ = normal_values(m * stride(), rng);
    for (size_t i = 0; i < start_.size(); ++i)
      if (static_cast<int64_t>(i) % stride() >= n) start_[i] = guard;
    const Matrix a = left(), b = right();
    for (int64_t i = 0; i < m; ++i)
      for (int64_t l = 0; l < k; ++l)
        for (int64_t j = 0; j < n; ++j) {
          const double term = a.at(i, l) * b.at(l, j);
          sums_[static_cast<size_t>(i * n + j)] += term;
          sizes_[static_cast<size_t>(i * n + j)] += std::abs(term);
        }
  }

  Matrix left(bool transposed = false) const { return {m_, k_, transposed, 1}; }
  Matrix right(bool transposed = false) const { return {k_, n_, transposed, 2}; }
  int64_t stride() const { return n_ + 5; }
  int64_t m() const { return m_; }

  std::vector<float> multiply(const Matrix& a, const Matrix& b, bool accumulate = true) const {
    std::vector<float> c = start_;
    gemm(m_, n_, k_, a.operand(), b.operand(), c.data(), stride(), accumulate);
    return c;
  }
  // Rows [first, first + rows) by gemm_step.
  std::vector<float> step(int64_t first, int64_t rows, const Matrix& a, const PackedMatrix& b,
                          bool accumulate = true) const {
    const auto begin = start_.begin() + first * stride();
    std::vector<float> c(begin, begin + rows * stride());
    const Operand o = a.operand();
    gemm_step(rows, {o.data + first * o.row, o.row, o.column}, b, c.data(), stride(), accumulate);
    return c;
  }
  PackedMatrix packed(const Matrix& b) const { return {k_, n_, b.operand()}; }

  // A sum of k products and a start, rounded at each operation, is off by at most
  // (k + 1) · 2^-24 · (sum of their sizes), up to terms of second order (Higham, 2002, chapter 3).
  void expect_right(const std::vector<float>& c, bool accumulate) const {
    for (int64_t i = 0; i < m_; ++i)
      for (int64_t j = 0; j < stride(); ++j) {
        const auto at = static_cast<size_t>(i * stride() + j), in = static_cast<size_t>(i * n_ + j);
        if (j >= n_) {
          if (c[at] != guard) FAIL() << "written beyond row " << i;
          continue;
        }
        const double old = accumulate ? start_[at] : 0;
        const double error = std::abs(c[at] - (sums_[in] + old)),
                     bound = 1.01 * static_cast<double>(k_ + 1) * 0x1p-24 *
                             (sizes_[in] + std::abs(old));
        if (!(error <= bound))
          FAIL() << i << ", " << j << ": error " << error << ", at most " << bound;
      }
  }

  void expect_right_in_every_form() const {
    for (const bool transpose_a : {false, true})
      for (const bool transpose_b : {false, true})
        for (const bool accumulate : {false, true}) {
          SCOPED_TRACE(testing::Message()
                       << m_ << " x " << n_ << " x " << k_ << ", transposed " << transpose_a
                       << transpose_b << ", accumulate " << accumulate);
          const Matrix a = left(transpose_a), b = right(transpose_b);
          const std::vector<float> c = multiply(a, b, accumulate);
          expect_right(c, accumulate);
          EXPECT_TRUE(same_bits(c, step(0, m_, a, packed(b), accumulate)));
        }
  }

 private:
  int64_t m_, n_, k_;
  std::vector<double> sums_, sizes_;  // [m, n], the products and the sums of the terms' sizes
  std::vector<float> start_;          // [m, n + 5], what is in c before; the guard between the rows
};

// Every form at sizes around those of tiles (12 and 6 rows, 32, 16, 8 and 2 columns) and blocks (48
// rows, 8 panels, a depth of 256).
TEST(Gemm, AgreesWithDoubleAtEverySize) {
  for (const int64_t m : {0, 1, 5, 13, 49})
    for (const int64_t n : {0, 1, 17, 33, 130})
      for (const int64_t k : {0, 1, 7, 256, 300}) {
        const Product product(m, n, k);
        for_each_target([&] { product.expect_right_in_every_form(); });
      }
}

TEST(Gemm, AgreesWithDoubleOverSeveralBlocks) {
  const Product product(61, 290, 520);
  for_each_target([&] { product.expect_right_in_every_form(); });
}

TEST(Gemm, HasTheSameBitsForAnyNumberOfThreads) {
  const Product product(131, 150, 290);
  const Matrix a = product.left(true), b = product.right(true);
  for_each_target([&] {
    std::vector<float> one;
    for (const int count : {1, 2, 3, 4}) {
      const ThreadScope scope(count);
      const std::vector<float> c = product.multiply(a, b);
      if (count == 1) one = c;
      EXPECT_TRUE(same_bits(one, c)) << count << " threads";
    }
  });
}

TEST(Gemm, ARowDoesNotDependOnTheOthers) {
  const Product product(61, 70, 290);
  const Matrix a = product.left(), b = product.right();
  for_each_target([&] {
    const std::vector<float> all = product.multiply(a, b);
    const PackedMatrix packed = product.packed(b);
    for (int64_t rows = 1; rows <= 14; ++rows)
      for (int64_t first = 0; first + rows <= product.m(); first += rows) {
        const std::vector<float> some = product.step(first, rows, a, packed);
        const auto same =
            std::span(all).subspan(static_cast<size_t>(first * product.stride()), some.size());
        EXPECT_TRUE(same_bits(some, same)) << rows << " rows from " << first;
      }
  });
}

// Nor on what is in them: not even a row of NaN or infinity reaches its neighbours.
TEST(Gemm, ARowThatIsNotFiniteStaysAlone) {
  constexpr int64_t m = 25, n = 19, k = 9;
  for_each_target([] {
    Rng rng(4);
    std::vector<float> a = normal_values(m * k, rng), c(m * n);
    const std::vector<float> b = normal_values(k * n, rng);
    std::fill_n(a.begin() + 7 * k, k, NAN);
    std::fill_n(a.begin() + 20 * k, k, INFINITY);
    gemm(m, n, k, plain(a.data(), k), plain(b.data(), n), c.data(), n, false);
    for (int64_t i = 0; i < m; ++i) {
      const auto row = std::span(c).subspan(static_cast<size_t>(i * n), n);
      EXPECT_EQ(std::ranges::all_of(row, [](float v) { return std::isfinite(v); }),
                i != 7 && i != 20)
          << i;
    }
  });
}

TEST(Gemm, WithoutAccumulateTheOldValuesDoNotMatter) {
  for (const int64_t k : {0, 3}) {
    const std::vector<float> a(static_cast<size_t>(2 * k), 1.0f);
    std::vector<float> c(6, NAN);
    gemm(2, 3, k, plain(a.data(), k), plain(a.data(), 0), c.data(), 3, false);
    EXPECT_EQ(c, std::vector<float>(6, static_cast<float>(k)));
  }
}

TEST(PackedMatrix, HasItsColumnsInPanelsFilledUpWithZeros) {
  for_each_target([] {
    constexpr int64_t k = 3, n = 37;
    const Matrix b(k, n, true, 5);
    const PackedMatrix packed(k, n, b.operand());
    EXPECT_EQ(packed.panels(), (n + packed.panel_width() - 1) / packed.panel_width());
    for (int64_t i = 0; i < k; ++i)
      for (int64_t j = 0; j < packed.panels() * packed.panel_width(); ++j)
        EXPECT_EQ(
            packed.panel(j /
                         packed.panel_width())[i * packed.panel_width() + j % packed.panel_width()],
            j < n ? b.at(i, j) : 0);
  });
}

// The panels follow the vectors, so this also shows that the tests above reach every target.
TEST(PackedMatrix, HasPanelsOfTwoVectors) {
  std::vector<int64_t> widths;
  for_each_target([&] {
    const float one = 1;
    widths.push_back(PackedMatrix(1, 1, plain(&one, 1)).panel_width());
  });
  EXPECT_TRUE(std::ranges::is_sorted(widths, std::greater()));
#if defined(__x86_64__)
  EXPECT_EQ(widths.back(), 2) << "the last target has no vectors";
#endif
}

}  // namespace
}  // namespace cadena::kernels
