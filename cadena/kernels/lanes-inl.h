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

constexpr int lanes = static_cast<int>(hn::MaxLanes(D()));  // exact on targets of fixed width

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

// e^a = 2^n · e^r with |r| <= ln 2 / 2, ln 2 in two parts (Cody and Waite, 1980), the polynomial
// from the Cephes library (Moshier). At most 2 units in the last place; 0 below the smallest normal
// number, and saturating above e^88.37, so never infinite.
HWY_INLINE Lanes exp(Lanes a) {
  const D d;
  const hn::RebindToSigned<D> di;
  const V low = hn::Set(d, -87.33654f), high = hn::Set(d, 88.37626f);
  const V x = hn::Min(hn::Max(a.v, low), high);
  const V n = hn::Round(hn::Mul(x, hn::Set(d, 1.44269504f)));
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
  V p = hn::Set(d, 1.9875691500e-4f);
  for (float c :
       {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
    p = hn::MulAdd(p, r, hn::Set(d, c));
  const V mantissa = hn::Add(hn::MulAdd(hn::Mul(r, r), p, r), hn::Set(d, 1.0f));
  const auto exponent = hn::ShiftLeft<23>(hn::ConvertTo(di, n));
  const V scaled = hn::BitCast(d, hn::Add(hn::BitCast(di, mantissa), exponent));
  return hn::IfThenElse(hn::IsNaN(a.v), a.v, hn::IfThenElseZero(hn::Ge(a.v, low), scaled));
}

HWY_INLINE Lanes sigmoid(Lanes a) { return Lanes(1.0f) / (Lanes(1.0f) + exp(Lanes(0.0f) - a)); }

// An odd polynomial near 0 (Cephes), elsewhere 1 - 2 / (e^2|a| + 1) with the sign of a.
HWY_INLINE Lanes tanh(Lanes a) {
  const D d;
  const V size = hn::Abs(a.v);
  const V far = (Lanes(1.0f) - Lanes(2.0f) / (exp(Lanes(size) + Lanes(size)) + Lanes(1.0f))).v;
  const V square = hn::Mul(a.v, a.v);
  V p = hn::Set(d, -5.70498872745e-3f);
  for (float c : {2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f, -3.33332819422e-1f})
    p = hn::MulAdd(p, square, hn::Set(d, c));
  const V near = hn::MulAdd(hn::Mul(p, square), a.v, a.v);
  return hn::CopySign(hn::IfThenElse(hn::Lt(size, hn::Set(d, 0.625f)), near, far), a.v);
}

// Vector of `left` or more floats at p. The last, partial vector of a row goes through a small
// buffer: a masked load or store may touch what lies beyond the row on some targets.
HWY_INLINE Lanes load(const float* p, int64_t left) {
  const D d;
  if (HWY_LIKELY(left >= lanes)) return hn::LoadU(d, p);
  HWY_ALIGN float edge[lanes] = {};
  std::memcpy(edge, p, static_cast<size_t>(left) * sizeof(float));
  return hn::Load(d, edge);
}

HWY_INLINE void store(Lanes a, float* p, int64_t left) {
  const D d;
  if (HWY_LIKELY(left >= lanes)) return hn::StoreU(a.v, d, p);
  HWY_ALIGN float edge[lanes];
  hn::Store(a.v, d, edge);
  std::memcpy(p, edge, static_cast<size_t>(left) * sizeof(float));
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#endif  // per target
