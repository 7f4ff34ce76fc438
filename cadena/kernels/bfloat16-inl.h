// SPDX-License-Identifier: MIT
// Rounding to bfloat16, the upper half of a float. Compiled once per vector target, inside
// HWY_NAMESPACE.
#if defined(CADENA_KERNELS_BFLOAT16_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CADENA_KERNELS_BFLOAT16_INL_H_
#undef CADENA_KERNELS_BFLOAT16_INL_H_
#else
#define CADENA_KERNELS_BFLOAT16_INL_H_
#endif

#include <cstdint>
#include <cstring>

#include "cadena/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

using Bits = hn::Vec<hn::RebindToUnsigned<D>>;

// Each lane's bits rounded to bfloat16 in its upper half, to the nearest, ties to even; what is in
// the lower half means nothing. A NaN stays one: its carry must not run into the sign.
HWY_INLINE Bits rounded_up(V v) {
  const hn::RebindToUnsigned<D> du;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1));
  const auto up = hn::Add(bits, hn::Add(odd, hn::Set(du, 0x7FFF)));
  return hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(v)), hn::Or(bits, hn::Set(du, 0x400000)), up);
}

// The pairs (a[i], b[i]) as one lane each, a in the lower half.
HWY_INLINE V paired(V a, V b) {
  const hn::RebindToUnsigned<D> du;
  const auto high = hn::And(rounded_up(b), hn::Set(du, 0xFFFF0000u));
  return hn::BitCast(D(), hn::Or(hn::ShiftRight<16>(rounded_up(a)), high));
}

// The first `left` lanes, side by side.
HWY_INLINE void store_bfloat16(V v, uint16_t* to, int64_t left) {
  const hn::Rebind<uint16_t, D> half;
  const hn::RebindToSigned<D> di;
  // The shifted bits are below 2^16, so that narrowing from signed numbers keeps them.
  const auto narrow = hn::DemoteTo(half, hn::BitCast(di, hn::ShiftRight<16>(rounded_up(v))));
  if (HWY_LIKELY(left >= lanes)) return hn::StoreU(narrow, half, to);
  HWY_ALIGN uint16_t edge[lanes];
  hn::Store(narrow, half, edge);
  std::memcpy(to, edge, static_cast<size_t>(left) * sizeof(uint16_t));
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#endif  // per target
