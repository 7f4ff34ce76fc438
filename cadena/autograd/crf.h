// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cadena/tensor/layout.h"
#include "cadena/tensor/tensor.h"

namespace cadena {

/// Scores of a linear-chain conditional random field over K tags. What is not legal has a score of
/// kernels::forbidden, and no gradient.
struct CrfScores {
  Tensor transitions;  // [K, K], from row to column
  Tensor start, end;   // [K]
};

/// Negative log-likelihood of `tags` (one per row), summed over the sequences of a packed batch ->
/// [1]. `scores` [N, K]. Errors: shapes that do not agree, a tag outside [0, K).
Tensor crf_loss(const Tensor& scores, const CrfScores& crf, std::span<const int32_t> tags,
                const Layout& layout);

/// The most probable tags, one per row.
std::vector<int32_t> crf_decode(const Tensor& scores, const CrfScores& crf, const Layout& layout);

}  // namespace cadena
