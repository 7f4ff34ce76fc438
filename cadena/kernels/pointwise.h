// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "cadena/base/rng.h"

namespace cadena::kernels {

/// Functions whose slope can be had from their value.
enum class Activation { tanh, sigmoid, relu };

/// y = f(x), element by element.
void activate(Activation f, int64_t size, const float* x, float* y);
/// dx += dy · f', the slope taken from y = f(x).
void activate_backward(Activation f, int64_t size, const float* y, const float* dy, float* dx);

/// y = a · x
void scale(int64_t size, float a, const float* x, float* y);
/// y += a · x
void add_scaled(int64_t size, float a, const float* x, float* y);
/// y += a · b, element by element.
void add_product(int64_t size, const float* a, const float* b, float* y);

/// Each element 0 with probability `drop`, else 1 / (1 - drop).
void dropout_mask(int64_t size, float drop, const Rng& noise, float* mask);

/// Sum of squares, in a fixed order.
double squared_norm(int64_t size, const float* x);
/// The same of the rows `ids` of a table, in that order.
double squared_norm_of_rows(std::span<const int32_t> ids, int64_t columns, const float* table);

/// Softmax of a row in place; returns the logarithm of the sum of exp. Finite for finite logits.
double softmax(int64_t columns, float* row);

/// The sum of -log softmax(logits)[target] over the rows whose target is not negative. Each row
/// becomes the gradient of its loss: softmax - onehot(target); zeros where the target is negative.
double softmax_cross_entropy(int64_t rows, int64_t columns, const int32_t* targets, float* logits);

}  // namespace cadena::kernels
