// SPDX-License-Identifier: MIT
#pragma once

#include <array>

namespace cadena {

/// What the drivers need to know of a cell; its equation stands in cells/NAME.inl.
struct CellSpec {
  const char* name;
  int gates;   ///< pre-activations of a unit, in PyTorch's order
  int states;  ///< values a unit hands on; the first is its output h
  int saved;   ///< values a unit keeps for the backward step
  bool summed =
      false;  ///< x and u enter only as their sum, so that they have one and the same gradient
  int open_gate =
      -1;  ///< the gate whose input bias starts at 1, so that memory lasts at first; -1: none
};

/// `n` numbers of one unit: gates, states or saved values.
template <class V, int n>
using Pack = std::array<V, n>;

}  // namespace cadena
