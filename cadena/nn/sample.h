// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "cadena/base/rng.h"

namespace cadena {

/// How a symbol is drawn from a distribution.
struct SampleOptions {
  float temperature = 1;  ///< logits are divided by it: below 1 bolder, 0 always the best symbol
  int top_k = 0;          ///< only so many best symbols may be drawn; 0: all
  float top_p =
      1;  ///< only the best symbols that together have this probability (Holtzman et al., 2020)
};

/// Draws from softmax(logits / temperature) of what top_k and then top_p leave. A logit of minus
/// infinity is never drawn; of equal ones the first comes first. Errors: all logits are so, or one
/// is not a number.
int32_t sample(std::span<const float> logits, const SampleOptions& options, Rng& rng);

}  // namespace cadena
