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

#include "cadena/base/compute.h"
#include "cadena/kernels/lanes-inl.h"
#include "cadena/kernels/processor.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

#if HWY_TARGET <= HWY_AVX3
constexpr int registers = 32;
#else
constexpr int registers = 16;
#endif

// Vectors of a panel of neighbouring columns.
constexpr int panel_vectors = registers == 32 ? 4 : 2;

// Rows of a tile so that its sums, one row of b and one value of a have a register each. Even, so
// that few sizes of batches leave a thin tile at the end.
constexpr int tile_rows(int vectors) {
  const int rows = (registers - 1 - vectors) / vectors;
  return rows > 2 ? rows / 2 * 2 : rows;
}

// Keeps a loaded vector in a register: GCC would read it again at each use, and loads are scarce.
HWY_INLINE V in_register(V v) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  __asm__("" : "+v"(v.raw));
#endif
  return v;
}

// The forms in which a row of a panel stands, and one step of a sum over it.
struct Floats {
  static constexpr int bytes = 4;  // of a lane
  static constexpr bool scaled = false;
  static HWY_INLINE V load(const char* p) {
    return hn::Load(D(), reinterpret_cast<const float*>(p));
  }
  static HWY_INLINE V add(V left, V right, V sum) { return hn::MulAdd(left, right, sum); }
};

// Two bfloat16 numbers in the place of a float. The upper product is added first and each one is
// rounded, as VDPBF16PS does.
struct Pairs : Floats {
  static HWY_INLINE V upper(V pair) {
    const hn::RebindToUnsigned<D> du;
    return hn::BitCast(D(), hn::And(hn::BitCast(du, pair), hn::Set(du, 0xFFFF0000u)));
  }
  static HWY_INLINE V lower(V pair) {
    const hn::RebindToUnsigned<D> du;
    return hn::BitCast(D(), hn::ShiftLeft<16>(hn::BitCast(du, pair)));
  }
  static HWY_INLINE V add(V left, V right, V sum) {
    sum = hn::MulAdd(upper(left), upper(right), sum);
    return hn::MulAdd(lower(left), lower(right), sum);
  }
};

#if HWY_TARGET <= HWY_AVX3 && defined(__GNUC__)
// The same in one instruction, which Highway 1.0 does not have and which some of the processors of
// this target lack.
struct DotPairs : Floats {
  static HWY_INLINE V add(V left, V right, V sum) {
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum.raw) : "v"(right.raw), "v"(left.raw));
    return sum;
  }
};
#else
using DotPairs = Pairs;
#endif

// Bytes, to be multiplied by a scale for each column.
struct Bytes : Floats {
  static constexpr int bytes = 1;
  static constexpr bool scaled = true;
  static HWY_INLINE V load(const char* p) {
    const hn::RebindToSigned<D> di;
    const hn::Rebind<int8_t, D> narrow;
    const auto values = hn::LoadU(narrow, reinterpret_cast<const int8_t*>(p));
    return hn::ConvertTo(D(), hn::PromoteTo(di, values));
  }
};

template <int rows, int vectors>
struct Tile {
  V sum[rows][vectors];
};

// sum += a · b: `depth` values of each row of a, `row_step` floats from row to row and
// `column_step` from value to value, and as many rows of `vectors` vectors of b, whose rows are
// `pitch` vectors apart.
template <class Form, int pitch, int rows, int vectors>
HWY_INLINE void accumulate(Tile<rows, vectors>& tile, int64_t depth, const float* a,
                           int64_t row_step, int64_t column_step, const char* b) {
  const D d;
  constexpr int64_t vector = lanes * Form::bytes;
  for (int64_t k = 0; k < depth; ++k, a += column_step, b += pitch * vector) {
    V right[vectors];
    HWY_UNROLL(8)
    for (int v = 0; v < vectors; ++v) right[v] = in_register(Form::load(b + v * vector));
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r) {
      const V left = hn::Set(d, a[r * row_step]);
      HWY_UNROLL(8)
      for (int v = 0; v < vectors; ++v) tile.sum[r][v] = Form::add(left, right[v], tile.sum[r][v]);
    }
  }
}

// The same with the scales of the columns, if the form has any.
template <class Form, int pitch, int rows, int vectors>
HWY_INLINE void multiply(Tile<rows, vectors>& tile, int64_t depth, const float* a, int64_t row_step,
                         int64_t column_step, const float* b, const float* scales) {
  const char* const bytes = reinterpret_cast<const char*>(b);
  if constexpr (Form::scaled) {
    const D d;
    Tile<rows, vectors> product;
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r) HWY_UNROLL(8)
    for (int v = 0; v < vectors; ++v) product.sum[r][v] = hn::Zero(d);
    accumulate<Form, pitch>(product, depth, a, row_step, column_step, bytes);
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r) HWY_UNROLL(8)
    for (int v = 0; v < vectors; ++v)
      tile.sum[r][v] =
          hn::MulAdd(product.sum[r][v], hn::Load(d, scales + v * lanes), tile.sum[r][v]);
  } else {
    accumulate<Form, pitch>(tile, depth, a, row_step, column_step, bytes);
  }
}

// The functions Of::run<Form, 1> ... Of::run<Form, most>, for a choice by the number of rows.
template <class Of, class Form, int... rows>
constexpr auto table_by_rows(std::integer_sequence<int, rows...>) {
  return std::array{&Of::template run<Form, rows + 1>...};
}
template <class Of, class Form, int most>
constexpr auto by_rows = table_by_rows<Of, Form>(std::make_integer_sequence<int, most>());

// The one of them for so many rows, by the precision of b.
template <class Of, int most>
HWY_INLINE auto tile_function(Precision precision, int64_t rows) {
  const auto i = static_cast<size_t>(rows - 1);
  if (HWY_LIKELY(precision == Precision::single)) return by_rows<Of, Floats, most>[i];
  if (precision == Precision::int8) return by_rows<Of, Bytes, most>[i];
  return has_bfloat16_dot() ? by_rows<Of, DotPairs, most>[i] : by_rows<Of, Pairs, most>[i];
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#endif  // per target
