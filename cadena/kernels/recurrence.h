// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "cadena/kernels/gemm.h"
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
  States<float> states;         // [N], written by the forward pass
  float* saved;                 // [N, saved·H], or null when no backward pass will follow
};

/// Gradients of a Recurrence. `last` are those of each sequence's final states; what is written is
/// set, not added to.
struct RecurrenceGradients {
  States<const float> outputs;  // [N], only h
  States<const float> last;     // [B]
  float* dx;                    // [N, G·H], of the input pre-activations
  float* du;                    // [N, G·H], of the recurrent products
  States<float> initial;        // [B]
};

/// Runs independent recurrences together (both directions of a layer). Work is split by sequences,
/// in blocks of fixed size: no thread ever waits for another within a pass.
void recurrence_forward(std::span<const Recurrence> recurrences);
void recurrence_backward(std::span<const Recurrence> recurrences,
                         std::span<const RecurrenceGradients> gradients);

/// The h that entered each row, [N, H] without gaps: the right operand of the recurrent weights'
/// gradient.
void previous_outputs(const Recurrence& recurrence, float* previous);

}  // namespace cadena::kernels
