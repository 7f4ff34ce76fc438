// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "cadena/tensor/layout.h"
#include "cadena/tensor/tensor.h"

namespace cadena {

// Differentiable functions on tensors seen as matrices [rows, columns]. Each returns a new tensor
// and, while a Tape lives, records its pullback. Errors: shapes that do not agree.

/// x · weightᵀ + bias: x [N, D], weight [H, D], bias [H] or none -> [N, H].
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias);
/// The same with rows [begin, end) of weight and bias only -> [N, end - begin].
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, int64_t begin,
              int64_t end);

Tensor add(const Tensor& a, const Tensor& b);
/// Element by element.
Tensor multiply(const Tensor& a, const Tensor& b);
Tensor scale(const Tensor& x, float factor);
/// Sum of all elements -> [1].
Tensor sum(const Tensor& x);

Tensor tanh(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor relu(const Tensor& x);

/// Of each row.
Tensor softmax(const Tensor& logits);

/// Side by side: [N, D1], [N, D2], ... -> [N, D1 + D2 + ...].
Tensor concat(std::span<const Tensor> parts);

/// Rows [begin, end) of x -> [end - begin, D].
Tensor rows(const Tensor& x, int64_t begin, int64_t end);
/// `count` columns from `begin` on -> [N, count].
Tensor columns(const Tensor& x, int64_t begin, int64_t count);
/// One below the other: [N1, D], [N2, D], ... -> [N1 + N2 + ..., D].
Tensor stack(std::span<const Tensor> parts);

/// Rows `ids` of a table [V, D] -> [ids, D].
Tensor gather(const Tensor& table, std::span<const int32_t> ids);

/// Each row of x [N, D] times its own factor [N, 1].
Tensor scale_rows(const Tensor& x, const Tensor& factors);

/// Each column of x [N, D] times its own factor [D].
Tensor scale_columns(const Tensor& x, const Tensor& factors);

/// a where the mask, a constant, is not 0, else b; all of one shape.
Tensor choose(const Tensor& mask, const Tensor& a, const Tensor& b);

/// Each row brought to mean 0 and variance 1, times a gain, plus a bias [D] (Ba, Kiros and Hinton,
/// 2016); with `widths` each of so many neighbouring columns by themselves.
Tensor layer_norm(const Tensor& x, const Tensor& gain, const Tensor& bias,
                  std::span<const int64_t> widths = {});

/// Largest value of each column over the rows of each sequence: [N, D] -> [B, D]; zeros where a
/// sequence is empty. Of equal values the first passes the gradient on.
Tensor max_over_time(const Tensor& x, const Layout& layout);

/// [N, D] -> [B, D]; zeros where a sequence is empty.
Tensor sum_over_time(const Tensor& x, const Layout& layout);
Tensor mean_over_time(const Tensor& x, const Layout& layout);
/// Each column over the steps of each sequence: [N, D] -> [N, D].
Tensor softmax_over_time(const Tensor& x, const Layout& layout);

/// Each element set to 0 with probability `drop`, the others divided by 1 - drop (Srivastava et
/// al., 2014). The identity unless a Tape with noise lives.
Tensor dropout(const Tensor& x, float drop);
/// The same columns dropped in every row.
Tensor column_dropout(const Tensor& x, float drop);
/// The same columns dropped at every step of a sequence (Gal and Ghahramani, 2016).
Tensor sequence_dropout(const Tensor& x, const Layout& layout, float drop);

/// Sum over rows of -log softmax(logits)[target] -> [1]; rows with a negative target add exactly 0.
Tensor cross_entropy(const Tensor& logits, std::span<const int32_t> targets);
/// The same of the logits linear(x, weight, bias), which are never in memory together: for large
/// vocabularies. The gradients are made at once, while the logits are at hand.
Tensor linear_cross_entropy(const Tensor& x, const Tensor& weight, const Tensor& bias,
                            std::span<const int32_t> targets);

}  // namespace cadena
