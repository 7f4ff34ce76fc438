// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "cadena/cells/cell.h"
#include "cadena/tensor/layout.h"
#include "cadena/tensor/tensor.h"

namespace cadena {

/// Weights of one direction of one layer, with PyTorch's shapes: G gates of H units stacked, D
/// inputs. Those that the cell does not have stay empty.
struct RecurrentWeights {
  Tensor input, recurrent;            // [G·H, D], [G·H, H]
  Tensor input_bias, recurrent_bias;  // [G·H]
  Tensor own{};                       // [own, H], of each unit by itself
  /// Not a weight: shares of states that stay as they were, [N, S·H], or [1, S·H] for all rows.
  Tensor stay{};

  /// The weights that are there.
  std::vector<Tensor> all() const;
};

/// What a layer hands on: the output of every row and the states after each sequence's last step.
/// With two directions the forward one fills the left half of every row.
struct RecurrentOutput {
  Tensor output;             // [N, directions·H]
  std::vector<Tensor> last;  // per state, [B, directions·H]
};

/// What a cell computed on the way to its states, for one who looks: per direction [N, saved·H].
using SavedValues = std::vector<Tensor>;

/// The spec of the cell of that name. Errors: there is none.
const CellSpec& cell_spec(std::string_view cell);

/// Names of all cells.
std::vector<std::string> cell_names();

/// One layer over a packed batch x [N, D]: one direction for each of `weights` (one or two, the
/// second from the end to the beginning). `initial` has one tensor [B, directions·H] per state, or
/// none for zeros. Precision and memory are those of compute(); `saved`, if given, is filled.
/// Errors: shapes that do not agree, gradients wanted in int8.
RecurrentOutput recurrent(std::string_view cell, const Tensor& x, const Layout& layout,
                          std::span<const RecurrentWeights> weights,
                          std::span<const Tensor> initial = {}, SavedValues* saved = nullptr);

}  // namespace cadena
