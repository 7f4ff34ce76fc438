// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cadena/kernels/packed_matrix.h"

namespace cadena::kernels {

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
/// nor on how the work is split. With b in bfloat16 a, whose values must have neighbours in a row
/// or in a column, is rounded likewise; in int8 each 512 of k make a sum of their own.
void gemm(int64_t m, Operand a, const PackedMatrix& b, float* c, int64_t c_stride, Start start);
/// The same on the calling thread, which neither waits nor allocates.
void gemm_alone(int64_t m, Operand a, const PackedMatrix& b, float* c, int64_t c_stride,
                Start start);
inline void gemm(int64_t m, int64_t n, int64_t k, Operand a, Operand b, float* c, int64_t c_stride,
                 Start start = {}, Precision precision = Precision::single) {
  gemm(m, a, PackedMatrix(k, n, b, precision), c, c_stride, start);
}
/// c += a · b; c has no gaps between its rows.
inline void gemm_add(int64_t m, Operand a, const PackedMatrix& b, Accumulator c) {
  gemm(m, a, b, c.data, b.n(), c.holds ? Start{c.data, b.n()} : Start{});
}
inline void gemm_add(int64_t m, int64_t n, int64_t k, Operand a, Operand b, Accumulator c,
                     Precision precision = Precision::single) {
  gemm_add(m, a, PackedMatrix(k, n, b, precision), c);
}

}  // namespace cadena::kernels
