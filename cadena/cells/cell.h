// SPDX-License-Identifier: MIT
#pragma once

#include <array>

namespace cadena {

/// What the drivers need to know of a cell; its equation stands in cells/NAME.inl.
struct CellSpec {
  const char* name;
  int gates;                ///< pre-activations of a unit, in PyTorch's order
  int states;               ///< values a unit hands on; the first is its output h
  int saved;                ///< values a unit keeps for the backward step
  const char* state_names;  ///< "h c"
  const char* saved_names;  ///< "i f g o tanh(c)"
  bool summed =
      false;  ///< x and u enter only as their sum, so that they have one and the same gradient
  bool recurrent = true;  ///< false: no unit sees another one's h, and u is 0
  int own = 0;  ///< weights of a unit by itself: peepholes, a diagonal of recurrent weights
  float own_low = 0, own_high = 0;  ///< the range of their first values
  int keep_gate = -1;               ///< the gate that keeps memory when it is open; -1: none
  int write_gate = -1;              ///< a gate of its own that writes it
  bool starts_open = false;  ///< the input bias of keep_gate starts at 1, so that memory lasts
};

/// `n` numbers of one unit: gates, states, own weights or saved values.
template <class V, int n>
using Pack = std::array<V, n>;

}  // namespace cadena
