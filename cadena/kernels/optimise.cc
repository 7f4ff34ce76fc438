// SPDX-License-Identifier: MIT
#include "cadena/kernels/optimise.h"

#include <algorithm>
#include <atomic>

#include "cadena/base/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/optimise.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

// Calls move(i, left, gradient) for each vector of the ranges; it returns the new weights. Returns
// whether all of these are finite.
template <class Move>
HWY_INLINE bool each_vector(float scale, float average, Weights p, std::span<const Range> ranges,
                            const Move& move) {
  Lanes zeros(0.0f);  // or NaN, the difference of an infinity and itself
  for (const Range& range : ranges)
    for (int64_t i = range.begin; i < range.end; i += lanes) {
      const int64_t left = range.end - i;
      const Lanes gradient =
          range.has_gradient ? Lanes(scale) * load(p.gradient + i, left) : Lanes(0.0f);
      const Lanes w = move(i, left, gradient);
      store(w, p.w + i, left);
      zeros = zeros + (w - w);
      if (!p.mean) continue;
      const Lanes mean = load(p.mean + i, left);
      store(fma(Lanes(average), w - mean, mean), p.mean + i, left);
    }
  return hn::GetLane(hn::SumOfLanes(D(), zeros.v)) == 0;
}

bool Sgd(const SgdStep& s, const Weights& p, std::span<const Range> ranges) {
  return each_vector(s.scale, s.average, p, ranges, [&](int64_t i, int64_t left, Lanes g) HWY_ATTR {
    const Lanes speed = fma(Lanes(s.momentum), load(p.first + i, left), g);
    store(speed, p.first + i, left);
    return load(p.w + i, left) - Lanes(s.rate) * speed;
  });
}

bool Adam(const AdamStep& s, const Weights& p, std::span<const Range> ranges) {
  return each_vector(s.scale, s.average, p, ranges, [&](int64_t i, int64_t left, Lanes g) HWY_ATTR {
    const Lanes mean = fma(Lanes(s.b1), load(p.first + i, left), Lanes(1 - s.b1) * g);
    const Lanes square = fma(Lanes(s.b2), load(p.second + i, left), Lanes(1 - s.b2) * g * g);
    store(mean, p.first + i, left);
    store(square, p.second + i, left);
    const Lanes root(hn::Sqrt(square.v));
    const Lanes step = Lanes(s.rate) * mean / fma(root, Lanes(s.root_correction), Lanes(s.epsilon));
    const Lanes old = load(p.w + i, left);
    return old - fma(Lanes(s.decay), old, step);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

HWY_EXPORT(Sgd);
HWY_EXPORT(Adam);

namespace {

constexpr int64_t elements_at_once = 16384;

// Ranges are all of about one size: the rows of a table, or blocks of a whole parameter.
int64_t ranges_at_once(std::span<const Range> ranges) {
  const int64_t size = ranges.empty() ? 1 : ranges[0].end - ranges[0].begin;
  return std::max<int64_t>(1, elements_at_once / std::max<int64_t>(1, size));
}

// Whether move() is true of all blocks.
template <class Move>
bool in_blocks(std::span<const Range> ranges, const Move& move) {
  std::atomic<bool> all = true;
  parallel_blocks(std::ssize(ranges), ranges_at_once(ranges), [&](int64_t begin, int64_t end) {
    if (!move(ranges.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin))))
      all = false;
  });
  return all;
}

}  // namespace

bool sgd_step(const SgdStep& step, const Weights& weights, std::span<const Range> ranges) {
  return in_blocks(ranges, [&](std::span<const Range> some) {
    return HWY_DYNAMIC_DISPATCH(Sgd)(step, weights, some);
  });
}

bool adam_step(const AdamStep& step, const Weights& weights, std::span<const Range> ranges) {
  return in_blocks(ranges, [&](std::span<const Range> some) {
    return HWY_DYNAMIC_DISPATCH(Adam)(step, weights, some);
  });
}

}  // namespace cadena::kernels
#endif
