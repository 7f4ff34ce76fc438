// SPDX-License-Identifier: MIT
#include "cadena/kernels/gemm.h"

#include <algorithm>
#include <cstring>

#include "cadena/base/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/gemm.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

constexpr int panel_vectors = registers == 32 ? 4 : 2;
constexpr int panel_width = panel_vectors * lanes;
constexpr int height = tile_rows(panel_vectors);
// A stretch of k whose part of a panel, and of a block of rows, stays in the L2 cache.
constexpr int64_t stretch = 512;
// The largest block of one task, in rows and in panels, and what its rows are a multiple of.
constexpr int64_t block_rows = 96, block_panels = 8, row_unit = 12;

// A tile's part of a product.
struct Piece {
  int64_t depth;
  Operand a;
  const float* b;
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
  template <int rows>
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
    multiply<rows, vectors, panel_vectors>(tile, piece.depth, piece.a.data, piece.a.row,
                                           piece.a.column, piece.b);
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r) HWY_UNROLL(8)
    for (int v = 0; v < vectors; ++v)
      store(tile.sum[r][v], piece.c + r * piece.c_stride + v * lanes, left<vectors>(piece, v));
  }
};

void run_tile(int64_t rows, const Piece& piece) {
  const auto i = static_cast<size_t>(rows - 1);
  switch ((piece.columns + lanes - 1) / lanes) {
    case 1:
      return by_rows<TileOf<1>, height>[i](piece);
#if HWY_TARGET <= HWY_AVX3
    case 2:
      return by_rows<TileOf<2>, height>[i](piece);
    case 3:
      return by_rows<TileOf<3>, height>[i](piece);
#endif
    default:
      return by_rows<TileOf<panel_vectors>, height>[i](piece);
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

void Block(int64_t rows, Operand a, const PackedMatrix& b, float* c, int64_t c_stride, Start start,
           int64_t first_panel, int64_t last_panel) {
  constexpr int64_t page = 4096 / sizeof(float);
  const bool copied = a.row == 1 && a.column >= page && last_panel > first_panel + 1;
  HWY_ALIGN float copy[block_rows * stretch];
  int64_t p = 0;
  do {
    const int64_t depth = std::min(stretch, b.k() - p);
    if (copied) copy_columns(rows, depth, a.from(0, p), copy);
    for (int64_t j = first_panel; j < last_panel; ++j)
      for (int64_t r = 0; r < rows; r += height) {
        const int64_t column = j * panel_width;
        const Operand left = copied ? Operand{copy + r * stretch, 1, height} : a.from(r, p);
        run_tile(std::min<int64_t>(height, rows - r),
                 {depth, left, b.panel(j) + p * panel_width, c + r * c_stride + column, c_stride,
                  start.from(r, column), b.n() - column});
      }
    start = {c, c_stride};
    p += stretch;
  } while (p < b.k());
}

void PackRows(std::span<const float* const> rows, int64_t column, int64_t columns, float* to,
              int64_t pitch) {
  const D d;
  for (const float* row : rows) {
    hn::Store(load(row + column, columns).v, d, to);
    to += pitch;
  }
}

int64_t VectorSize() { return lanes; }
int PanelVectors() { return panel_vectors; }

// to[r][i] = from[i][r] of four rows and columns.
HWY_INLINE void transpose_4x4(const float* from, int64_t from_stride, float* to,
                              int64_t to_stride) {
#if HWY_TARGET == HWY_SCALAR
  for (int r = 0; r < 4; ++r)
    for (int i = 0; i < 4; ++i) to[r * to_stride + i] = from[i * from_stride + r];
#else
  const hn::FixedTag<float, 4> d;
  const hn::RepartitionToWide<decltype(d)> dw;
  const auto pair = [&](auto low, auto high, float* lower, float* upper) HWY_ATTR {
    const auto a = hn::BitCast(dw, low), b = hn::BitCast(dw, high);
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(dw, a, b)), d, lower);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(dw, a, b)), d, upper);
  };
  const auto r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + from_stride);
  const auto r2 = hn::LoadU(d, from + 2 * from_stride), r3 = hn::LoadU(d, from + 3 * from_stride);
  pair(hn::InterleaveLower(d, r0, r1), hn::InterleaveLower(d, r2, r3), to, to + to_stride);
  pair(hn::InterleaveUpper(d, r0, r1), hn::InterleaveUpper(d, r2, r3), to + 2 * to_stride,
       to + 3 * to_stride);
#endif
}

// Columns `first` ... of b as one vector of each row of a panel.
void PackVector(int64_t k, int64_t columns, Operand b, float* to, int64_t pitch) {
  const D d;
  if (b.column == 1) {
    for (int64_t p = 0; p < k; ++p)
      hn::Store(load(b.data + p * b.row, columns).v, d, to + p * pitch);
    return;
  }
  for (int64_t p = 0; p < k; p += 4)
    for (int64_t j = 0; j < lanes; j += 4) {
      const float* from = b.data + p * b.row + j * b.column;
      if (p + 4 <= k && j + 4 <= columns && b.row == 1)
        transpose_4x4(from, b.column, to + p * pitch + j, pitch);
      else
        for (int64_t r = 0; r < std::min<int64_t>(4, k - p); ++r)
          for (int64_t i = 0; i < std::min<int64_t>(4, lanes); ++i)
            to[(p + r) * pitch + j + i] = j + i < columns ? from[r * b.row + i * b.column] : 0;
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

using HWY_NAMESPACE::block_panels, HWY_NAMESPACE::block_rows, HWY_NAMESPACE::row_unit;

HWY_EXPORT(VectorSize);
HWY_EXPORT(PanelVectors);
HWY_EXPORT(PackVector);
HWY_EXPORT(PackRows);
HWY_EXPORT(Block);

PackedMatrix::PackedMatrix(int64_t k, int64_t n, int groups, int64_t vectors) : k_(k), n_(n) {
  const int64_t columns = vectors * HWY_DYNAMIC_DISPATCH(VectorSize)();
  panel_width_ = groups * columns;
  panels_ = (n + columns - 1) / columns;
  values_ = Buffer(panels_ * panel_width_ * k);
}

// Calls pack(group, first column, columns, where to) for each vector of columns.
template <class Pack>
void PackedMatrix::fill(int groups, const Pack& pack) {
  const int64_t size = HWY_DYNAMIC_DISPATCH(VectorSize)(), vectors = panel_width_ / size;
  constexpr int64_t at_once = 8;
  parallel_blocks(panels_ * vectors, at_once, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t panel = i / vectors, vector = i % vectors, of_group = vectors / groups;
      const int64_t column = (panel * of_group + vector % of_group) * size;
      pack(vector / of_group, column, std::clamp<int64_t>(n_ - column, 0, size),
           values_.data() + panel * panel_width_ * k_ + vector * size);
    }
  });
}

PackedMatrix::PackedMatrix(int64_t k, int64_t n, Operand b)
    : PackedMatrix(k, n, 1, HWY_DYNAMIC_DISPATCH(PanelVectors)()) {
  fill(1, [&](int64_t, int64_t column, int64_t columns, float* to) {
    HWY_DYNAMIC_DISPATCH(PackVector)
    (k, columns, b.from(0, column), to, panel_width_);
  });
}

PackedMatrix PackedMatrix::grouped(int64_t k, int64_t n, int groups, Operand b) {
  PackedMatrix packed(k, n, groups, groups == 1 ? 2 : 1);
  packed.fill(groups, [&](int64_t group, int64_t column, int64_t columns, float* to) {
    HWY_DYNAMIC_DISPATCH(PackVector)
    (k, columns, b.from(0, group * n + column), to, packed.panel_width_);
  });
  return packed;
}

PackedMatrix::PackedMatrix(std::span<const float* const> rows, int64_t n)
    : PackedMatrix(std::ssize(rows), n, 1, HWY_DYNAMIC_DISPATCH(PanelVectors)()) {
  fill(1, [&](int64_t, int64_t column, int64_t columns, float* to) {
    HWY_DYNAMIC_DISPATCH(PackRows)(rows, column, columns, to, panel_width_);
  });
}

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
