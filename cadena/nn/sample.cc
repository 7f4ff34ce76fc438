// SPDX-License-Identifier: MIT
#include "cadena/nn/sample.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cadena/base/error.h"

namespace cadena {

int32_t sample(std::span<const float> logits, const SampleOptions& options, Rng& rng) {
  struct Candidate {
    int32_t id;
    double weight;
  };
  const auto best = std::ranges::max_element(logits);
  if (best == logits.end() || !std::isfinite(*best) ||
      std::ranges::any_of(logits, [](float logit) { return std::isnan(logit); }))
    throw Error("sample: the logits are not finite");
  if (options.temperature <= 0) return static_cast<int32_t>(best - logits.begin());
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < logits.size(); ++i)
    candidates.push_back(
        {static_cast<int32_t>(i), std::exp((double{logits[i]} - *best) / options.temperature)});
  if (options.top_k > 0 || options.top_p < 1)
    std::ranges::stable_sort(candidates, std::ranges::greater(), &Candidate::weight);
  if (options.top_k > 0)
    candidates.resize(std::min(candidates.size(), static_cast<size_t>(options.top_k)));
  double all = 0, kept = 0;
  for (const Candidate& candidate : candidates) all += candidate.weight;
  size_t count = 0;
  while (count < candidates.size() && (count == 0 || kept < options.top_p * all))
    kept += candidates[count++].weight;
  double left = rng.uniform() * kept;
  for (size_t i = 0; i + 1 < count; ++i)
    if ((left -= candidates[i].weight) < 0) return candidates[i].id;
  return candidates[count - 1].id;
}

}  // namespace cadena
