// SPDX-License-Identifier: MIT
#include "cadena/kernels/rows.h"

#include <algorithm>

#include "cadena/base/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/rows.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

void AddColumns(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to,
                int64_t to_stride) {
  for (int64_t i = 0; i < rows; ++i, from += from_stride, to += to_stride)
    for (int64_t j = 0; j < columns; j += lanes)
      store(load(to + j, columns - j) + load(from + j, columns - j), to + j, columns - j);
}

// Vectors at once, so that the additions of a row do not wait for those of the row before.
constexpr int sums = 8;

void AddRowSum(int64_t rows, int64_t columns, int64_t stride, const float* from, float* sum) {
  for (int64_t j = 0; j < columns; j += sums * lanes) {
    const int64_t left = columns - j;
    Lanes total[sums];
    for (int k = 0; k < sums; ++k)
      total[k] = k * lanes < left ? load(sum + j + k * lanes, left - k * lanes) : Lanes(0.0f);
    for (int64_t i = 0; i < rows; ++i)
      for (int k = 0; k < sums; ++k)
        if (k * lanes < left)
          total[k] = total[k] + load(from + i * stride + j + k * lanes, left - k * lanes);
    for (int k = 0; k < sums; ++k)
      if (k * lanes < left) store(total[k], sum + j + k * lanes, left - k * lanes);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

HWY_EXPORT(AddColumns);
HWY_EXPORT(AddRowSum);

namespace {

constexpr int64_t rows_at_once = 256, columns_at_once = 128;

}  // namespace

void copy_columns(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to,
                  int64_t to_stride) {
  parallel_blocks(rows, rows_at_once, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      std::copy_n(from + i * from_stride, columns, to + i * to_stride);
  });
}

void add_columns(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to,
                 int64_t to_stride) {
  parallel_blocks(rows, rows_at_once, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(AddColumns)
    (end - begin, columns, from + begin * from_stride, from_stride, to + begin * to_stride,
     to_stride);
  });
}

void add_row_sum(int64_t rows, int64_t columns, const float* from, float* sum) {
  parallel_blocks(columns, columns_at_once, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(AddRowSum)(rows, end - begin, columns, from + begin, sum + begin);
  });
}

void gather_rows(int64_t count, int64_t columns, const int32_t* ids, const float* table,
                 float* to) {
  parallel_blocks(count, rows_at_once, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      std::copy_n(table + ids[i] * columns, columns, to + i * columns);
  });
}

void scatter_add_rows(int64_t count, int64_t columns, const int32_t* ids, const float* from,
                      float* table) {
  parallel_blocks(columns, columns_at_once, [&](int64_t begin, int64_t end) {
    for (int64_t i = 0; i < count; ++i)
      for (int64_t j = begin; j < end; ++j) table[ids[i] * columns + j] += from[i * columns + j];
  });
}

}  // namespace cadena::kernels
#endif
