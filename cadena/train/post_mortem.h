// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cadena/base/rng.h"
#include "cadena/train/trainer.h"

namespace cadena {

/// A step of training whose gradient was not finite.
struct FailedStep {
  int64_t step;  ///< from 1
  int epoch;     ///< from 1
  int64_t batch;
  float rate, clip;
  std::string precision;
  Rng noise;  ///< of its dropout
};

/// Runs it again and tells where it went wrong: which data, which weights, layer, gate and time
/// step were not finite first, or whose gradient; and what to change. One line. The trainee must
/// be as it was before the step; its gradients are cleared.
std::string post_mortem(Trainee& trainee, const FailedStep& step);

/// The first weights of which a value is not finite, if any.
std::optional<std::string> weights_not_finite(Trainee& trainee);

}  // namespace cadena
