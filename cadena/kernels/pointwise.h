// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cadena/base/rng.h"

namespace cadena::kernels {

/// Functions whose slope can be had from their value.
enum class Activation { tanh, sigmoid, relu };

/// y = f(x), element by element.
void activate(Activation f, int64_t size, const float* x, float* y);
/// dx += dy · f', the slope taken from y = f(x).
void activate_backward(Activation f, int64_t size, const float* y, const float* dy, float* dx);

/// y += a · x
void add_scaled(int64_t size, float a, const float* x, float* y);
/// y += a · b, element by element.
void add_product(int64_t size, const float* a, const float* b, float* y);

/// Each element 0 with probability `drop`, else 1 / (1 - drop).
void dropout_mask(int64_t size, float drop, const Rng& noise, float* mask);

/// Sum of squares, in a fixed order.
double squared_norm(int64_t size, const float* x);

/// Row by row: probabilities = softmax(logits), and the sum of -log probabilities[target] over rows
/// whose target is not negative; the others add nothing. Finite for any finite logits.
double softmax_cross_entropy(int64_t rows, int64_t columns, const float* logits,
                             const int32_t* targets, float* probabilities);

}  // namespace cadena::kernels
