// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

namespace cadena::kernels {

/// Stands for minus infinity in scores: e to this power is 0 in float.
constexpr float forbidden = -1e9f;

/// A linear-chain conditional random field over K tags and a packed batch of scores [N, K].
struct Crf {
  int64_t tags;
  const float* transitions;          // [K, K], from row to column
  const float* start;                // [K]
  const float* end;                  // [K]
  std::span<const int> lengths;      // [B]; the rows of sequence b are offsets[t] + b
  std::span<const int64_t> offsets;  // [T]
};

/// Where gradients of the summed loss go; they are added.
struct CrfGradients {
  float* scores;       // [N, K]
  float* transitions;  // [K, K]
  float* start;        // [K]
  float* end;          // [K]
};

/// Sum over sequences of log Z(scores) - score(tags): the negative log-likelihood (Lafferty,
/// McCallum and Pereira, 2001), by the forward recursion in logarithms. With `gradients` also by
/// the backward one.
double crf_loss(const Crf& crf, const float* scores, const int32_t* tags,
                const CrfGradients* gradients);

/// The best tags of every sequence (Viterbi, 1967), one per row; ties go to the lower tag.
void crf_decode(const Crf& crf, const float* scores, int32_t* tags);

}  // namespace cadena::kernels
