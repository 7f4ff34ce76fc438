// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "cadena/tensor/shape.h"
#include "cadena/train/trainer.h"

namespace cadena {

/// The slope of the loss along one direction in a parameter, by back-propagation and by
/// differences.
struct SlopeProbe {
  std::string along;     ///< "gradient", "random direction" or "element 12"
  double slope = 0;      ///< by back-propagation; the direction has length 1
  double error = 0;      ///< the slope by central differences less that
  double explained = 0;  ///< what rounding, curvature and kinks of the loss may make of the error
  double allowed = 0;    ///< an error up to here is none

  bool suspicious() const { return !(std::abs(error) <= allowed); }
};

struct ParameterCheck {
  enum class Verdict {
    ok,          ///< every slope is right
    suspicious,  ///< at least one is not
    unclear,     ///< the gradient is too small beside the rounding of the loss
  };
  std::string name;
  Shape shape;
  double norm = 0;  ///< of its gradient
  std::vector<SlopeProbe> probes{};

  Verdict verdict() const;
  /// The probe whose error is the largest part of what is allowed.
  const SlopeProbe& worst() const;
};

struct GradientCheck {
  double loss = 0;   ///< of the batch, in the sum over all of it
  double noise = 0;  ///< deviation of that number by rounding
  std::vector<ParameterCheck> parameters{};
};

/// Holds the gradient of each parameter for the first batch of a training against differences of
/// the loss (Richardson's extrapolation of central ones, of a step that the noise of the loss
/// allows), where each value is moved at random by up to 0.03. An error counts if it is there at
/// other points nearby too. Without dropout or other noise, in single precision. The losses are
/// float numbers: an error below a percent of a slope may stay unseen. Parameters are left as they
/// were. `done`, if given, is told of each parameter.
GradientCheck check_gradients_of(Trainee& trainee, const TrainOptions& options,
                                 const std::function<void(const ParameterCheck&)>& done = {});

}  // namespace cadena
