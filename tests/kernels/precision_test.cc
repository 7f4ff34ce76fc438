// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cadena/kernels/gemm.h"
#include "cadena/kernels/recurrent.h"
#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

// Products in bfloat16 and with weights in int8.
namespace cadena::kernels {
namespace {

using Values = std::vector<float>;

constexpr float guard = -777;

float& at(Values& values, int64_t i) { return values[static_cast<size_t>(i)]; }
float at(const Values& values, int64_t i) { return values[static_cast<size_t>(i)]; }

// To 8 significant bits, ties to even.
float rounded(float v) {
  int exponent = 0;
  const float mantissa = std::frexp(v, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(mantissa, 8)), exponent - 8);
}

// sum + a · b over pairs of k, the upper one first. Products of bfloat16 numbers are exact in
// float32, so it does not matter whether the processor fuses them with their sums.
float chain(float sum, int64_t k, const Operand& a, const Operand& b) {
  const auto product = [&](int64_t p) {
    return p < k ? rounded(a.data[p * a.column]) * rounded(b.data[p * b.row]) : 0;
  };
  for (int64_t p = 0; p < k; p += 2) sum = (sum + product(p + 1)) + product(p);
  return sum;
}

// How a matrix is stored: row by row; column by column; the same with a page and more from column
// to column.
enum class Storage { plain, transposed, far };

// A matrix [rows, columns] of random numbers with gaps of NaN.
class Matrix {
 public:
  Matrix(int64_t rows, int64_t columns, Storage storage, uint64_t seed)
      : row_(storage == Storage::plain ? columns + 3 : 1),
        column_(storage == Storage::plain ? 1 : rows + (storage == Storage::far ? 1024 : 3)),
        values_(static_cast<size_t>(rows * row_ + columns * column_), NAN) {
    Rng rng(seed);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j) at(values_, i * row_ + j * column_) = rng.normal();
  }
  Operand operand() const { return {values_.data(), row_, column_}; }

 private:
  int64_t row_, column_;
  Values values_;
};

// What a product is added to.
enum class Added { nothing, row, itself, other };

// c [m, n] = start + a · b, with guards around the rows of c, in one precision.
struct Product {
  int64_t m, n, k, stride = n + 5;
  Precision precision = Precision::bfloat16;
  Values old = random();  // what is added, between guards

  Values random() const {
    Rng rng(3);
    Values values(static_cast<size_t>((m + 2) * stride), guard);
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) at(values, (i + 1) * stride + j) = rng.normal();
    return values;
  }

  Values multiply(Operand a, const PackedMatrix& b, Added added) const {
    Values all = old;
    float* const c = all.data() + stride;
    const float* const other = old.data() + stride;
    const Start starts[] = {{}, {other, 0}, {c, stride}, {other, stride}};
    gemm(m, a, b, c, stride, starts[static_cast<size_t>(added)]);
    return all;
  }

  // fold(sum, a from row i on, b from column j on) for each element.
  template <class Fold>
  Values reference(Operand a, Operand b, Added added, const Fold& fold) const {
    Values all = old;
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        const int64_t here = (i + 1) * stride + j;
        const float sum = added == Added::nothing ? 0
                          : added == Added::row   ? at(old, stride + j)
                                                  : at(old, here);
        at(all, here) = fold(sum, a.from(i, 0), b.from(0, j));
      }
    return all;
  }

  // Of numbers that do not depend on how they are stored.
  Matrix left(Storage storage = Storage::plain) const { return {m, k, storage, 1}; }
  Matrix right(Storage storage = Storage::plain) const { return {k, n, storage, 2}; }

  // Calls test(b) for each way of packing the right operand.
  template <class Test>
  void for_each_packed(const Test& test) const {
    const Matrix b = right(), turned = right(Storage::transposed), far = right(Storage::far);
    for (const Matrix* one : {&b, &turned, &far})
      test(PackedMatrix(k, n, one->operand(), precision));
    std::vector<const float*> rows;
    for (int64_t i = 0; i < k; ++i) rows.push_back(b.operand().from(i, 0).data);
    test(PackedMatrix(rows, n, precision));
  }

  void expect_one_chain() const {
    SCOPED_TRACE(testing::Message() << m << " x " << n << " x " << k);
    for (const Added added : {Added::nothing, Added::row, Added::itself, Added::other}) {
      const Values wanted =
          reference(left().operand(), right().operand(), added,
                    [this](float sum, Operand a, Operand b) { return chain(sum, k, a, b); });
      for_each_target([&] {
        for (const Storage storage : {Storage::plain, Storage::transposed, Storage::far}) {
          const Matrix a = left(storage);
          for_each_packed([&](const PackedMatrix& b) {
            ASSERT_TRUE(same_bits(multiply(a.operand(), b, added), wanted))
                << "stored " << static_cast<int>(storage) << ", added " << static_cast<int>(added);
          });
        }
      });
    }
  }
};

// Sizes around those of tiles (1 to 6 rows; 64, 32, 16, 8 and 2 columns) and blocks (12 to 96).
TEST(Bfloat16Gemm, IsOneChainOverPairs) {
  for (const int64_t m : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 97})
    for (const int64_t n : {1, 17, 64, 83})
      for (const int64_t k : {0, 1, 2, 7, 33}) Product{m, n, k}.expect_one_chain();
}

// More than 8 panels, than 96 rows twice, and than one and two stretches of 1024 in depth.
TEST(Bfloat16Gemm, IsOneChainOverSeveralBlocks) {
  for (const Product& product :
       {Product{200, 37, 130}, {13, 530, 65}, {14, 70, 1024}, {7, 35, 1025}, {97, 17, 2051}})
    product.expect_one_chain();
}

TEST(NarrowGemm, HasTheSameBitsForAnyNumberOfThreads) {
  for (const Precision precision : {Precision::bfloat16, Precision::int8})
    for (const Storage storage : {Storage::plain, Storage::far})
      for_each_target([&] {
        const Product product{.m = 131, .n = 150, .k = 1031, .precision = precision};
        const Matrix a = product.left(storage), b = product.right();
        Values one;
        for (const int count : {1, 2, 4}) {
          const ThreadScope scope(count);
          const PackedMatrix packed(product.k, product.n, b.operand(), precision);
          const Values c = product.multiply(a.operand(), packed, Added::itself);
          if (count == 1) one = c;
          EXPECT_TRUE(same_bits(one, c)) << count << " threads";
        }
      });
}

TEST(NarrowGemm, ARowDoesNotDependOnTheOthers) {
  for (const Precision precision : {Precision::bfloat16, Precision::int8})
    for (const Storage storage : {Storage::plain, Storage::transposed})
      for_each_target([&] {
        const Product product{.m = 25, .n = 37, .k = 1031, .precision = precision};
        const Matrix a = product.left(storage), b = product.right();
        const PackedMatrix packed(product.k, product.n, b.operand(), precision);
        const Values all = product.multiply(a.operand(), packed, Added::nothing);
        for (int64_t i = 0; i < product.m; ++i) {
          Values c(static_cast<size_t>(product.n));
          gemm_alone(1, a.operand().from(i, 0), packed, c.data(), product.n, {});
          EXPECT_TRUE(same_bits(
              c, std::span(all).subspan(static_cast<size_t>((i + 1) * product.stride), c.size())));
        }
      });
}

// A weight is off by at most half a step of max / 127, and what sums of k floats and a start round
// off is at most (k + 2) · 2^-24 of their sizes.
TEST(Int8Gemm, IsOffByHalfAStepOfEachWeight) {
  for (const Product& product :
       {Product{5, 37, 0}, {13, 130, 7}, {97, 37, 512}, {7, 83, 513}, {25, 17, 1031}})
    for_each_target([&] {
      Product p = product;
      p.precision = Precision::int8;
      const Matrix a = p.left(Storage::transposed), b = p.right();
      const Operand left = a.operand();
      p.for_each_packed([&](const PackedMatrix& packed) {
        const Values c = p.multiply(left, packed, Added::row);
        for (int64_t i = 0; i < p.m; ++i)
          for (int64_t j = 0; j < p.n; ++j) {
            double most = 0, sizes = 0, product_sizes = 0, start = at(p.old, p.stride + j);
            double sum = start;
            for (int64_t l = 0; l < p.k; ++l) {
              const double x = left.from(i, l).data[0], w = b.operand().from(l, j).data[0];
              most = std::max(most, std::abs(w));
              sum += x * w, sizes += std::abs(x), product_sizes += std::abs(x * w);
            }
            const auto depth = static_cast<double>(p.k + 2);
            ASSERT_NEAR(at(c, (i + 1) * p.stride + j), sum,
                        0.5001 * most / 127 * sizes +
                            1.1 * depth * 0x1p-24 * (product_sizes + std::abs(start)));
          }
      });
    });
}

// Weights in steps and activations of a few bits: each product, each sum and the scale, a power of
// two, are exact.
TEST(Int8Gemm, IsExactWhereItsStepsAre) {
  for_each_target([] {
    constexpr int64_t m = 13, n = 37, k = 1031;
    Rng rng(5);
    Values a(m * k), b(k * n);
    for (float& v : a) v = static_cast<float>(rng.below(15)) - 7;
    for (float& v : b) v = (static_cast<float>(rng.below(255)) - 127) / 64;
    for (int64_t j = 0; j < n; ++j) at(b, j) = 127.0f / 64;
    Values wanted, c(m * n);
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        float sum = 0;
        for (int64_t l = 0; l < k; ++l) sum += at(a, i * k + l) * at(b, l * n + j);
        wanted.push_back(sum);
      }
    gemm(m, n, k, plain(a.data(), k), plain(b.data(), n), c.data(), n, {}, Precision::int8);
    EXPECT_EQ(c, wanted);
  });
}

// It reaches what is computed from it and nothing else.
TEST(NarrowGemm, WhatIsNotFiniteStaysSo) {
  constexpr int64_t m = 13, n = 37, k = 600, row = 7, column = 20;
  for (const Precision precision : {Precision::single, Precision::bfloat16, Precision::int8})
    for_each_target([&] {
      Rng rng(4);
      const Values a = normal_values(m * k, rng), b = normal_values(k * n, rng);
      for (const float bad : {NAN, -NAN, INFINITY, -INFINITY})
        for (const int64_t at_k : {int64_t{0}, k / 2, k - 1})
          for (const bool weight : {false, true}) {
            Values left = a, right = b, c(m * n);
            (weight ? at(right, at_k * n + column) : at(left, row * k + at_k)) = bad;
            gemm(m, n, k, plain(left.data(), k), plain(right.data(), n), c.data(), n, {},
                 precision);
            for (int64_t i = 0; i < m * n; ++i)
              ASSERT_EQ(std::isfinite(at(c, i)), weight ? i % n != column : i / n != row)
                  << "precision " << static_cast<int>(precision) << ", " << bad << " at "
                  << (weight ? "weight " : "activation ") << at_k << ": " << at(c, i);
          }
    });
}

// One row of one step of a cell, forth and back.
struct OneStep {
  const CellKernel& cell;
  int64_t hidden, gates = cell.spec.gates * hidden, rest = (cell.spec.states - 1) * hidden;
  Values weight, bias, own, x, s, carry, dy, du_after;
  Values next, save, dx, du, dw, ds;

  OneStep(const CellKernel& kernel, int64_t h) : cell(kernel), hidden(h) {
    Rng rng(6);
    weight = normal_values(gates * h, rng, 1 / std::sqrt(static_cast<float>(h)));
    for (Values* values : {&bias, &x, &du_after}) *values = normal_values(gates, rng);
    for (Values* values : {&s, &carry}) *values = normal_values(h + rest, rng);
    dy = normal_values(h, rng);
    own = dw = normal_values(cell.spec.own * h, rng);
    next = ds = Values(s.size());
    save = Values(static_cast<size_t>(cell.spec.saved * h));
    dx = du = Values(x.size());
  }

  template <class Float>
  States<Float> states(Float* values) const {
    return {values, hidden + rest, values + hidden, hidden + rest};
  }
  // Without a product the recurrent pre-activations are the bias, and the gradient of h that of the
  // carry.
  void run(Precision precision, bool product) {
    const auto pairs = [](const Values& values) {
      Values to(static_cast<size_t>(paired_size(std::ssize(values))), NAN);
      to_bfloat16(1, std::ssize(values), values.data(), 0, to.data());
      return to;
    };
    const bool narrow = precision == Precision::bfloat16;
    const Values paired = pairs({s.begin(), s.begin() + hidden}), after = pairs(du_after);
    Values next_paired(paired.size()), du_paired(after.size());
    const PackedMatrix forth = cell.pack_forward(hidden, weight.data(), precision),
                       back(gates, hidden, plain(weight.data(), hidden), precision);
    cell.forward({.weight = forth,
                  .bias = bias.data(),
                  .own = own.data(),
                  .hidden = hidden,
                  .rows = 1,
                  .product = product,
                  .x = x.data(),
                  .s = states<const float>(s.data()),
                  .next = states(next.data()),
                  .save = save.data(),
                  .paired = narrow ? paired.data() : nullptr,
                  .next_paired = narrow ? next_paired.data() : nullptr},
                 0, cell.forward_tiles(hidden, 1));
    if (cell.spec.summed) du = {};
    cell.backward({.weight = back,
                   .own = own.data(),
                   .hidden = hidden,
                   .rows = 1,
                   .du_after = !product ? nullptr : (narrow ? after : du_after).data(),
                   .carry = states<const float>(carry.data()),
                   .dy = dy.data(),
                   .dy_stride = hidden,
                   .s = states<const float>(s.data()),
                   .save = save.data(),
                   .dx = dx.data(),
                   .du = cell.spec.summed ? dx.data() : du.data(),
                   .dw = dw.data(),
                   .ds = states(ds.data()),
                   .du_paired = narrow ? du_paired.data() : nullptr},
                  0, cell.backward_tiles(hidden, 1));
    if (!narrow) return;
    EXPECT_TRUE(same_bits(next_paired, pairs({next.begin(), next.begin() + hidden})));
    EXPECT_TRUE(same_bits(du_paired, pairs(cell.spec.summed ? dx : du)));
  }
  // The products done by hand.
  void add_products() {
    for (int64_t gate = 0; gate < gates; ++gate)
      at(bias, gate) = chain(at(bias, gate), hidden, plain(s.data(), 0),
                             transposed(weight.data() + gate * hidden, hidden));
    for (int64_t j = 0; j < hidden; ++j)
      at(carry, j) =
          chain(at(carry, j), gates, plain(du_after.data(), 0), plain(weight.data() + j, hidden));
  }
};

class EveryNarrowStep : public testing::TestWithParam<std::string> {};
std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const CellKernel& kernel : cell_kernels())
    if (kernel.spec.recurrent) all.emplace_back(kernel.spec.name);
  return all;
}
INSTANTIATE_TEST_SUITE_P(Cells, EveryNarrowStep, testing::ValuesIn(names()),
                         [](const auto& info) { return info.param; });

// The same equations on products of rounded operands give the same bits, and h and du go on in
// bfloat16.
TEST_P(EveryNarrowStep, MultipliesRoundedOperands) {
  for_each_target([] {
    for (const int64_t hidden : {1, 2, 5, 16, 37, 300}) {
      SCOPED_TRACE(hidden);
      OneStep step(*find_cell(GetParam()), hidden), wanted = step;
      step.run(Precision::bfloat16, true);
      wanted.add_products();
      wanted.run(Precision::single, false);
      EXPECT_TRUE(same_bits(step.next, wanted.next) && same_bits(step.save, wanted.save));
      EXPECT_TRUE(same_bits(step.dx, wanted.dx) && same_bits(step.du, wanted.du));
      EXPECT_TRUE(same_bits(step.ds, wanted.ds) && same_bits(step.dw, wanted.dw));
    }
  });
}

}  // namespace
}  // namespace cadena::kernels
