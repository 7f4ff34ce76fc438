// SPDX-License-Identifier: MIT
#include "cadena/kernels/gemm.h"

#include <algorithm>
#include <cstring>

#include "cadena/base/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/gemm.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {
constexpr int panel_vectors = 2;
constexpr int panel_width = panel_vectors * lanes;
// A tile of rows x 2 vectors lives in registers, beside 2 vectors of b and one of a.
#if HWY_TARGET <= HWY_AVX3
constexpr int tile_rows = 12;
#else
constexpr int tile_rows = 6;
#endif

struct Tile {
  int64_t k;
  Operand a;
  const float* b;  // k x panel_width
  float* c;
  int64_t c_stride, columns;
  bool accumulate;
};

template <int rows>
HWY_INLINE void multiply(const Tile& tile, float* c, int64_t c_stride) {
  const D d;
  V sum[rows][panel_vectors];
  HWY_UNROLL(12)
  for (int r = 0; r < rows; ++r) {
    sum[r][0] = tile.accumulate ? hn::LoadU(d, c + r * c_stride) : hn::Zero(d);
    sum[r][1] = tile.accumulate ? hn::LoadU(d, c + r * c_stride + lanes) : hn::Zero(d);
  }
  const float* a = tile.a.data;
  const float* b = tile.b;
  for (int64_t k = 0; k < tile.k; ++k, a += tile.a.column, b += panel_width) {
    const V b0 = hn::Load(d, b), b1 = hn::Load(d, b + lanes);
    HWY_UNROLL(12)
    for (int r = 0; r < rows; ++r) {
      const V ar = hn::Set(d, a[r * tile.a.row]);
      sum[r][0] = hn::MulAdd(ar, b0, sum[r][0]);
      sum[r][1] = hn::MulAdd(ar, b1, sum[r][1]);
    }
  }
  HWY_UNROLL(12)
  for (int r = 0; r < rows; ++r) {
    hn::StoreU(sum[r][0], d, c + r * c_stride);
    hn::StoreU(sum[r][1], d, c + r * c_stride + lanes);
  }
}

// The last, partial panel goes through a small buffer: a masked store could touch what lies beyond
// the row.
template <int rows>
HWY_NOINLINE void run_tile(const Tile& tile) {
  if (HWY_LIKELY(tile.columns == panel_width)) return multiply<rows>(tile, tile.c, tile.c_stride);
  HWY_ALIGN float edge[rows * panel_width] = {};
  const size_t bytes = static_cast<size_t>(tile.columns) * sizeof(float);
  if (tile.accumulate)
    for (int r = 0; r < rows; ++r)
      std::memcpy(edge + r * panel_width, tile.c + r * tile.c_stride, bytes);
  multiply<rows>(tile, edge, panel_width);
  for (int r = 0; r < rows; ++r)
    std::memcpy(tile.c + r * tile.c_stride, edge + r * panel_width, bytes);
}

void run_tile_of(int64_t rows, const Tile& tile) {
  switch (rows) {
    case 1:
      return run_tile<1>(tile);
    case 2:
      return run_tile<2>(tile);
    case 3:
      return run_tile<3>(tile);
    case 4:
      return run_tile<4>(tile);
    case 5:
      return run_tile<5>(tile);
    case 6:
      return run_tile<6>(tile);
#if HWY_TARGET <= HWY_AVX3
    case 7:
      return run_tile<7>(tile);
    case 8:
      return run_tile<8>(tile);
    case 9:
      return run_tile<9>(tile);
    case 10:
      return run_tile<10>(tile);
    case 11:
      return run_tile<11>(tile);
    case 12:
      return run_tile<12>(tile);
#endif
  }
}

int64_t PanelWidth() { return panel_width; }

void PackPanel(int64_t k, int64_t columns, Operand b, float* panel) {
  for (int64_t p = 0; p < k; ++p, panel += panel_width) {
    const float* source = b.data + p * b.row;
    if (b.column == 1) {
      std::memcpy(panel, source, static_cast<size_t>(columns) * sizeof(float));
    } else {
      for (int64_t j = 0; j < columns; ++j) panel[j] = source[j * b.column];
    }
    std::fill(panel + columns, panel + panel_width, 0.0f);
  }
}

// One block of rows and panels, all of k, in stretches whose part of b stays in the L2 cache.
// Packing `a` as well was measured and does not pay at the shapes of recurrent networks.
void Block(int64_t rows, Operand a, const PackedMatrix& b, float* c, int64_t c_stride,
           bool accumulate, int64_t first_panel, int64_t last_panel) {
  constexpr int64_t stretch = 256;
  int64_t p = 0;
  do {
    const int64_t depth = std::min(stretch, b.k() - p);
    for (int64_t i = 0; i < rows; i += tile_rows)
      for (int64_t j = first_panel; j < last_panel; ++j)
        run_tile_of(std::min<int64_t>(tile_rows, rows - i),
                    {depth,
                     {a.data + i * a.row + p * a.column, a.row, a.column},
                     b.panel(j) + p * panel_width,
                     c + i * c_stride + j * panel_width,
                     c_stride,
                     std::min<int64_t>(panel_width, b.n() - j * panel_width),
                     accumulate || p > 0});
    p += stretch;
  } while (p < b.k());
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

HWY_EXPORT(PanelWidth);
HWY_EXPORT(PackPanel);
HWY_EXPORT(Block);

PackedMatrix::PackedMatrix(int64_t k, int64_t n, Operand b)
    : k_(k),
      n_(n),
      panel_width_(HWY_DYNAMIC_DISPATCH(PanelWidth)()),
      values_(panels() * panel_width_ * k) {
  constexpr int64_t panels_at_once = 4;
  parallel_blocks(panels(), panels_at_once, [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) HWY_DYNAMIC_DISPATCH(PackPanel)
    (k, std::min(panel_width_, n - j * panel_width_),
     {b.data + j * panel_width_ * b.column, b.row, b.column},
     values_.data() + j * panel_width_ * k);
  });
}

void gemm_step(int64_t m, Operand a, const PackedMatrix& b, float* c, int64_t c_stride,
               bool accumulate) {
  HWY_DYNAMIC_DISPATCH(Block)(m, a, b, c, c_stride, accumulate, 0, b.panels());
}

void gemm(int64_t m, Operand a, const PackedMatrix& b, float* c, int64_t c_stride,
          bool accumulate) {
  constexpr int64_t block_rows = 48, block_panels = 8;
  const int64_t across = (b.panels() + block_panels - 1) / block_panels;
  parallel_for((m + block_rows - 1) / block_rows * across, [&](int64_t task) {
    const int64_t row = task / across * block_rows, panel = task % across * block_panels;
    HWY_DYNAMIC_DISPATCH(Block)
    (std::min(block_rows, m - row), {a.data + row * a.row, a.row, a.column}, b, c + row * c_stride,
     c_stride, accumulate, panel, std::min(b.panels(), panel + block_panels));
  });
}

}  // namespace cadena::kernels
#endif
