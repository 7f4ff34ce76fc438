// SPDX-License-Identifier: MIT
#include "inspect_views.h"

#include <fmt/format.h>

#include <algorithm>

#include "cadena/base/utf8.h"

namespace cadena {

std::string visible(std::string_view unit) {
  if (unit == "\n") return "⏎";
  if (unit == " ") return "␣";
  return printable(unit);
}

std::vector<std::string> visible(const std::vector<std::string>& units) {
  std::vector<std::string> all;
  for (const std::string& unit : units) all.push_back(visible(unit));
  return all;
}

std::string title_of(const LayerRecord& layer, const Inspection& seen) {
  const bool both = std::ranges::any_of(seen.observation.layers, [&](const LayerRecord& other) {
    return other.network == layer.network && other.reverse;
  });
  const char* const direction = !both ? "" : layer.reverse ? ", backward" : ", forward";
  return fmt::format("{}, layer {}{}", seen.networks[static_cast<size_t>(layer.network)].name,
                     layer.layer + 1, direction);
}

std::string told_by(const Horizon& horizon) {
  if (horizon.gate.empty()) return "the decay of |dE_t/ds_k|";
  return horizon.complement ? fmt::format("1 / mean of {}", horizon.gate)
                            : fmt::format("1 / (1 − mean of {})", horizon.gate);
}

std::vector<double> by_distance(const LayerRecord& layer, const std::vector<int>& parts) {
  if (layer.decay.empty()) return {};  // steps of another network than the parts
  std::vector<double> sums(static_cast<size_t>(layer.steps)), counts(sums);
  for (size_t i = 0; i < layer.triangle.size(); ++i) {
    const int t = parts[i / sums.size()], k = static_cast<int>(i % sums.size());
    const int distance = layer.reverse ? k - t : t - k;
    if (distance < 0) continue;
    sums[static_cast<size_t>(distance)] += layer.triangle[i];
    ++counts[static_cast<size_t>(distance)];
  }
  std::vector<double> means;
  for (size_t i = 0; i < sums.size() && counts[i] > 0; ++i) means.push_back(sums[i] / counts[i]);
  return means;
}

}  // namespace cadena
