// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

namespace cadena::kernels {

/// Rows of a matrix in groups: those of group g are rows[starts[g]] ... rows[starts[g + 1] - 1].
struct RowGroups {
  std::span<const int64_t> rows, starts;

  int64_t groups() const { return std::ssize(starts) - 1; }
  std::span<const int64_t> of(int64_t group) const {
    const auto g = static_cast<size_t>(group);
    return rows.subspan(static_cast<size_t>(starts[g]),
                        static_cast<size_t>(starts[g + 1] - starts[g]));
  }
};

/// Every query of a group looks at all keys of that group: softmax over the keys of a score, and
/// the mean of the values with those weights (Bahdanau, Cho and Bengio, 2015; Luong, Pham and
/// Manning, 2015). A row stands in one group at most.
struct Attention {
  RowGroups queries, keys;           // as many groups
  std::span<const int64_t> weights;  // [Nq], where the weights of a query begin, one for each key
  int64_t size, value_size;          // H, D
  const float* direction;            // v [H]: the score is v · tanh(q + k); null: it is q · k
};

/// Matrices of an Attention.
struct AttentionRows {
  const float* queries;  // [Nq, H]
  const float* keys;     // [Nk, H]
  const float* values;   // [Nk, D]
};

/// Sets the weights, and of every query in a group its row of `context` [Nq, D]: zeros where there
/// are no keys. What a query gets does not depend on the others.
void attend(const Attention& attention, const AttentionRows& rows, float* weights, float* context);

/// The gradients of `context` and of the weights are given, null for zeros; the others are added
/// to, null for those that nobody wants. Keys and values may have one gradient.
struct AttentionGradients {
  const float *context, *weights;
  float *queries, *keys, *values;
  float* direction;  // [H]
};
void attend_backward(const Attention& attention, const AttentionRows& rows, const float* weights,
                     const AttentionGradients& gradients);

}  // namespace cadena::kernels
