// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cadena/tensor/tensor.h"

namespace cadena {

struct OptimiserOptions {
  std::string kind = "adam";                            ///< adam, adamw or sgd
  float momentum = 0;                                   ///< of sgd
  float beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f;  ///< of adam and adamw
  float decay = 0;  ///< of adamw: weight decay per step and unit of rate
  float clip = 5;   ///< largest norm of all gradients together; 0: any
};

/// Moves parameters against their gradients: stochastic gradient descent with momentum (Polyak,
/// 1964), Adam (Kingma and Ba, 2015), AdamW (Loshchilov and Hutter, 2019). Clips by the global norm
/// before (Pascanu, Mikolov and Bengio, 2013).
class Optimiser {
 public:
  /// Errors: an unknown kind.
  Optimiser(std::vector<Tensor> parameters, const OptimiserOptions& options);

  /// One step of length `rate`; clears the gradients. Returns their norm before clipping; if that
  /// is not finite nothing else happens.
  double step(float rate);

  const std::vector<Tensor>& parameters() const { return parameters_; }

 private:
  std::vector<Tensor> parameters_;
  OptimiserOptions options_;
  std::vector<std::vector<float>> first_,
      second_;  // moments of each parameter; sgd has only the first
  int64_t steps_ = 0;
};

}  // namespace cadena
