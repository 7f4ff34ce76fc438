// SPDX-License-Identifier: MIT
#include "cadena/kernels/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

namespace cadena::kernels {
namespace {

constexpr float guard = -777;

// How a matrix is stored: row by row; column by column; the same with a page and more from column
// to column; with gaps between all values.
enum class Storage { plain, transposed, far, spread };
constexpr Storage storages[] = {Storage::plain, Storage::transposed, Storage::far, Storage::spread};

// A matrix [rows, columns] of random numbers with gaps between the rows of its storage. The numbers
// do not depend on the storage.
class Matrix {
 public:
  Matrix(int64_t rows, int64_t columns, Storage storage, uint64_t seed) {
    constexpr int64_t gap = 3, page = 1024;
    switch (storage) {
      case Storage::plain:
        row_ = columns + gap;
        break;
      case Storage::transposed:
        column_ = rows + gap;
        break;
      case Storage::far:
        column_ = rows + page;
        break;
      case Storage::spread:
        row_ = 2, column_ = 2 * rows + gap;
    }
    values_.assign(static_cast<size_t>(rows * row_ + columns * column_), NAN);
    Rng rng(seed);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        values_[static_cast<size_t>(i * row_ + j * column_)] = rng.uniform(-1, 1);
  }

  Operand operand() const { return {values_.data(), row_, column_}; }
  float at(int64_t i, int64_t j) const {
    return values_[static_cast<size_t>(i * row_ + j * column_)];
  }

 private:
  int64_t row_ = 1, column_ = 1;
  std::vector<float> values_;
};

// What a product is added to.
enum class Added { nothing, row, itself, other };
constexpr Added everything[] = {Added::nothing, Added::row, Added::itself, Added::other};

// A product of matrices, and what it should be.
class Product {
 public:
  Product(int64_t m, int64_t n, int64_t k)
      : m_(m), n_(n), k_(k), sums_(static_cast<size_t>(m * n)), sizes_(sums_) {
    Rng rng(3);
    start_ = normal_values(std::max<int64_t>(m, 1) * stride(), rng);
    for (size_t i = 0; i < start_.size(); ++i)
      if (static_cast<int64_t>(i) % stride() >= n) start_[i] = guard;
    const Matrix a = left(), b = right();
    for (int64_t i = 0; i < m; ++i)
      for (int64_t l = 0; l < k; ++l)
        for (int64_t j = 0; j < n; ++j) {
          const double term = static_cast<double>(a.at(i, l)) * b.at(l, j);
          sums_[static_cast<size_t>(i * n + j)] += term;
          sizes_[static_cast<size_t>(i * n + j)] += std::abs(term);
        }
  }

  Matrix left(Storage storage = Storage::plain) const { return {m_, k_, storage, 1}; }
  Matrix right(Storage storage = Storage::plain) const { return {k_, n_, storage, 2}; }
  int64_t stride() const { return n_ + 5; }
  int64_t m() const { return m_; }

  // Rows [first, first + rows) of the result, with the guard between them.
  std::vector<float> multiply(const Matrix& a, const PackedMatrix& b, Added added, int64_t first,
                              int64_t rows) const {
    const auto begin = start_.begin() + first * stride();
    std::vector<float> c(begin, begin + rows * stride());
    if (added != Added::itself)  // the old values do not matter
      std::ranges::replace_if(
          c, [](float v) { return v != guard; }, NAN);
    const Operand o = a.operand();
    gemm(rows, {o.data + first * o.row, o.row, o.column}, b, c.data(), stride(),
         start(added, first, c.data()));
    return c;
  }
  std::vector<float> multiply(const Matrix& a, const Matrix& b, Added added) const {
    return multiply(a, PackedMatrix(k_, n_, b.operand()), added, 0, m_);
  }

  // A sum of k products and a start, rounded at each operation, is off by at most
  // (k + 1) · 2^-24 · (sum of their sizes), up to terms of second order (Higham, 2002, chapter 3).
  void expect_right(const std::vector<float>& c, Added added) const {
    for (int64_t i = 0; i < m_; ++i)
      for (int64_t j = 0; j < stride(); ++j) {
        const auto at = static_cast<size_t>(i * stride() + j), in = static_cast<size_t>(i * n_ + j);
        if (j >= n_) {
          if (c[at] != guard) FAIL() << "written beyond row " << i;
          continue;
        }
        const double old = added == Added::nothing ? 0
                           : added == Added::row   ? start_[static_cast<size_t>(j)]
                                                   : start_[at];
        const double error = std::abs(c[at] - (sums_[in] + old)),
                     bound = 1.01 * static_cast<double>(k_ + 1) * 0x1p-24 *
                             (sizes_[in] + std::abs(old));
        if (!(error <= bound))
          FAIL() << i << ", " << j << ": error " << error << ", at most " << bound;
      }
  }

  void expect_right_in_every_form() const {
    for (const Storage storage_a : storages)
      for (const Storage storage_b : {Storage::plain, Storage::transposed}) {
        const Matrix a = left(storage_a), b = right(storage_b);
        for (const Added added : everything) {
          SCOPED_TRACE(testing::Message()
                       << m_ << " x " << n_ << " x " << k_ << ", stored "
                       << static_cast<int>(storage_a) << static_cast<int>(storage_b) << ", added "
                       << static_cast<int>(added));
          expect_right(multiply(a, b, added), added);
        }
      }
  }

 private:
  Start start(Added added, int64_t first, const float* c) const {
    switch (added) {
      case Added::nothing:
        return {};
      case Added::row:
        return {start_.data(), 0};
      case Added::itself:
        return {c, stride()};
      case Added::other:
        return {start_.data() + first * stride(), stride()};
    }
    return {};
  }

  int64_t m_, n_, k_;
  std::vector<double> sums_, sizes_;  // [m, n], the products and the sums of the terms' sizes
  std::vector<float> start_;          // [m, n + 5], what is added; the guard between the rows
};

// Every form at sizes around those of tiles (6 rows; 64, 32, 16, 8 and 2 columns) and blocks (12
// to 96 rows, 8 panels).
TEST(Gemm, AgreesWithDoubleAtEverySize) {
  for (const int64_t m : {0, 1, 5, 6, 13, 97})
    for (const int64_t n : {0, 1, 17, 33, 64, 130})
      for (const int64_t k : {0, 1, 7, 130}) {
        const Product product(m, n, k);
        for_each_target([&] { product.expect_right_in_every_form(); });
      }
}

// More than 8 panels, and than one and two stretches of 512 in depth.
TEST(Gemm, AgreesWithDoubleOverSeveralBlocks) {
  for (const Product& product : {Product(61, 530, 520), Product(14, 150, 1030)})
    for_each_target([&] { product.expect_right_in_every_form(); });
}

TEST(Gemm, HasTheSameBitsForAnyNumberOfThreads) {
  const Product product(131, 150, 530);
  const Matrix b = product.right(Storage::transposed);
  for (const Storage storage : {Storage::transposed, Storage::far}) {
    const Matrix a = product.left(storage);
    for_each_target([&] {
      std::vector<float> one;
      for (const int count : {1, 2, 3, 4}) {
        const ThreadScope scope(count);
        const std::vector<float> c = product.multiply(a, b, Added::itself);
        if (count == 1) one = c;
        EXPECT_TRUE(same_bits(one, c)) << count << " threads";
      }
    });
  }
}

// Each element is one chain over rising k, wherever its operands and its start stand.
TEST(Gemm, HasTheSameBitsForAnyStorage) {
  const Product product(61, 150, 530);
  for_each_target([&] {
    const std::vector<float> plain =
        product.multiply(product.left(), product.right(), Added::itself);
    for (const Storage a : storages)
      for (const Storage b : storages)
        for (const Added added : {Added::itself, Added::other})
          EXPECT_TRUE(same_bits(plain, product.multiply(product.left(a), product.right(b), added)));
  });
}

TEST(Gemm, ARowDoesNotDependOnTheOthers) {
  const Product product(61, 150, 530);
  for (const Storage storage : {Storage::plain, Storage::far}) {
    const Matrix a = product.left(storage), b = product.right();
    for_each_target([&] {
      const std::vector<float> all = product.multiply(a, b, Added::other);
      const PackedMatrix packed(530, 150, b.operand());
      for (int64_t rows = 1; rows <= 14; ++rows)
        for (int64_t first = 0; first + rows <= product.m(); first += rows) {
          const std::vector<float> some = product.multiply(a, packed, Added::other, first, rows);
          const auto same =
              std::span(all).subspan(static_cast<size_t>(first * product.stride()), some.size());
          EXPECT_TRUE(same_bits(some, same)) << rows << " rows from " << first;
        }
    });
  }
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
    gemm(m, n, k, plain(a.data(), k), plain(b.data(), n), c.data(), n);
    for (int64_t i = 0; i < m; ++i) {
      const auto row = std::span(c).subspan(static_cast<size_t>(i * n), n);
      EXPECT_EQ(std::ranges::all_of(row, [](float v) { return std::isfinite(v); }),
                i != 7 && i != 20)
          << i;
    }
  });
}

TEST(Gemm, SetsOrAdds) {
  for (const int64_t k : {0, 3}) {
    const std::vector<float> ones(static_cast<size_t>(2 * k), 1.0f);
    const Operand a = plain(ones.data(), k), b = plain(ones.data(), 0);
    const auto sum = static_cast<float>(k);
    std::vector<float> c(6, NAN);
    gemm(2, 3, k, a, b, c.data(), 3);
    EXPECT_EQ(c, std::vector<float>(6, sum));
    gemm_add(2, 3, k, a, b, {c.data(), true});
    EXPECT_EQ(c, std::vector<float>(6, 2 * sum));
    gemm_add(2, 3, k, a, b, {c.data(), false});
    EXPECT_EQ(c, std::vector<float>(6, sum));
    const std::vector<float> row{5, 6, 7};
    gemm(2, 3, k, a, b, c.data(), 3, {row.data(), 0});
    EXPECT_EQ(c, (std::vector<float>{5 + sum, 6 + sum, 7 + sum, 5 + sum, 6 + sum, 7 + sum}));
  }
}

// Column j of group g in a panel: `groups` times the same columns, filled up with zeros.
void expect_panels(const PackedMatrix& packed, const Matrix& b, int64_t k, int64_t n, int groups) {
  const int64_t width = packed.panel_width(), columns = width / groups;
  ASSERT_EQ(packed.k(), k);
  ASSERT_EQ(packed.n(), n);
  ASSERT_EQ(columns * groups, width);
  ASSERT_EQ(packed.panels(), (n + columns - 1) / columns);
  for (int64_t i = 0; i < k; ++i)
    for (int64_t g = 0; g < groups; ++g)
      for (int64_t j = 0; j < packed.panels() * columns; ++j)
        ASSERT_EQ(packed.panel(j / columns)[i * width + g * columns + j % columns],
                  j < n ? b.at(i, g * n + j) : 0)
            << "row " << i << ", column " << j << " of group " << g;
}

TEST(PackedMatrix, HasItsColumnsInPanelsFilledUpWithZeros) {
  for_each_target([] {
    for (const int64_t k : {0, 1, 3, 4, 5, 9})
      for (const int64_t n : {0, 1, 3, 4, 16, 37, 150})
        for (const int groups : {1, 3, 4})
          for (const Storage storage : storages) {
            SCOPED_TRACE(testing::Message() << k << " x " << groups << " x " << n << ", stored "
                                            << static_cast<int>(storage));
            const Matrix b(k, groups * n, storage, 5);
            expect_panels(PackedMatrix::grouped(k, n, groups, b.operand()), b, k, n, groups);
            if (groups == 1) expect_panels(PackedMatrix(k, n, b.operand()), b, k, n, 1);
          }
  });
}

TEST(PackedMatrix, TakesRowsThatStandAnywhere) {
  for_each_target([] {
    for (const int64_t k : {0, 1, 5})
      for (const int64_t n : {0, 1, 16, 37, 150}) {
        const Matrix b(k, n, Storage::plain, 6);
        std::vector<std::vector<float>> rows;
        std::vector<const float*> places;
        for (int64_t i = 0; i < k; ++i) {
          std::vector<float>& row = rows.emplace_back(static_cast<size_t>(n));
          for (int64_t j = 0; j < n; ++j) row[static_cast<size_t>(j)] = b.at(i, j);
        }
        for (const std::vector<float>& row : rows) places.push_back(row.data());
        expect_panels(PackedMatrix(places, n), b, k, n, 1);
      }
  });
}

// The panels follow the vectors, so this also shows that the tests above reach every target.
TEST(PackedMatrix, HasPanelsOfAFewVectors) {
  std::vector<int64_t> sizes;
  for_each_target([&] {
    const float values[3] = {};
    const int64_t lanes = PackedMatrix::grouped(1, 1, 3, plain(values, 3)).panel_width() / 3;
    EXPECT_EQ(PackedMatrix(1, 1, plain(values, 1)).panel_width(), (lanes == 16 ? 4 : 2) * lanes);
    EXPECT_EQ(PackedMatrix::grouped(1, 1, 1, plain(values, 1)).panel_width(), 2 * lanes);
    sizes.push_back(lanes);
  });
  EXPECT_TRUE(std::ranges::is_sorted(sizes, std::greater()));
#if defined(__x86_64__)
  EXPECT_EQ(sizes.back(), 1) << "the last target has no vectors";
#endif
}

}  // namespace
}  // namespace cadena::kernels
