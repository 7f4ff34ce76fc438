// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cadena/kernels/buffer.h"

namespace cadena::kernels {

/// An operand of a product: element (i, j) is data[i * row + j * column].
struct Operand {
  const float* data;
  int64_t row, column;
};
/// A row-major matrix as it stands, `stride` floats from row to row, and its transpose.
inline Operand plain(const float* data, int64_t stride) { return {data, stride, 1}; }
inline Operand transposed(const float* data, int64_t stride) { return {data, 1, stride}; }

/// The right operand of a product, [k, n], in the order in which the inner loop reads it: panels of
/// a few vectors of columns, k rows each, the last one filled up with zeros.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  PackedMatrix(int64_t k, int64_t n, Operand b);

  int64_t k() const { return k_; }
  int64_t n() const { return n_; }
  int64_t panel_width() const { return panel_width_; }
  int64_t panels() const { return (n_ + panel_width_ - 1) / panel_width_; }
  const float* panel(int64_t i) const { return values_.data() + i * panel_width_ * k_; }

 private:
  int64_t k_ = 0, n_ = 0, panel_width_ = 1;
  Buffer values_;
};

/// c [m, n] = a [m, k] · b [k, n], or += when `accumulate`. Each element is one chain of (fused,
/// where the processor has it) multiply-adds over rising k that starts at 0 or at c, so it depends
/// neither on the other rows nor on the number of threads.
void gemm(int64_t m, Operand a, const PackedMatrix& b, float* c, int64_t c_stride, bool accumulate);
inline void gemm(int64_t m, int64_t n, int64_t k, Operand a, Operand b, float* c, int64_t c_stride,
                 bool accumulate) {
  gemm(m, a, PackedMatrix(k, n, b), c, c_stride, accumulate);
}

/// The same for few rows, on the calling thread and without packing `a`: the product inside a
/// recurrent step.
void gemm_step(int64_t m, Operand a, const PackedMatrix& b, float* c, int64_t c_stride,
               bool accumulate);

}  // namespace cadena::kernels
