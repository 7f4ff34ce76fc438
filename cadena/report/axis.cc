// SPDX-License-Identifier: MIT
#include "cadena/report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cadena/report/text.h"

namespace cadena {
namespace {

constexpr double largest = 1e300;          // so that the extent of two numbers is finite
constexpr double least_span = 1e-9;        // of the numbers themselves; else they count as one
constexpr double digits_of_a_label = 1e5;  // from here on short_number is shorter

// The smallest of 1, 2, 5, 10, 20 ... that is not below `step`.
double nice_step(double step) {
  const double power = std::pow(10, std::floor(std::log10(step)));
  for (double factor : {1.0, 2.0, 5.0})
    if (step <= factor * power * (1 + 1e-9)) return factor * power;
  return 10 * power;
}

// All with as many decimals as the step needs; short if that tells them apart.
std::vector<std::string> labels_of(const std::vector<double>& ticks, double step) {
  double size = 0;
  for (double tick : ticks) size = std::max(size, std::abs(tick));
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  const bool plain = size < digits_of_a_label && decimals <= 4;
  std::vector<std::string> labels;
  for (double tick : ticks) {
    const char* const sign = tick < 0 ? "\u2212" : "";
    labels.push_back(plain ? fmt::format("{}{:.{}f}", sign, std::abs(tick), decimals)
                           : short_number(tick));
  }
  if (std::ranges::adjacent_find(labels) != labels.end())
    for (size_t i = 0; i < ticks.size(); ++i) labels[i] = fmt::format("{:.12g}", ticks[i]);
  return labels;
}

}  // namespace

bool drawable(double value) { return std::abs(value) <= largest; }

void Extent::add(double value) {
  if (!drawable(value)) return;
  *this = empty() ? Extent{value, value} : Extent{std::min(low, value), std::max(high, value)};
}

double Axis::place(double value) const {
  if (log) return (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
  return (value - low) / (high - low);
}

Axis linear_axis(Extent extent, int ticks, bool outward, bool whole) {
  if (extent.empty()) extent = {0, 1};
  const double size = std::max(std::abs(extent.low), std::abs(extent.high));
  if (extent.high - extent.low <= least_span * size || size < 1e-300) {
    const double pad = size < 1e-300 ? 1 : whole ? 1 : size / 10;
    extent = {extent.low - pad, extent.high + pad};
  }
  double step = nice_step((extent.high - extent.low) / ticks);
  if (whole) step = std::max(1.0, step);
  double first = extent.low / step, last = extent.high / step;
  if (outward) {
    first = std::floor(first + 1e-9), last = std::ceil(last - 1e-9);
    extent = {first * step, last * step};
  } else {
    first = std::ceil(first - 1e-9), last = std::floor(last + 1e-9);
  }
  Axis axis{.low = extent.low, .high = extent.high, .log = false, .ticks = {}, .labels = {}};
  for (double i = first; i <= last; ++i) axis.ticks.push_back(i * step + 0.0);
  axis.labels = labels_of(axis.ticks, step);
  return axis;
}

Axis log_axis(Extent extent, int ticks) {
  if (extent.empty()) extent = {0.1, 1};
  const auto decade = [](double value) { return std::floor(std::log10(value) + 1e-9); };
  const double decades = std::log10(extent.high) - std::log10(extent.low);
  Axis axis{.low = 0, .high = 0, .log = true, .ticks = {}, .labels = {}};
  const std::vector<double> factors =
      decades * 3 <= ticks ? std::vector{1.0, 2.0, 5.0} : std::vector{1.0};
  const double stride = std::max(1.0, std::ceil(decades / ticks));
  std::vector<double> all;
  for (double e = decade(extent.low); e <= decade(extent.high) + stride; e += stride)
    for (double factor : factors) all.push_back(factor * std::pow(10, e));
  for (double tick : all) {  // the last one not above, and the first one not below
    if (tick <= extent.low * (1 + 1e-9)) axis.ticks.clear();
    axis.ticks.push_back(tick);
    if (tick >= extent.high * (1 - 1e-9) && axis.ticks.size() > 1) break;
  }
  axis.low = axis.ticks.front(), axis.high = axis.ticks.back();
  const bool exponents = decades > 9;
  for (double tick : axis.ticks)
    axis.labels.push_back(exponents ? scientific_number(tick) : short_number(tick));
  return axis;
}

}  // namespace cadena
