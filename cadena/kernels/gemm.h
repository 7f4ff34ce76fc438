// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "cadena/base/buffer.h"

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

/// The right operand of a product, [k, n], in the order in which the inner loop reads it: panels of
/// a few vectors of columns, k rows each, vectors that are not full filled up with zeros.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// Panels of neighbouring columns.
  PackedMatrix(int64_t k, int64_t n, Operand b);
  /// `groups` blocks of n columns beside each other in `b` (the gates of n units): a panel holds
  /// the same columns of every group, so that a unit has all its gates in one panel.
  static PackedMatrix grouped(int64_t k, int64_t n, int groups, Operand b);
  /// n columns of rows that stand anywhere.
  PackedMatrix(std::span<const float* const> rows, int64_t n);

  int64_t k() const { return k_; }
  int64_t n() const { return n_; }
  int64_t panel_width() const { return panel_width_; }
  int64_t panels() const { return panels_; }
  const float* panel(int64_t i) const { return values_.data() + i * panel_width_ * k_; }

 private:
  PackedMatrix(int64_t k, int64_t n, int groups, int64_t vectors);
  template <class Pack>
  void fill(int groups, const Pack& pack);

  int64_t k_ = 0, n_ = 0, panel_width_ = 1, panels_ = 0;
  Buffer values_;
};

/// What a product is added to: nothing, one row for all (stride 0), or a matrix.
struct Start {
  const float* data = nullptr;
  int64_t stride = 0;

  /// What stands from row i and column j on.
  Start from(int64_t i, int64_t j) const {
    return {data ? data + i * stride + j : nullptr, stride};
  }
};

/// c [m, n] = start + a [m, k] · b [k, n]; c may be the start. Each element is one chain of (fused,
/// where the processor has it) multiply-adds over rising k, so it depends neither on the other rows
/// nor on how the work is split.
void gemm(int64_t m, Operand a, const PackedMatrix& b, float* c, int64_t c_stride, Start start);
/// The same on the calling thread, which neither waits nor allocates.
void gemm_alone(int64_t m, Operand a, const PackedMatrix& b, float* c, int64_t c_stride,
                Start start);
inline void gemm(int64_t m, int64_t n, int64_t k, Operand a, Operand b, float* c, int64_t c_stride,
                 Start start = {}) {
  gemm(m, a, PackedMatrix(k, n, b), c, c_stride, start);
}
/// c += a · b; c has no gaps between its rows.
inline void gemm_add(int64_t m, Operand a, const PackedMatrix& b, Accumulator c) {
  gemm(m, a, b, c.data, b.n(), c.holds ? Start{c.data, b.n()} : Start{});
}
inline void gemm_add(int64_t m, int64_t n, int64_t k, Operand a, Operand b, Accumulator c) {
  gemm_add(m, a, PackedMatrix(k, n, b), c);
}

}  // namespace cadena::kernels
