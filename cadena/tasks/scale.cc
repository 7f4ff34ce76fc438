// SPDX-License-Identifier: MIT
#include "cadena/tasks/scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cadena/base/error.h"

namespace cadena {
namespace {

// In deviations: what a network is told of a number that is far beyond those it has learnt from.
constexpr double farthest = 1e6;

std::string to_text(const std::vector<float>& values) {
  return fmt::format("{}", fmt::join(values, " "));
}

std::vector<float> to_floats(std::string_view text, const std::string& path) {
  std::vector<float> values;
  for (const char *at = text.data(), *end = at + text.size(); at != end;) {
    float value = 0;
    const auto [stop, failure] = std::from_chars(at, end, value);
    if (failure != std::errc{} || !std::isfinite(value) || (stop != end && *stop != ' '))
      throw Error(Place{path}, "its scales are damaged");
    values.push_back(value);
    at = stop == end ? end : stop + 1;
  }
  return values;
}

}  // namespace

Scale::Scale(size_t size, std::span<const std::span<const float>> data) {
  std::vector<double> sums(size), squares(size);
  size_t count = 0;
  for (const std::span<const float> values : data) {
    count += values.size();
    for (size_t i = 0; i < values.size(); ++i) {
      const double value = values[i];
      sums[i % size] += value;
      squares[i % size] += value * value;
    }
  }
  const double rows = static_cast<double>(count) / static_cast<double>(size);
  for (size_t d = 0; d < size; ++d) {
    const double mean = sums[d] / rows;
    const double variance = squares[d] / rows - mean * mean;
    const auto deviation = static_cast<float>(std::sqrt(std::max(0.0, variance)));
    const bool constant = variance <= 1e-12 * mean * mean || !std::isnormal(deviation);
    means_.push_back(static_cast<float>(mean));
    deviations_.push_back(constant ? 1 : deviation);
  }
}

Scale::Scale(std::string_view means, std::string_view deviations, const std::string& path)
    : means_(to_floats(means, path)), deviations_(to_floats(deviations, path)) {}

bool Scale::sound() const {
  return means_.size() == deviations_.size() &&
         std::ranges::all_of(deviations_, [](float deviation) { return deviation > 0; });
}

void Scale::apply(std::span<float> values) const {
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t d = i % means_.size();
    const double centred = double{values[i]} - means_[d];
    values[i] = static_cast<float>(std::clamp(centred / deviations_[d], -farthest, farthest));
  }
}

std::string Scale::means_text() const { return to_text(means_); }
std::string Scale::deviations_text() const { return to_text(deviations_); }

}  // namespace cadena
