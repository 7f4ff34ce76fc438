// SPDX-License-Identifier: MIT
#pragma once

#include "cadena/base/rng.h"
#include "cadena/tensor/tensor.h"

namespace cadena {

// With a blank generator all of these are zeros.

/// A parameter with values uniform in [-bound, bound).
Tensor uniform_parameter(Shape shape, float bound, Rng& rng);

/// Uniform with the variance 2 / (rows + columns) (Glorot and Bengio, 2010).
Tensor glorot_parameter(Shape shape, Rng& rng);

/// `blocks` square matrices stacked, each with orthonormal rows (Saxe, McClelland and Ganguli,
/// 2014).
Tensor orthogonal_parameter(int64_t blocks, int64_t size, Rng& rng);

}  // namespace cadena
