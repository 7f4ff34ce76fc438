// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "cadena/base/buffer.h"
#include "cadena/base/compute.h"

namespace cadena::kernels {

/// An operand of a product: element (i, j) is data[i * row + j * column].
struct Operand {
  const float* data;
  int64_t row, column;

  /// What stands from row i and column j on.
  Operand from(int64_t i, int64_t j) const { return {data + i * row + j * column, row, column}; }
};
/// A row-major matrix as it stands, `stride` floats from row to row, and its transpose.
inline Operand plain(const float* data, int64_t stride) { return {data, stride, 1}; }
inline Operand transposed(const float* data, int64_t stride) { return {data, 1, stride}; }

/// The right operand of a product, [k, n], in the order and the precision in which the inner loop
/// reads it: panels of a few vectors of columns, vectors that are not full filled up with zeros. A
/// panel has a row of floats for each of k; in bfloat16 one for each two of k, side by side in the
/// place of a float; in int8 rows of bytes, whose values a scale for each column multiplies.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// Panels of neighbouring columns.
  PackedMatrix(int64_t k, int64_t n, Operand b, Precision precision = Precision::single);
  /// `groups` blocks of n columns beside each other in `b` (the gates of n units): a panel holds
  /// the same columns of every group, so that a unit has all its gates in one panel.
  static PackedMatrix grouped(int64_t k, int64_t n, int groups, Operand b,
                              Precision precision = Precision::single);
  /// n columns of rows that stand anywhere.
  PackedMatrix(std::span<const float* const> rows, int64_t n,
               Precision precision = Precision::single);

  int64_t k() const { return k_; }
  int64_t n() const { return n_; }
  Precision precision() const { return precision_; }
  int64_t panel_width() const { return panel_width_; }
  int64_t panels() const { return panels_; }
  /// Floats that all panels together take.
  int64_t size() const { return values_.size(); }
  /// Panel number i from row k of the matrix on, a multiple of 4.
  const float* panel(int64_t i, int64_t k = 0) const {
    const int64_t before = rows(k) * panel_width_;
    return values_.data() + i * panel_size_ + (precision_ == Precision::int8 ? before / 4 : before);
  }
  /// Of a panel's columns; null except for int8.
  const float* scales(int64_t i) const {
    return scales_ ? scales_.data() + i * panel_width_ : nullptr;
  }

  /// Rows of a panel that a product over `depth` of k reads.
  int64_t rows(int64_t depth) const {
    return precision_ == Precision::bfloat16 ? (depth + 1) / 2 : depth;
  }

 private:
  PackedMatrix(int64_t k, int64_t n, int groups, int64_t vectors, Precision precision);
  template <class Pack>
  void fill(int groups, const Pack& pack);

  int64_t k_ = 0, n_ = 0, panel_width_ = 1, panel_size_ = 0, panels_ = 0;
  Precision precision_ = Precision::single;
  Buffer values_, scales_;
};

/// `values` of float rows, `stride` apart, as bfloat16 numbers side by side; a row of `to` has
/// paired_size(values) floats, of which those after the values are zero.
void to_bfloat16(int64_t rows, int64_t values, const float* from, int64_t stride, float* to);
/// Floats of a row of bfloat16 numbers: whole cache lines.
constexpr int64_t paired_size(int64_t values) { return (values + 31) / 32 * 16; }

}  // namespace cadena::kernels
