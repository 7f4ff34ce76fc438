// SPDX-License-Identifier: MIT
#include "cadena/kernels/gemm.h"

#include <algorithm>
#include <cstring>

#include "cadena/base/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/gemm.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/bfloat16-inl.h"
#include "cadena/kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

constexpr int panel_width = panel_vectors * lanes;
constexpr int height = tile_rows(panel_vectors);
// A stretch of k whose part of a panel, and of a block of rows, stays in the L2 cache.
constexpr int64_t stretch = 512;
// The largest block of one task, in rows and in panels, and what its rows are a multiple of.
constexpr int64_t block_rows = 96, block_panels = 8, row_unit = 12;

// A tile's part of a product.
struct Piece {
  Precision precision;
  int64_t depth;  // in rows of b
  Operand a;
  const float *b, *scales;
  float* c;
  int64_t c_stride;
  Start start;
  int64_t columns;
};

template <int vectors>
HWY_INLINE int64_t left(const Piece& piece, int v) {
  return v + 1 < vectors ? lanes : piece.columns - v * lanes;
}

// A tile of `vectors` vectors of columns, the last of which may be partial.
template <int vectors>
struct TileOf {
  template <class Form, int rows>
  static HWY_NOINLINE void run(const Piece& piece) {
    const D d;
    const Start start = piece.start;
    Tile<rows, vectors> tile;
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r) HWY_UNROLL(8)
    for (int v = 0; v < vectors; ++v)
      tile.sum[r][v] =
          start.data ? load(start.data + r * start.stride + v * lanes, left<vectors>(piece, v)).v
                     : hn::Zero(d);
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r)  // where the next tile will be
      HWY_UNROLL(8)
    for (int v = 0; v < vectors; ++v)
      __builtin_prefetch(piece.c + (r + rows) * piece.c_stride + v * lanes, 1);
    multiply<Form, panel_vectors>(tile, piece.depth, piece.a.data, piece.a.row, piece.a.column,
                                  piece.b, piece.scales);
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r) HWY_UNROLL(8)
    for (int v = 0; v < vectors; ++v)
      store(tile.sum[r][v], piece.c + r * piece.c_stride + v * lanes, left<vectors>(piece, v));
  }
};

void run_tile(int64_t rows, const Piece& piece) {
  switch ((piece.columns + lanes - 1) / lanes) {
    case 1:
      return tile_function<TileOf<1>, height>(piece.precision, rows)(piece);
#if HWY_TARGET <= HWY_AVX3
    case 2:
      return tile_function<TileOf<2>, height>(piece.precision, rows)(piece);
    case 3:
      return tile_function<TileOf<3>, height>(piece.precision, rows)(piece);
#endif
    default:
      return tile_function<TileOf<panel_vectors>, height>(piece.precision, rows)(piece);
  }
}

// Copies a block of a, whose rows stand beside each other, tile by tile: where the values of a row
// are a page or more apart, caches and address tables hold too few of them.
void copy_columns(int64_t rows, int64_t depth, Operand a, float* to) {
  constexpr int64_t ahead = 8, line = 64 / sizeof(float);
  for (int64_t k = 0; k < depth; ++k) {
    const float* from = a.data + k * a.column;
    for (int64_t r = 0; r < rows; r += line) __builtin_prefetch(from + ahead * a.column + r);
    float* column = to + k * height;
    int64_t r = 0;
    for (; r + height <= rows; r += height, column += height * stretch)
      std::memcpy(column, from + r, height * sizeof(float));
    for (int64_t last = r; r < rows; ++r) column[r - last] = from[r];
  }
}

// The same in pairs of two neighbouring values of a row.
void pair_columns(int64_t rows, int64_t depth, Operand a, float* to) {
  const D d;
  const float zeros[block_rows] = {};
  HWY_ALIGN float pairs[block_rows + lanes];
  for (int64_t k = 0; k < depth; k += 2) {
    const float *even = a.data + k * a.column, *odd = k + 1 < depth ? even + a.column : zeros;
    for (int64_t r = 0; r < rows; r += lanes)
      hn::Store(paired(load(even + r, rows - r).v, load(odd + r, rows - r).v), d, pairs + r);
    copy_columns(rows, 1, {pairs, 1, 0}, to + k / 2 * height);
  }
}

// Floats from row to row of a copy: no power of two, so that a tile's rows do not share cache sets.
constexpr int64_t copied_row = stretch + 16;

// Copies a block of a, whose values stand beside each other, in pairs.
void pair_rows(int64_t rows, int64_t depth, Operand a, float* to) {
  for (int64_t r = 0; r < rows; ++r) {
    const float* const from = a.data + r * a.row;
    auto* const row = reinterpret_cast<uint16_t*>(to + r * copied_row);
    for (int64_t k = 0; k < depth; k += lanes)
      store_bfloat16(load(from + k, depth - k).v, row + k, depth - k);
    row[depth] = 0;
  }
}

// The part of a block of a that a stretch takes, as the tiles will read it.
struct LeftBlock {
  HWY_ALIGN float copy[block_rows * copied_row];
  Operand rows;
  int64_t from_tile_to_tile;

  HWY_INLINE LeftBlock(int64_t count, int64_t depth, Operand a, bool narrow, bool far) {
    if (narrow && a.column == 1) {
      pair_rows(count, depth, a, copy);
      rows = {copy, copied_row, 1};
      from_tile_to_tile = height * copied_row;
    } else if (narrow || far) {
      narrow ? pair_columns(count, depth, a, copy) : copy_columns(count, depth, a, copy);
      rows = {copy, 1, height};
      from_tile_to_tile = height * stretch;
    } else {
      rows = a;
      from_tile_to_tile = height * a.row;
    }
  }
};

void Block(int64_t rows, Operand a, const PackedMatrix& b, float* c, int64_t c_stride, Start start,
           int64_t first_panel, int64_t last_panel) {
  constexpr int64_t page = 4096 / sizeof(float);
  const bool narrow = b.precision() == Precision::bfloat16;
  const bool far = a.row == 1 && a.column >= page && last_panel > first_panel + 1;
  const int64_t step = narrow ? 2 * stretch : stretch;
  int64_t p = 0;
  do {
    const int64_t depth = std::min(step, b.k() - p);
    const LeftBlock block(rows, depth, a.from(0, p), narrow, far);
    for (int64_t j = first_panel; j < last_panel; ++j)
      for (int64_t r = 0; r < rows; r += height) {
        const int64_t column = j * panel_width;
        Operand left = block.rows;
        left.data += r / height * block.from_tile_to_tile;
        run_tile(std::min<int64_t>(height, rows - r),
                 {b.precision(), b.rows(depth), left, b.panel(j, p), b.scales(j),
                  c + r * c_stride + column, c_stride, start.from(r, column), b.n() - column});
      }
    start = {c, c_stride};
    p += step;
  } while (p < b.k());
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

using HWY_NAMESPACE::block_panels, HWY_NAMESPACE::block_rows, HWY_NAMESPACE::row_unit;

HWY_EXPORT(Block);

void gemm_alone(int64_t m, Operand a, const PackedMatrix& b, float* c, int64_t c_stride,
                Start start) {
  for (int64_t row = 0; row < m; row += block_rows) HWY_DYNAMIC_DISPATCH(Block)
  (std::min(block_rows, m - row), a.from(row, 0), b, c + row * c_stride, c_stride,
   start.from(row, 0), 0, b.panels());
}

void gemm(int64_t m, Operand a, const PackedMatrix& b, float* c, int64_t c_stride, Start start) {
  const int64_t across = (b.panels() + block_panels - 1) / block_panels;
  // Shorter blocks where there would be too few of them for the threads.
  const int64_t wanted = threads() > 1 ? m * across / (int64_t{4} * threads()) : m;
  const int64_t rows = std::clamp(wanted / row_unit * row_unit, row_unit, block_rows);
  parallel_for((m + rows - 1) / rows * across, [&](int64_t task) {
    const int64_t row = task / across * rows, part = task % across;
    HWY_DYNAMIC_DISPATCH(Block)
    (std::min(rows, m - row), a.from(row, 0), b, c + row * c_stride, c_stride, start.from(row, 0),
     part * b.panels() / across, (part + 1) * b.panels() / across);
  });
}

}  // namespace cadena::kernels
#endif
