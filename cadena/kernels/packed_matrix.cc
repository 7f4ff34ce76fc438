// SPDX-License-Identifier: MIT
#include "cadena/kernels/packed_matrix.h"

#include <algorithm>
#include <cstddef>

#include "cadena/base/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/packed_matrix.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/bfloat16-inl.h"
#include "cadena/kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

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

// A packed vector of k rows of floats, `from`, as rows of pairs.
void Pair(int64_t k, const float* from, float* to, int64_t pitch) {
  const D d;
  for (int64_t p = 0; p < k; p += 2, to += pitch) {
    const V odd = p + 1 < k ? hn::Load(d, from + (p + 1) * lanes) : hn::Zero(d);
    hn::Store(paired(hn::Load(d, from + p * lanes), odd), d, to);
  }
}

// The same as rows of bytes, and the value of a byte's unit.
void Quantise(int64_t k, const float* from, int8_t* to, int64_t pitch, float* scales) {
  constexpr float steps = 127;
  const D d;
  // Without signs bits are ordered as numbers are, and NaN, which must not get lost, is above all.
  const hn::RebindToSigned<D> di;
  auto most = hn::Zero(di);
  for (int64_t p = 0; p < k; ++p)
    most = hn::Max(most, hn::BitCast(di, hn::Abs(hn::Load(d, from + p * lanes))));
  const V scale = hn::Mul(hn::BitCast(d, most), hn::Set(d, 1 / steps));
  hn::Store(scale, d, scales);
  // Of a column of zeros (or of numbers that are as good as none) nothing is left.
  const auto some = hn::Gt(scale, hn::Zero(d));
  const V units = hn::IfThenElseZero(some, hn::Div(hn::Set(d, 1), scale));
  const hn::Rebind<int8_t, D> bytes;
  for (int64_t p = 0; p < k; ++p)
    hn::StoreU(hn::DemoteTo(bytes, hn::NearestInt(hn::Mul(hn::Load(d, from + p * lanes), units))),
               bytes, to + p * pitch);
}

void Narrow(int64_t rows, int64_t values, const float* from, int64_t stride, float* to) {
  for (int64_t r = 0; r < rows; ++r, from += stride, to += paired_size(values)) {
    auto* const row = reinterpret_cast<uint16_t*>(to);
    std::fill(row + values, row + 2 * paired_size(values), uint16_t{0});
    for (int64_t j = 0; j < values; j += lanes)
      store_bfloat16(load(from + j, values - j).v, row + j, values - j);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

HWY_EXPORT(VectorSize);
HWY_EXPORT(PanelVectors);
HWY_EXPORT(PackVector);
HWY_EXPORT(PackRows);
HWY_EXPORT(Pair);
HWY_EXPORT(Quantise);
HWY_EXPORT(Narrow);

PackedMatrix::PackedMatrix(int64_t k, int64_t n, int groups, int64_t vectors, Precision precision)
    : k_(k), n_(n), precision_(precision) {
  const int64_t columns = vectors * HWY_DYNAMIC_DISPATCH(VectorSize)();
  panel_width_ = groups * columns;
  panels_ = (n + columns - 1) / columns;
  const int64_t values = panel_width_ * rows(k);
  constexpr int64_t of_float = sizeof(float);
  panel_size_ = precision == Precision::int8 ? (values + of_float - 1) / of_float : values;
  values_ = Buffer(panels_ * panel_size_);
  if (precision == Precision::int8) scales_ = Buffer(panels_ * panel_width_);
}

// Calls pack(group, first column, columns, where to, pitch) for each vector of columns.
template <class Pack>
void PackedMatrix::fill(int groups, const Pack& pack) {
  if (k_ == 0) {
    std::ranges::fill(scales_.values(), 0.0f);
    return;
  }
  const int64_t size = HWY_DYNAMIC_DISPATCH(VectorSize)(), vectors = panel_width_ / size;
  constexpr int64_t at_once = 8;
  parallel_blocks(panels_ * vectors, at_once, [&](int64_t begin, int64_t end) {
    const Buffer wide(precision_ == Precision::single ? 0 : k_ * size);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t panel = i / vectors, vector = i % vectors, of_group = vectors / groups;
      const int64_t group = vector / of_group;
      const int64_t column = (panel * of_group + vector % of_group) * size;
      const int64_t columns = std::clamp<int64_t>(n_ - column, 0, size), place = vector * size;
      float* const to = values_.data() + panel * panel_size_;
      if (precision_ == Precision::single) {
        pack(group, column, columns, to + place, panel_width_);
        continue;
      }
      pack(group, column, columns, wide.data(), size);
      if (precision_ == Precision::bfloat16)
        HWY_DYNAMIC_DISPATCH(Pair)(k_, wide.data(), to + place, panel_width_);
      else
        HWY_DYNAMIC_DISPATCH(Quantise)
      (k_, wide.data(), reinterpret_cast<int8_t*>(to) + place, panel_width_,
       scales_.data() + panel * panel_width_ + place);
    }
  });
}

PackedMatrix::PackedMatrix(int64_t k, int64_t n, Operand b, Precision precision)
    : PackedMatrix(k, n, 1, HWY_DYNAMIC_DISPATCH(PanelVectors)(), precision) {
  fill(1, [&](int64_t, int64_t column, int64_t columns, float* to, int64_t pitch) {
    HWY_DYNAMIC_DISPATCH(PackVector)(k, columns, b.from(0, column), to, pitch);
  });
}

PackedMatrix PackedMatrix::grouped(int64_t k, int64_t n, int groups, Operand b,
                                   Precision precision) {
  PackedMatrix packed(k, n, groups, groups == 1 ? 2 : 1, precision);
  packed.fill(groups,
              [&](int64_t group, int64_t column, int64_t columns, float* to, int64_t pitch) {
                HWY_DYNAMIC_DISPATCH(PackVector)
                (k, columns, b.from(0, group * n + column), to, pitch);
              });
  return packed;
}

PackedMatrix::PackedMatrix(std::span<const float* const> rows, int64_t n, Precision precision)
    : PackedMatrix(std::ssize(rows), n, 1, HWY_DYNAMIC_DISPATCH(PanelVectors)(), precision) {
  fill(1, [&](int64_t, int64_t column, int64_t columns, float* to, int64_t pitch) {
    HWY_DYNAMIC_DISPATCH(PackRows)(rows, column, columns, to, pitch);
  });
}

void to_bfloat16(int64_t rows, int64_t values, const float* from, int64_t stride, float* to) {
  HWY_DYNAMIC_DISPATCH(Narrow)(rows, values, from, stride, to);
}

}  // namespace cadena::kernels
#endif
