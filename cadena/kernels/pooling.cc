// SPDX-License-Identifier: MIT
#include "cadena/kernels/pooling.h"

#include "cadena/base/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/pooling.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

// One line of windows each; x, dx begin at the first window, y, dy at its result.

void MaxPool(const Pooling& p, const float* x, float* y) {
  for (int64_t place = 0; place < p.out_width(); ++place, x += p.size * p.channels, y += p.channels)
    for (int64_t k = 0; k < p.channels; k += lanes) {
      const int64_t left = p.channels - k;
      Lanes largest = load(x + k, left);
      for (int64_t i = 0; i < p.size; ++i)
        for (int64_t j = 0; j < p.size; ++j)
          largest = max(largest, load(x + (i * p.width + j) * p.channels + k, left));
      store(largest, y + k, left);
    }
}

void MaxPoolBackward(const Pooling& p, const float* x, const float* y, const float* dy, float* dx) {
  for (int64_t place = 0; place < p.out_width(); ++place) {
    for (int64_t k = 0; k < p.channels; k += lanes) {
      const int64_t left = p.channels - k;
      const Lanes largest = load(y + k, left);
      Lanes waiting = load(dy + k, left);  // zero once it has found its place
      for (int64_t i = 0; i < p.size; ++i)
        for (int64_t j = 0; j < p.size; ++j) {
          const int64_t at = (i * p.width + j) * p.channels + k;
          const auto here = hn::Eq(load(x + at, left).v, largest.v);
          const Lanes given = hn::IfThenElseZero(here, waiting.v);
          waiting = hn::IfThenZeroElse(here, waiting.v);
          store(load(dx + at, left) + given, dx + at, left);
        }
    }
    x += p.size * p.channels;
    dx += p.size * p.channels;
    y += p.channels;
    dy += p.channels;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

HWY_EXPORT(MaxPool);
HWY_EXPORT(MaxPoolBackward);

namespace {

/// Calls use(x, y) for each line of windows, with where it begins in x and in y.
template <class Use>
void for_each_line(const Pooling& p, const Use& use) {
  parallel_for(p.images * p.out_height(), [&](int64_t line) {
    const int64_t image = line / p.out_height(), top = line % p.out_height() * p.size;
    use((image * p.height + top) * p.width * p.channels, line * p.out_width() * p.channels);
  });
}

}  // namespace

void max_pool(const Pooling& p, const float* x, float* y) {
  for_each_line(p, [&](int64_t from, int64_t to) {
    HWY_DYNAMIC_DISPATCH(MaxPool)(p, x + from, y + to);
  });
}

void max_pool_backward(const Pooling& p, const float* x, const float* y, const float* dy,
                       float* dx) {
  for_each_line(p, [&](int64_t from, int64_t to) {
    HWY_DYNAMIC_DISPATCH(MaxPoolBackward)(p, x + from, y + to, dy + to, dx + from);
  });
}

}  // namespace cadena::kernels
#endif
