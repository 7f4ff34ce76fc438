// SPDX-License-Identifier: MIT
#include "cadena/kernels/top.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/top.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

constexpr int64_t block = 64;

// The largest value of each block.
void BlockMaxima(int64_t columns, const float* row, float* maxima) {
  for (int64_t j = 0; j < columns; j += block) {
    const int64_t size = std::min(block, columns - j);
    float top = row[j];
    if (size == block) {
      Lanes most = load(row + j, lanes);
      for (int64_t i = lanes; i < block; i += lanes) most = max(most, load(row + j + i, lanes));
      top = hn::GetLane(hn::MaxOfLanes(D(), most.v));
    } else {
      top = *std::max_element(row + j, row + columns);
    }
    *maxima++ = top;
  }
}

// Sum of e^(x - shift).
double SumExp(int64_t columns, const float* row, float shift) {
  double sum = 0;
  for (int64_t j = 0; j < columns; j += block) {
    Lanes part(0.0f);
    const int64_t end = std::min(columns, j + block);
    for (int64_t i = j; i < end; i += lanes) {
      const int64_t left = end - i;
      const Lanes term = exp(load(row + i, left) - Lanes(shift));
      part = part +
             (left >= lanes
                  ? term
                  : Lanes(hn::IfThenElseZero(hn::FirstN(D(), static_cast<size_t>(left)), term.v)));
    }
    sum += hn::GetLane(hn::SumOfLanes(D(), part.v));
  }
  return sum;
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

using HWY_NAMESPACE::block;

HWY_EXPORT(BlockMaxima);
HWY_EXPORT(SumExp);

double top(int64_t columns, const float* row, int64_t count, int32_t* ids, float* logits) {
  constexpr float nothing = -std::numeric_limits<float>::infinity();
  std::fill_n(ids, count, -1);
  std::fill_n(logits, count, nothing);
  std::vector<float> maxima(static_cast<size_t>((columns + block - 1) / block));
  HWY_DYNAMIC_DISPATCH(BlockMaxima)(columns, row, maxima.data());
  for (int64_t j = 0; j < columns; j += block) {
    if (!(maxima[static_cast<size_t>(j / block)] > logits[count - 1])) continue;
    for (int64_t i = j; i < std::min(columns, j + block); ++i) {
      if (!(row[i] > logits[count - 1])) continue;
      const auto place =
          std::upper_bound(logits, logits + count, row[i], std::greater<float>()) - logits;
      std::copy_backward(logits + place, logits + count - 1, logits + count);
      std::copy_backward(ids + place, ids + count - 1, ids + count);
      logits[place] = row[i];
      ids[place] = static_cast<int32_t>(i);
    }
  }
  const float most = *std::ranges::max_element(maxima);
  return std::log(HWY_DYNAMIC_DISPATCH(SumExp)(columns, row, most)) + most;
}

}  // namespace cadena::kernels
#endif
