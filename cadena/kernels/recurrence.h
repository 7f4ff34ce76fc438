// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cadena/kernels/recurrent.h"

namespace cadena::kernels {

/// A cell run over all steps of a packed batch in one direction. N rows in T steps, B sequences, H
/// units, G gates, S states (tensor/layout.h says how rows form sequences).
struct Recurrence {
  const CellKernel* cell;
  int64_t hidden;
  std::span<const int> widths;       // [T], sequences alive at each step, not increasing
  std::span<const int64_t> offsets;  // [T], first row of each step
  bool reverse;                      // from the last step of each sequence to its first

  const float* x;               // [N, G·H], input pre-activations
  const float* weight;          // [G·H, H], recurrent
  const float* bias;            // [G·H], recurrent
  States<const float> initial;  // [B]
  bool from_zero;               // they are zeros, so the products with them are left out
  States<float> states;         // [N], written by the forward pass
  float* saved;                 // [N, saved·H], or null when no backward pass will follow
};

/// Gradients of a Recurrence. `last` are those of each sequence's final states; what is written is
/// set, not added to.
struct RecurrenceGradients {
  States<const float> outputs;  // [N], only h
  States<const float> last;     // [B]
  float* dx;                    // [N, G·H], of the input pre-activations
  float* du;                    // [N, G·H], of the recurrent products; dx if the cell sums both
  States<float> initial;        // [B], of the sequences that have steps; null if not wanted
};

/// Runs independent recurrences of equal layout together (both directions of a layer). The threads
/// share each step and meet after it, so that every one keeps its part of the weights in its cache.
void recurrence_forward(std::span<const Recurrence> recurrences);
void recurrence_backward(std::span<const Recurrence> recurrences,
                         std::span<const RecurrenceGradients> gradients);

/// The h that entered each row, from row `first` on: the right operand of the recurrent weights'
/// gradient. A first step from zeros is left out.
struct PreviousOutputs {
  int64_t first = 0;
  std::vector<const float*> rows;  // H values each
};
PreviousOutputs previous_outputs(const Recurrence& recurrence);

}  // namespace cadena::kernels
