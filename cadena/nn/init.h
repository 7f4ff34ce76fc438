// SPDX-License-Identifier: MIT
#pragma once

#include <span>

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

/// Input biases of a gate that keeps memory, none if there is no such gate, and of one of its own
/// that writes it.
struct MemoryBiases {
  std::span<float> keep, write;
  bool starts_open = false;  ///< the memory is to last from the beginning on
};

/// For memories of 1 to `longest` steps, evenly many of each length (chrono initialisation: Tallec
/// and Ollivier, 2018).
void set_memories(const MemoryBiases& biases, int longest, Rng& rng);

}  // namespace cadena
