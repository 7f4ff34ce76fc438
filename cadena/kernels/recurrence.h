// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "cadena/kernels/recurrent.h"

namespace cadena::kernels {

/// Some consecutive rows of a matrix, from row `first` of the whole on.
template <class Float>
struct Rows {
  Float* data = nullptr;
  int64_t stride = 0, first = 0;

  Float* row(int64_t i) const { return data + (i - first) * stride; }
  explicit operator bool() const { return data != nullptr; }
};

/// How the rows of a packed batch form sequences (tensor/layout.h).
struct Sequences {
  std::span<const int> widths;       // [T], sequences alive at each step, not increasing
  std::span<const int64_t> offsets;  // [T], first row of each step

  int64_t steps() const { return std::ssize(widths); }
  int64_t width(int64_t step) const {
    return step < 0 || step >= steps() ? 0 : widths[static_cast<size_t>(step)];
  }
  int64_t row(int64_t step) const { return offsets[static_cast<size_t>(step)]; }
};

/// The steps [first, last) of a cell run over a packed batch in one direction: H units, G gates, S
/// states. Rows keep their numbers, so a matrix may hold those of these steps alone.
struct Recurrence {
  const CellKernel* cell;
  const PackedMatrix* weight;  // forwards CellKernel::pack_forward, backwards [G·H, H] (or [0, H])
  int64_t hidden;
  Sequences sequences;
  bool reverse;  // from the last step of each sequence to its first
  int64_t first, last;

  const float* bias;            // [G·H], recurrent; null: zeros
  const float* own;             // [own·H]
  Rows<const float> stay;       // [S·H], shares of states that stay as they were; none: zeros
  States<const float> initial;  // [B]
  bool from_zero;               // they are zeros, so the products with them are left out
  Rows<float> x;                // [G·H], input pre-activations
  Rows<float> h,
      rest;  // [H], [(S-1)·H], the states; of the step before these in running order as well
  Rows<float> saved;  // [saved·H]; none when no backward pass will follow
  // h and the initial one in bfloat16, if the weight is so.
  Rows<float> paired{}, initial_paired{};
};

/// Gradients of a Recurrence; what is written is set, not added to.
struct RecurrenceGradients {
  Rows<const float> outputs;  // [H]; none: zeros
  States<const float> last;   // [B], of each sequence's final states
  Rows<float> dx, du;  // [G·H], of x and of the recurrent products; the same if both are summed
  Rows<float> dw;      // [own·H], of the own weights; none if not wanted
  Rows<float> du_paired{};  // du in bfloat16 [paired_size(G·H)], if the weight is so
  Rows<float> du_after;   // du (du_paired, if the weight is so) of the step after these in running
                          // order
  States<float> carry;    // [B], what goes from step to step beside du
  States<float> initial;  // [B]; none if not wanted
};

/// Runs independent recurrences together (both directions of a layer). The threads share each step
/// and meet after it, so that every one keeps its part of the weights in its cache.
void recurrence_forward(std::span<const Recurrence> recurrences);
void recurrence_backward(std::span<const Recurrence> recurrences,
                         std::span<const RecurrenceGradients> gradients);

}  // namespace cadena::kernels
