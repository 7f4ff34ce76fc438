// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "cadena/autograd/recurrent.h"

namespace cadena {

/// How right one direction of a recurrent layer is.
struct LayerCheck {
  double equation = 0;  ///< error of the gradient of DoubleLayer against the complex step
  double single = 0;    ///< error of results and gradients of the float layer against DoubleLayer
  int64_t values = 0;   ///< weights, inputs and initial states that have a gradient
  int64_t probed = 0;   ///< of these, complex steps of their own; directions move all of them

  /// What errors of a right equation and a right layer stay below: rounding.
  static constexpr double equation_bound = 1e-10, single_bound = 1e-4;
  bool right() const { return equation <= equation_bound && single <= single_bound; }
};

/// Checks the layer of these weights on a random sequence of a few steps from random states.
/// Errors are relative to the largest number of the same kind, or to a hundredth of the largest
/// gradient. Each value is probed if that takes
/// about a second at most; else those with the largest gradient, and some others; in any case
/// random directions of each kind of values. Errors: the cell has no DoubleLayer.
LayerCheck check_layer(std::string_view cell, const RecurrentWeights& weights, uint64_t seed = 1);

}  // namespace cadena
