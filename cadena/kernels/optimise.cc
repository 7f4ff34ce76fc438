// SPDX-License-Identifier: MIT
#include "cadena/kernels/optimise.h"

#include "cadena/base/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/optimise.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

void Sgd(const SgdStep& s, int64_t size, const float* gradient, float* v, float* w) {
  for (int64_t i = 0; i < size; i += lanes) {
    const int64_t left = size - i;
    const Lanes speed =
        fma(Lanes(s.momentum), load(v + i, left), Lanes(s.scale) * load(gradient + i, left));
    store(speed, v + i, left);
    store(load(w + i, left) - Lanes(s.rate) * speed, w + i, left);
  }
}

void Adam(const AdamStep& s, int64_t size, const float* gradient, float* m, float* v, float* w) {
  for (int64_t i = 0; i < size; i += lanes) {
    const int64_t left = size - i;
    const Lanes g = Lanes(s.scale) * load(gradient + i, left);
    const Lanes mean = fma(Lanes(s.b1), load(m + i, left), Lanes(1 - s.b1) * g);
    const Lanes square = fma(Lanes(s.b2), load(v + i, left), Lanes(1 - s.b2) * g * g);
    store(mean, m + i, left);
    store(square, v + i, left);
    const Lanes root(hn::Sqrt(square.v));
    const Lanes step = Lanes(s.rate) * mean / fma(root, Lanes(s.root_correction), Lanes(s.epsilon));
    const Lanes old = load(w + i, left);
    store(old - fma(Lanes(s.decay), old, step), w + i, left);
  }
}

void Average(float weight, int64_t size, const float* w, float* average) {
  for (int64_t i = 0; i < size; i += lanes) {
    const int64_t left = size - i;
    const Lanes old = load(average + i, left);
    store(fma(Lanes(weight), load(w + i, left) - old, old), average + i, left);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {
namespace {

constexpr int64_t elements_at_once = 16384;

}  // namespace

HWY_EXPORT(Sgd);
HWY_EXPORT(Adam);
HWY_EXPORT(Average);

void sgd_step(const SgdStep& step, int64_t size, const float* gradient, float* v, float* w) {
  parallel_blocks(size, elements_at_once, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(Sgd)(step, end - begin, gradient + begin, v + begin, w + begin);
  });
}

void adam_step(const AdamStep& step, int64_t size, const float* gradient, float* m, float* v,
               float* w) {
  parallel_blocks(size, elements_at_once, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(Adam)
    (step, end - begin, gradient + begin, m + begin, v + begin, w + begin);
  });
}

void average_step(float weight, int64_t size, const float* w, float* average) {
  parallel_blocks(size, elements_at_once, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(Average)(weight, end - begin, w + begin, average + begin);
  });
}

}  // namespace cadena::kernels
#endif
