// SPDX-License-Identifier: MIT
#include "cadena/kernels/packed_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "tests/kernels/targets.h"
#include "tests/support/random.h"

// Panels of float32 are tested in gemm_test.cc.
namespace cadena::kernels {
namespace {

using Values = std::vector<float>;

uint16_t upper_half(float v) { return static_cast<uint16_t>(std::bit_cast<uint32_t>(v) >> 16); }

// To 8 significant bits as IEEE 754 has it: the nearest, ties to even, what is too large infinite.
float rounded(float v) {
  if (!std::isfinite(v)) return v;
  constexpr int significant = 8, smallest = -125;
  int exponent = 0;
  std::frexp(v, &exponent);
  const int unit = std::max(exponent, smallest) - significant;
  return static_cast<float>(std::ldexp(std::nearbyint(std::ldexp(double{v}, -unit)), unit));
}

std::vector<uint16_t> narrowed(const Values& values) {
  const auto count = std::ssize(values);
  Values to(static_cast<size_t>(paired_size(count)), NAN);
  to_bfloat16(1, count, values.data(), count, to.data());
  std::vector<uint16_t> halves(2 * to.size());
  std::memcpy(halves.data(), to.data(), to.size() * sizeof(float));
  return halves;
}

void expect_rounded(const Values& values) {
  std::vector<uint16_t> wanted;
  for (const float v : values) wanted.push_back(upper_half(rounded(v)));
  for_each_target([&] {
    const std::vector<uint16_t> got = narrowed(values);
    for (size_t i = 0; i < values.size(); ++i) {
      const auto v = std::bit_cast<float>(uint32_t{got[i]} << 16);
      if (std::isnan(values[i]))
        ASSERT_TRUE(std::isnan(v) && std::signbit(v) == std::signbit(values[i])) << i;
      else
        ASSERT_EQ(got[i], wanted[i]) << values[i] << " became " << v;
    }
  });
}

// Every bfloat16 number, so infinities and NaN as well, with nothing after it, and on and beside
// both ends and the middle of what rounds.
TEST(ToBfloat16, RoundsToTheNearestAndTiesToEven) {
  Values values;
  for (uint32_t half = 0; half < 0x10000; ++half)
    for (const uint32_t rest : {0x0000, 0x0001, 0x7FFF, 0x8000, 0x8001, 0xFFFF})
      values.push_back(std::bit_cast<float>(half << 16 | rest));
  expect_rounded(values);
}

TEST(ToBfloat16, RoundsAnyBits) {
  Rng rng(1);
  Values values(100003);
  for (float& value : values) value = std::bit_cast<float>(rng.next());
  expect_rounded(values);
}

TEST(ToBfloat16, FillsRowsUpWithZeros) {
  constexpr int64_t rows = 3, gap = 5;
  constexpr float guard = -777;
  for_each_target([&] {
    for (const int64_t values : {0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65}) {
      const int64_t stride = values + gap, wide = 2 * paired_size(values);
      const Values from(static_cast<size_t>(rows * stride), 1.0f);
      Values to(static_cast<size_t>(rows * paired_size(values) + 1), guard);
      to_bfloat16(rows, values, from.data(), stride, to.data());
      EXPECT_EQ(to.back(), guard);
      std::vector<uint16_t> halves(static_cast<size_t>(rows * wide) + 1);
      std::memcpy(halves.data(), to.data(), (halves.size() - 1) * sizeof(uint16_t));
      for (int64_t i = 0; i < rows * wide; ++i)
        ASSERT_EQ(halves[static_cast<size_t>(i)], i % wide < values ? upper_half(1) : 0)
            << values << " values, number " << i;
    }
  });
}

// A matrix [k, groups·n] in every way of packing it.
struct Source {
  int64_t k, n;
  int groups;
  Values values;

  Source(int64_t rows, int64_t columns, int beside) : k(rows), n(columns), groups(beside) {
    Rng rng(2);
    values = normal_values(k * groups * n, rng);
    for (int64_t i = 0; i < k && n > 1; ++i) at(i, 1) = 0;
    for (int64_t i = 0; i < k && n > 2; ++i) at(i, 2) = -std::abs(at(i, 2));
  }
  float& at(int64_t i, int64_t j) { return values[static_cast<size_t>(i * groups * n + j)]; }

  // Calls test(packed).
  template <class Test>
  void in_every_form(Precision precision, const Test& test) const {
    const int64_t columns = groups * n;
    Values turned(values.size());
    std::vector<const float*> rows;
    for (int64_t i = 0; i < k; ++i) {
      rows.push_back(values.data() + i * columns);
      for (int64_t j = 0; j < columns; ++j) turned[static_cast<size_t>(j * k + i)] = rows.back()[j];
    }
    for (const Operand& b : {plain(values.data(), columns), transposed(turned.data(), k)}) {
      test(PackedMatrix::grouped(k, n, groups, b, precision));
      if (groups == 1) test(PackedMatrix(k, n, b, precision));
    }
    if (groups == 1) test(PackedMatrix(rows, n, precision));
  }
};

// Calls test(source, packed, panel, column of the panel, column of the source or -1 for none) for
// each column of each panel.
template <class Test>
void for_each_column(Precision precision, const Test& test) {
  for_each_target([&] {
    for (const int64_t k : {0, 1, 2, 5, 8, 1031})
      for (const int64_t n : {0, 1, 3, 16, 37, 150})
        for (const int groups : {1, 3, 4}) {
          SCOPED_TRACE(testing::Message() << k << " x " << groups << " x " << n);
          Source source(k, n, groups);
          source.in_every_form(precision, [&](const PackedMatrix& packed) {
            const int64_t width = packed.panel_width(), columns = width / groups;
            ASSERT_EQ(packed.panels(), (n + columns - 1) / columns);
            for (int64_t i = 0; i < packed.panels() * width; ++i) {
              const int64_t j = i / width * columns + i % columns;
              test(source, packed, i / width, i % width, j < n ? i % width / columns * n + j : -1);
              if (testing::Test::HasFatalFailure()) return;
            }
          });
        }
  });
}

TEST(PackedMatrix, HasPairsOfBfloat16) {
  for_each_column(Precision::bfloat16, [](Source& source, const PackedMatrix& packed, int64_t panel,
                                          int64_t column, int64_t j) {
    EXPECT_EQ(packed.scales(panel), nullptr);
    const auto wanted = [&](int64_t i) {
      return i < source.k && j >= 0 ? upper_half(rounded(source.at(i, j))) : uint32_t{0};
    };
    ASSERT_EQ(packed.rows(source.k), (source.k + 1) / 2);
    for (int64_t i = 0; i < source.k; i += 2) {
      const float pair = packed.panel(panel, i / 4 * 4)[i % 4 / 2 * packed.panel_width() + column];
      ASSERT_EQ(std::bit_cast<uint32_t>(pair), wanted(i + 1) << 16 | wanted(i))
          << "rows " << i << " and the next, column " << j;
    }
  });
}

TEST(PackedMatrix, HasBytesWithinHalfAStepOfTheWeights) {
  for_each_column(Precision::int8, [](Source& source, const PackedMatrix& packed, int64_t panel,
                                      int64_t column, int64_t j) {
    float most = 0;
    for (int64_t i = 0; i < source.k && j >= 0; ++i)
      most = std::max(most, std::abs(source.at(i, j)));
    const float scale = packed.scales(panel)[column];
    ASSERT_FLOAT_EQ(scale, most / 127);
    for (int64_t i = 0; i < source.k; ++i) {
      const auto* const row = reinterpret_cast<const int8_t*>(packed.panel(panel, i / 4 * 4));
      const float byte = row[i % 4 * packed.panel_width() + column];
      const float weight = j < 0 ? 0 : source.at(i, j);
      ASSERT_LE(std::abs(byte), 127);
      ASSERT_NEAR(byte * scale, weight, 0.5001f * scale) << i << ", " << j;
    }
  });
}

// Tasks have no subnormal numbers, so a column whose step would be one is a column of zeros.
TEST(PackedMatrix, OfNumbersThatAreAsGoodAsNoneNothingIsLeft) {
  for_each_target([] {
    for (const float size : {1e-45f, 1e-38f, 2e-37f, 4e-37f, 1e-36f, 2e-36f}) {
      const Values column{size, 0, -size};
      const PackedMatrix packed(3, 1, plain(column.data(), 1), Precision::int8);
      const auto* const bytes = reinterpret_cast<const int8_t*>(packed.panel(0));
      const int wanted = size > 1.5e-36f ? 127 : 0;
      EXPECT_EQ(packed.scales(0)[0] > 0, wanted > 0) << size;
      for (int i = 0; i < 3; ++i)
        EXPECT_EQ(bytes[i * packed.panel_width()], (1 - i) * wanted) << size << ", row " << i;
    }
  });
}

}  // namespace
}  // namespace cadena::kernels
