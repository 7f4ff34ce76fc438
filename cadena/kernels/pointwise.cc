// SPDX-License-Identifier: MIT
#include "cadena/kernels/pointwise.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cadena/base/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/pointwise.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

template <class Function>
HWY_INLINE void map(int64_t size, const float* x, float* y, const Function& f) {
  for (int64_t i = 0; i < size; i += lanes) store(f(load(x + i, size - i)), y + i, size - i);
}

void Activate(Activation f, int64_t size, const float* x, float* y) {
  switch (f) {
    case Activation::tanh:
      return map(size, x, y, [](Lanes a) HWY_ATTR { return tanh(a); });
    case Activation::sigmoid:
      return map(size, x, y, [](Lanes a) HWY_ATTR { return sigmoid(a); });
    case Activation::relu:  // not max(a, 0), which makes 0 of NaN
      return map(size, x, y, [](Lanes a) HWY_ATTR {
        return Lanes(hn::IfThenZeroElse(hn::Lt(a.v, hn::Zero(D())), a.v));
      });
  }
}

template <class Slope>
HWY_INLINE void map_backward(int64_t size, const float* y, const float* dy, float* dx,
                             const Slope& slope) {
  for (int64_t i = 0; i < size; i += lanes) {
    const int64_t left = size - i;
    store(fma(load(dy + i, left), slope(load(y + i, left)), load(dx + i, left)), dx + i, left);
  }
}

const int64_t terms_at_once = int64_t{16} * lanes;

void ActivateBackward(Activation f, int64_t size, const float* y, const float* dy, float* dx) {
  const Lanes one(1.0f);
  switch (f) {
    case Activation::tanh:
      return map_backward(size, y, dy, dx, [=](Lanes a) HWY_ATTR { return one - a * a; });
    case Activation::sigmoid:
      return map_backward(size, y, dy, dx, [=](Lanes a) HWY_ATTR { return a * (one - a); });
    case Activation::relu:
      return map_backward(size, y, dy, dx, [](Lanes a) HWY_ATTR { return positive(a); });
  }
}

void Scale(int64_t size, float a, const float* x, float* y) {
  map(size, x, y, [=](Lanes b) HWY_ATTR { return Lanes(a) * b; });
}

void AddScaled(int64_t size, float a, const float* x, float* y) {
  for (int64_t i = 0; i < size; i += lanes)
    store(fma(Lanes(a), load(x + i, size - i), load(y + i, size - i)), y + i, size - i);
}

void AddProduct(int64_t size, const float* a, const float* b, float* y) {
  for (int64_t i = 0; i < size; i += lanes)
    store(fma(load(a + i, size - i), load(b + i, size - i), load(y + i, size - i)), y + i,
          size - i);
}

double SquaredNorm(int64_t size, const float* x) {
  Lanes sum(0.0f);
  for (int64_t i = 0; i < size; i += lanes) {
    const Lanes a = load(x + i, size - i);
    sum = fma(a, a, sum);
  }
  return hn::GetLane(hn::SumOfLanes(D(), sum.v));
}

double Softmax(int64_t columns, float* row) {
  const float top = *std::max_element(row, row + columns);
  map(columns, row, row, [=](Lanes a) HWY_ATTR { return exp(a - Lanes(top)); });
  double sum = 0;
  for (int64_t j = 0; j < columns; j += terms_at_once) {  // so that no term is lost in a long sum
    Lanes part(0.0f);
    const int64_t end = std::min(columns, j + terms_at_once);
    for (int64_t i = j; i < end; i += lanes) part = part + load(row + i, end - i);
    sum += hn::GetLane(hn::SumOfLanes(D(), part.v));
  }
  const float scale = static_cast<float>(1 / sum);
  map(columns, row, row, [=](Lanes a) HWY_ATTR { return a * Lanes(scale); });
  return std::log(sum) + top;
}

#if HWY_TARGET != HWY_SCALAR
// Rng::block of as many counters as there are 64-bit lanes, from `counter` on: a word of each
// counter is the lower half of its lane, and what stands in the upper one is never looked at.
HWY_INLINE void random_words(const Rng& rng, uint64_t counter, uint32_t* words) {
  const hn::ScalableTag<uint64_t> d;
  const hn::Repartition<uint32_t, decltype(d)> half;
  const auto times = [=](auto c, uint32_t factor) HWY_ATTR {
    return hn::MulEven(hn::BitCast(half, c), hn::Set(half, factor));
  };
  auto c0 = hn::Iota(d, counter), c1 = hn::ShiftRight<32>(c0);
  auto c2 = hn::Set(d, rng.stream()), c3 = hn::ShiftRight<32>(c2);
  auto k0 = static_cast<uint32_t>(rng.seed()), k1 = static_cast<uint32_t>(rng.seed() >> 32);
  for (int round = 0; round < Rng::rounds; ++round) {
    const auto p0 = times(c0, Rng::factors[0]), p1 = times(c2, Rng::factors[1]);
    c0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(p1), c1), hn::Set(d, uint64_t{k0}));
    c2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(p0), c3), hn::Set(d, uint64_t{k1}));
    c1 = p1;
    c3 = p0;
    k0 += Rng::key_steps[0];
    k1 += Rng::key_steps[1];
  }
  const auto low = hn::Set(d, uint64_t{0xFFFFFFFF});
  hn::StoreInterleaved2(hn::Or(hn::And(c0, low), hn::ShiftLeft<32>(c1)),
                        hn::Or(hn::And(c2, low), hn::ShiftLeft<32>(c3)), d,
                        reinterpret_cast<uint64_t*>(words));
}
#endif

// Values [begin, end) of a mask; begin is a multiple of the words that are drawn at once.
void DropoutMask(const Rng& rng, float drop, int64_t begin, int64_t end, float* mask) {
  const D d;
  const hn::RebindToSigned<D> di;
  const hn::RebindToUnsigned<D> du;
  const float kept = 1 / (1 - drop);
#if HWY_TARGET == HWY_SCALAR
  constexpr int64_t at_once = 4;
#else
  constexpr int64_t at_once = 2 * lanes;
#endif
  HWY_ALIGN uint32_t words[at_once];
  for (int64_t i = begin; i < end; i += at_once) {
    const auto counter = static_cast<uint64_t>(i / 4);
#if HWY_TARGET == HWY_SCALAR
    std::ranges::copy(rng.block(counter), words);
#else
    random_words(rng, counter, words);
#endif
    for (int64_t k = 0; k < std::min(at_once, end - i); k += lanes) {
      const auto high = hn::BitCast(di, hn::ShiftRight<8>(hn::Load(du, words + k)));
      const V unit = hn::Mul(hn::ConvertTo(d, high), hn::Set(d, 0x1p-24f));  // Rng::unit
      const V value = hn::IfThenZeroElse(hn::Lt(unit, hn::Set(d, drop)), hn::Set(d, kept));
      store(value, mask + i + k, end - i - k);
    }
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

HWY_EXPORT(Activate);
HWY_EXPORT(ActivateBackward);
HWY_EXPORT(Scale);
HWY_EXPORT(AddScaled);
HWY_EXPORT(AddProduct);
HWY_EXPORT(SquaredNorm);
HWY_EXPORT(Softmax);
HWY_EXPORT(DropoutMask);

void activate(Activation f, int64_t size, const float* x, float* y) {
  parallel_blocks(size, elements_at_once, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(Activate)(f, end - begin, x + begin, y + begin);
  });
}

void activate_backward(Activation f, int64_t size, const float* y, const float* dy, float* dx) {
  parallel_blocks(size, elements_at_once, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(ActivateBackward)(f, end - begin, y + begin, dy + begin, dx + begin);
  });
}

void scale(int64_t size, float a, const float* x, float* y) {
  parallel_blocks(size, elements_at_once, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(Scale)(end - begin, a, x + begin, y + begin);
  });
}

void add_scaled(int64_t size, float a, const float* x, float* y) {
  parallel_blocks(size, elements_at_once, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(AddScaled)(end - begin, a, x + begin, y + begin);
  });
}

void add_product(int64_t size, const float* a, const float* b, float* y) {
  parallel_blocks(size, elements_at_once, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(AddProduct)(end - begin, a + begin, b + begin, y + begin);
  });
}

void dropout_mask(int64_t size, float drop, const Rng& noise, float* mask) {
  parallel_blocks(size, elements_at_once, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(DropoutMask)(noise, drop, begin, end, mask);
  });
}

double squared_norm(int64_t size, const float* x) {
  std::vector<double> parts(static_cast<size_t>((size + elements_at_once - 1) / elements_at_once));
  parallel_blocks(size, elements_at_once, [&](int64_t begin, int64_t end) {
    parts[static_cast<size_t>(begin / elements_at_once)] =
        HWY_DYNAMIC_DISPATCH(SquaredNorm)(end - begin, x + begin);
  });
  double sum = 0;
  for (double part : parts) sum += part;
  return sum;
}

double squared_norm_of_rows(std::span<const int32_t> ids, int64_t columns, const float* table) {
  double sum = 0;
  for (int32_t id : ids) sum += HWY_DYNAMIC_DISPATCH(SquaredNorm)(columns, table + id * columns);
  return sum;
}

double softmax(int64_t columns, float* row) { return HWY_DYNAMIC_DISPATCH(Softmax)(columns, row); }

double softmax_cross_entropy(int64_t rows, int64_t columns, const int32_t* targets, float* logits) {
  std::vector<double> losses(static_cast<size_t>(rows));
  constexpr int64_t rows_at_once = 16;
  parallel_blocks(rows, rows_at_once, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* row = logits + i * columns;
      const int32_t target = targets[i];
      if (target < 0) {
        std::fill_n(row, columns, 0.0f);
        continue;
      }
      const float logit = row[target];
      losses[static_cast<size_t>(i)] = HWY_DYNAMIC_DISPATCH(Softmax)(columns, row) - logit;
      row[target] -= 1;
    }
  });
  double sum = 0;
  for (double loss : losses) sum += loss;
  return sum;
}

}  // namespace cadena::kernels
#endif
