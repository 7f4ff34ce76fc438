// SPDX-License-Identifier: MIT
// A vector of floats that reads like a float: the only place where equations meet SIMD. Compiled
// once per vector target, inside HWY_NAMESPACE.
#if defined(CADENA_KERNELS_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CADENA_KERNELS_LANES_INL_H_
#undef CADENA_KERNELS_LANES_INL_H_
#else
#define CADENA_KERNELS_LANES_INL_H_
#endif

#include <cstdint>
#include <cstring>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

constexpr int64_t lanes =
    static_cast<int64_t>(hn::MaxLanes(D()));  // exact on targets of fixed width

struct Lanes {
  V v;
  Lanes() = default;
  HWY_INLINE Lanes(V w) : v(w) {}
  HWY_INLINE explicit Lanes(float a) : v(hn::Set(D(), a)) {}
  friend HWY_INLINE Lanes operator+(Lanes a, Lanes b) { return hn::Add(a.v, b.v); }
  friend HWY_INLINE Lanes operator-(Lanes a, Lanes b) { return hn::Sub(a.v, b.v); }
  friend HWY_INLINE Lanes operator*(Lanes a, Lanes b) { return hn::Mul(a.v, b.v); }
  friend HWY_INLINE Lanes operator/(Lanes a, Lanes b) { return hn::Div(a.v, b.v); }
};

HWY_INLINE Lanes max(Lanes a, Lanes b) { return hn::Max(a.v, b.v); }

// a·b + c, fused where the processor has it.
HWY_INLINE Lanes fma(Lanes a, Lanes b, Lanes c) { return hn::MulAdd(a.v, b.v, c.v); }

// 1 where a > 0, else 0: the slope of the rectifier.
HWY_INLINE Lanes positive(Lanes a) {
  const D d;
  return hn::IfThenElseZero(hn::Gt(a.v, hn::Zero(d)), hn::Set(d, 1.0f));
}

constexpr float exp_low = -87.33654f, exp_high = 88.37626f;

// NaN goes through: with it, x86 returns the second operand. Highway's scalar code never does.
HWY_INLINE V at_least(float low, V a) {
  const V limit = hn::Set(D(), low);
  return lanes == 1 ? hn::IfThenElse(hn::Lt(a, limit), limit, a) : hn::Max(limit, a);
}
HWY_INLINE V at_most(float high, V a) {
  const V limit = hn::Set(D(), high);
  return lanes == 1 ? hn::IfThenElse(hn::Lt(limit, a), limit, a) : hn::Min(limit, a);
}
HWY_INLINE V limit(V a) { return at_most(exp_high, at_least(exp_low, a)); }

// e^x = 2^n · e^r with |r| <= ln 2 / 2, ln 2 in two parts (Cody and Waite, 1980), the polynomial
// from the Cephes library (Moshier). At most 2 units in the last place for exp_low <= x <=
// exp_high.
HWY_INLINE V exp_of_limited(V x) {
  const D d;
  const hn::RebindToSigned<D> di;
  // Adding 1.5 · 2^23 rounds to an integer and leaves it in the lowest bits.
  const V shifter = hn::Set(d, 12582912.0f);
  const V shifted = hn::MulAdd(x, hn::Set(d, 1.44269504f), shifter);
  const V n = hn::Sub(shifted, shifter);
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
  V p = hn::Set(d, 1.9875691500e-4f);
  for (float c :
       {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
    p = hn::MulAdd(p, r, hn::Set(d, c));
  const V mantissa = hn::Add(hn::MulAdd(hn::Mul(r, r), p, r), hn::Set(d, 1.0f));
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(di, shifted));
  return hn::BitCast(d, hn::Add(hn::BitCast(di, mantissa), exponent));
}

// 0 below the smallest normal number, and saturating above e^88.37, so never infinite.
HWY_INLINE Lanes exp(Lanes a) {
  const D d;
  return hn::IfThenZeroElse(hn::Lt(a.v, hn::Set(d, exp_low)), exp_of_limited(limit(a.v)));
}

HWY_INLINE Lanes sigmoid(Lanes a) {
  return Lanes(1.0f) / (Lanes(1.0f) + Lanes(exp_of_limited(limit(hn::Neg(a.v)))));
}

// log σ(a) = min(a, 0) - log(1 + t) with t = e^-|a|, where log(1 + t) = 2 artanh(t / (2 + t)),
// whose series in s^2 <= 1/9 is cut where it falls below the last place.
HWY_INLINE Lanes log_sigmoid(Lanes a) {
  const D d;
  const Lanes t = exp(Lanes(hn::Neg(hn::Abs(a.v))));
  const Lanes s = t / (t + Lanes(2.0f)), square = s * s;
  V p = hn::Set(d, 2.0f / 15);
  for (float c : {2.0f / 13, 2.0f / 11, 2.0f / 9, 2.0f / 7, 2.0f / 5, 2.0f / 3, 2.0f})
    p = hn::MulAdd(p, square.v, hn::Set(d, c));
  return hn::Sub(hn::Min(a.v, hn::Zero(d)), hn::Mul(p, s.v));
}

// An odd polynomial near 0 (Cephes), elsewhere 1 - 2 / (e^2|a| + 1) with the sign of a.
HWY_INLINE Lanes tanh(Lanes a) {
  const D d;
  const V size = hn::Abs(a.v);
  const V twice = at_most(exp_high, hn::Add(size, size));
  const Lanes far = Lanes(1.0f) - Lanes(2.0f) / (Lanes(exp_of_limited(twice)) + Lanes(1.0f));
  const V square = hn::Mul(a.v, a.v);
  V p = hn::Set(d, -5.70498872745e-3f);
  for (float c : {2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f, -3.33332819422e-1f})
    p = hn::MulAdd(p, square, hn::Set(d, c));
  const V near = hn::MulAdd(hn::Mul(p, square), a.v, a.v);
  return hn::CopySign(hn::IfThenElse(hn::Lt(size, hn::Set(d, 0.625f)), near, far.v), a.v);
}

// Highway's scalar code reads what it masks.
#define CADENA_MASKS_TOUCH (HWY_MEM_OPS_MIGHT_FAULT || HWY_TARGET == HWY_SCALAR)

// The first `left` lanes at p, zeros after them. Where a masked load or store may touch what lies
// beyond the row, the last, partial vector goes through a small buffer.
HWY_INLINE Lanes load(const float* p, int64_t left) {
  const D d;
  if (HWY_LIKELY(left >= lanes)) return hn::LoadU(d, p);
#if CADENA_MASKS_TOUCH
  HWY_ALIGN float edge[lanes] = {};
  std::memcpy(edge, p, static_cast<size_t>(left) * sizeof(float));
  return hn::Load(d, edge);
#else
  return hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(left)), d, p);
#endif
}

HWY_INLINE void store(Lanes a, float* p, int64_t left) {
  const D d;
  if (HWY_LIKELY(left >= lanes)) return hn::StoreU(a.v, d, p);
#if CADENA_MASKS_TOUCH
  HWY_ALIGN float edge[lanes];
  hn::Store(a.v, d, edge);
  std::memcpy(p, edge, static_cast<size_t>(left) * sizeof(float));
#else
  hn::BlendedStore(a.v, hn::FirstN(d, static_cast<size_t>(left)), d, p);
#endif
}

#undef CADENA_MASKS_TOUCH

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#endif  // per target
