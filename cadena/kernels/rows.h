// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cadena::kernels {

// Moving and adding rows of row-major matrices. `stride` is the number of floats from row to row.

/// to = from, `columns` of each row.
void copy_columns(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to,
                  int64_t to_stride);
/// to += from, `columns` of each row.
void add_columns(int64_t rows, int64_t columns, const float* from, int64_t from_stride, float* to,
                 int64_t to_stride);
/// sum [columns] += the sum of the rows of `from`, in a fixed order.
void add_row_sum(int64_t rows, int64_t columns, const float* from, float* sum);
/// Row i of `to` becomes row ids[i] of `table`.
void gather_rows(int64_t count, int64_t columns, const int32_t* ids, const float* table, float* to);
/// Row ids[i] of `table` += row i of `from`, in rising order of i.
void scatter_add_rows(int64_t count, int64_t columns, const int32_t* ids, const float* from,
                      float* table);

}  // namespace cadena::kernels
