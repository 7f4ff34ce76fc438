// SPDX-License-Identifier: MIT
#include "cadena/kernels/rows.h"

#include <algorithm>

#include "cadena/base/parallel.h"

namespace cadena::kernels {
namespace {

constexpr int64_t rows_at_once = 256, columns_at_once = 64;

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
    for (int64_t i = begin; i < end; ++i)
      for (int64_t j = 0; j < columns; ++j) to[i * to_stride + j] += from[i * from_stride + j];
  });
}

void fill_rows(int64_t rows, int64_t columns, const float* row, float* to) {
  parallel_blocks(rows, rows_at_once, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) std::copy_n(row, columns, to + i * columns);
  });
}

void add_row_sum(int64_t rows, int64_t columns, const float* from, float* sum) {
  parallel_blocks(columns, columns_at_once, [&](int64_t begin, int64_t end) {
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = begin; j < end; ++j) sum[j] += from[i * columns + j];
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
