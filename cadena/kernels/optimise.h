// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cadena::kernels {

/// w -= rate · v, with v = momentum · v + scale · gradient (Polyak, 1964, as PyTorch writes it).
struct SgdStep {
  float rate, momentum, scale;
};
void sgd_step(const SgdStep& step, int64_t size, const float* gradient, float* v, float* w);

/// Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and Hutter, 2019) when decay
/// > 0:
///   g = scale · gradient   m = b1·m + (1 - b1)·g   v = b2·v + (1 - b2)·g²
///   w -= decay·w + rate · m / (sqrt(v) · root_correction + epsilon)
/// `rate` already holds the correction 1 / (1 - b1^t), `root_correction` is 1 / sqrt(1 - b2^t).
struct AdamStep {
  float rate, b1, b2, epsilon, decay, root_correction, scale;
};
void adam_step(const AdamStep& step, int64_t size, const float* gradient, float* m, float* v,
               float* w);

/// average += weight · (w - average): the exponential moving average of parameters.
void average_step(float weight, int64_t size, const float* w, float* average);

}  // namespace cadena::kernels
