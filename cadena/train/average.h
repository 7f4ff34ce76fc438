// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "cadena/tensor/tensor.h"

namespace cadena {

/// A running exponential mean of parameters over the steps of a training (Polyak and Juditsky,
/// 1992, in the exponential form). It forgets its beginning: the decay grows as (1 + t) / (10 + t)
/// up to its own value.
class Average {
 public:
  Average(std::vector<Tensor> parameters, float decay);

  /// After each step of the optimiser.
  void update();
  /// Exchanges the parameters and their mean: once to use the mean, once more to go on training.
  void swap();

 private:
  std::vector<Tensor> parameters_;
  std::vector<std::vector<float>> mean_;
  float decay_;
  int64_t steps_ = 0;
};

}  // namespace cadena
