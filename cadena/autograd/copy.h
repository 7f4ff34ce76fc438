// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "cadena/autograd/attention.h"
#include "cadena/tensor/tensor.h"

namespace cadena {

/// A word is either generated or copied from what attention looks at (See, Liu and Manning, 2017):
///   p(w) = g · softmax(logits)[w] + (1 - g) · sum of the weights of the keys that are w
/// with g = σ(gate). Words from V on can be copied only.
struct CopyScores {
  Tensor logits;   // [Nq, V]
  Tensor gate;     // [Nq, 1]
  Tensor weights;  // of attention
};

/// Sum over rows of -log p(target) -> [1]; rows with a negative target add exactly 0. `words`: of
/// each key, negative for one that is never copied. Errors: shapes that do not agree.
Tensor copy_cross_entropy(const CopyScores& scores, const Pairing& pairing,
                          std::span<const int32_t> words, std::span<const int32_t> targets);

/// log p of the words below `columns` (at least V) -> [Nq, columns]; not differentiable. Errors: as
/// above, and a word of a key that is not below `columns`.
Tensor copy_log_probabilities(const CopyScores& scores, const Pairing& pairing,
                              std::span<const int32_t> words, int64_t columns);

}  // namespace cadena
