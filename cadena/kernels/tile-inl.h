// SPDX-License-Identifier: MIT
// The inner loop of every matrix product: a tile of rows x vectors of columns that stays in
// registers. Compiled once per vector target, inside HWY_NAMESPACE.
#if defined(CADENA_KERNELS_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CADENA_KERNELS_TILE_INL_H_
#undef CADENA_KERNELS_TILE_INL_H_
#else
#define CADENA_KERNELS_TILE_INL_H_
#endif

#include <array>
#include <cstdint>
#include <utility>

#include "cadena/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

#if HWY_TARGET <= HWY_AVX3
constexpr int registers = 32;
#else
constexpr int registers = 16;
#endif

// Rows of a tile so that its sums, one row of b and one value of a have a register each. Even, so
// that few sizes of batches leave a thin tile at the end.
constexpr int tile_rows(int vectors) {
  const int rows = (registers - 1 - vectors) / vectors;
  return rows > 2 ? rows / 2 * 2 : rows;
}

// Keeps a loaded vector in a register: GCC would read it again at each use, and loads are scarce.
HWY_INLINE V in_register(V v) {
#if defined(__x86_64__) && defined(__GNUC__)
  __asm__("" : "+v"(v.raw));
#endif
  return v;
}

template <int rows, int vectors>
struct Tile {
  V sum[rows][vectors];
};

// sum += a · b: `depth` values of each row of a, `row_step` floats from row to row and
// `column_step` from value to value, and as many rows of `vectors` vectors of b, whose rows are
// `pitch` vectors apart.
template <int rows, int vectors, int pitch = vectors>
HWY_INLINE void multiply(Tile<rows, vectors>& tile, int64_t depth, const float* a, int64_t row_step,
                         int64_t column_step, const float* b) {
  const D d;
  for (int64_t k = 0; k < depth; ++k, a += column_step, b += pitch * lanes) {
    V right[vectors];
    HWY_UNROLL(8)
    for (int v = 0; v < vectors; ++v) right[v] = in_register(hn::Load(d, b + v * lanes));
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r) {
      const V left = hn::Set(d, a[r * row_step]);
      HWY_UNROLL(8)
      for (int v = 0; v < vectors; ++v) tile.sum[r][v] = hn::MulAdd(left, right[v], tile.sum[r][v]);
    }
  }
}

// The functions Of::run<1> ... Of::run<most>, for a choice by the number of rows.
template <class Of, int... rows>
constexpr auto table_by_rows(std::integer_sequence<int, rows...>) {
  return std::array{&Of::template run<rows + 1>...};
}
template <class Of, int most>
constexpr auto by_rows = table_by_rows<Of>(std::make_integer_sequence<int, most>());

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#endif  // per target
