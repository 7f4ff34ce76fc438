// SPDX-License-Identifier: MIT
#include "cadena/base/student.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "cadena/base/error.h"

namespace cadena {
namespace {

// The probability of [-t, t]: Abramowitz and Stegun, 26.7.3 and 26.7.4, with t = tan(angle)·√n.
double probability(double angle, int degrees) {
  const double cosine = std::cos(angle), squared = cosine * cosine;
  const bool odd = degrees % 2 == 1;
  double term = odd ? cosine : 1, sum = degrees == 1 ? 0 : term;
  for (int k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= squared * (k - 1) / k;
    sum += term;
  }
  const double part = std::sin(angle) * sum;
  return odd ? 2 / std::numbers::pi * (angle + part) : part;
}

}  // namespace

double student_quantile(double confidence, int degrees) {
  if (degrees < 1 || !(confidence > 0 && confidence < 1))
    throw Error("student_quantile: expected degrees from 1 and a confidence between 0 and 1");
  double low = 0, high = std::numbers::pi / 2;
  for (int halving = 0; halving < 60; ++halving) {
    const double middle = (low + high) / 2;
    (probability(middle, degrees) < confidence ? low : high) = middle;
  }
  return std::tan(low) * std::sqrt(degrees);
}

MeanInterval mean_interval(std::span<const double> sample) {
  const auto count = static_cast<double>(sample.size());
  double sum = 0, squares = 0;
  for (double value : sample) sum += value;
  const double mean = sum / count;
  if (sample.size() < 2) return {mean, std::numeric_limits<double>::infinity()};
  for (double value : sample) squares += (value - mean) * (value - mean);
  const int degrees = static_cast<int>(sample.size()) - 1;
  return {mean, student_quantile(0.95, degrees) * std::sqrt(squares / degrees / count)};
}

}  // namespace cadena
