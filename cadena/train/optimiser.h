// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cadena/io/record.h"
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
///
/// A table of which batches use some rows (Tensor::grad of rows) is moved by rows: one that is not
/// used is carried on by its momentum, as the formulas say, and rests when less than a millionth of
/// a step is left to go. When it is used again its moments have faded as if it had not rested.
///
/// On request it keeps the running mean of the parameters over the steps (Polyak and Juditsky,
/// 1992, in the exponential form). That forgets its beginning: the decay grows as (1 + t) / (10 +
/// t) up to its own value.
class Optimiser {
 public:
  /// `average`: the decay of the running mean; 0: none is kept. Errors: an unknown kind.
  Optimiser(std::vector<Tensor> parameters, const OptimiserOptions& options, float average = 0);
  ~Optimiser();

  /// One step of length `rate`; clears the gradients. Returns their norm before clipping; if that
  /// is not finite nothing else happens.
  double step(float rate);

  /// Whether the weights that the last step moved are finite.
  bool weights_are_finite() const { return finite_; }

  /// Exchanges the parameters and their mean, if one is kept: once to use the mean, once more to go
  /// on training.
  void swap_mean();

  /// All but the parameters. Errors when reading: of other parameters or options.
  void record(Record& r);

  const std::vector<Tensor>& parameters() const { return parameters_; }
  /// Of the gradient of each of them in the last step, before clipping.
  std::span<const double> gradient_norms() const { return norms_; }

 private:
  class Slot;
  double gradient_norm();
  void move(float rate, double norm);

  std::vector<Tensor> parameters_;
  OptimiserOptions options_;
  float average_;
  std::vector<std::unique_ptr<Slot>> slots_;  // of each parameter
  std::vector<double> norms_;                 // the same
  int64_t steps_ = 0;
  bool finite_ = true;
  double memory_ = 0;  // logarithm of what the mean still holds of its first value
};

}  // namespace cadena
