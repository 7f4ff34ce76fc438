// SPDX-License-Identifier: MIT
#pragma once

#include <span>

namespace cadena {

/// The t with which Student's distribution (Student, 1908) of so many degrees of freedom lies in
/// [-t, t] with probability `confidence`. Errors: no degree, a confidence that is not in (0, 1).
double student_quantile(double confidence, int degrees);

/// Mean of a sample and half of the interval in which the true mean lies with 95 %, if deviations
/// are normal. Of fewer than two values the half is infinite, of none the mean is not a number.
struct MeanInterval {
  double mean, half;
};
MeanInterval mean_interval(std::span<const double> sample);

}  // namespace cadena
