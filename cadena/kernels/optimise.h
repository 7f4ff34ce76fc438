// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

namespace cadena::kernels {

/// A parameter and what an optimiser keeps beside each of its values.
struct Weights {
  float* w;
  float *first, *second;  ///< moments; sgd has only the first
  float* mean;            ///< the running mean of w; null: none is kept
  const float* gradient;
};

/// Values [begin, end) of a parameter, which a step moves; without a gradient, theirs is 0.
struct Range {
  int64_t begin, end;
  bool has_gradient = true;
};

// A step is one pass over the values of some ranges, none of which overlap. After it
//   mean += average · (w - mean)
// It returns whether all weights that it moved are finite.

/// w -= rate · v, with v = momentum · v + scale · gradient (Polyak, 1964, as PyTorch writes it).
struct SgdStep {
  float rate, momentum, scale, average = 0;
};
bool sgd_step(const SgdStep& step, const Weights& weights, std::span<const Range> ranges);

/// Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and Hutter, 2019) when decay
/// > 0:
///   g = scale · gradient   m = b1·m + (1 - b1)·g   v = b2·v + (1 - b2)·g²
///   w -= decay·w + rate · m / (sqrt(v) · root_correction + epsilon)
/// `rate` already holds the correction 1 / (1 - b1^t), `root_correction` is 1 / sqrt(1 - b2^t).
struct AdamStep {
  float rate, b1, b2, epsilon, decay, root_correction, scale, average = 0;
};
bool adam_step(const AdamStep& step, const Weights& weights, std::span<const Range> ranges);

}  // namespace cadena::kernels
