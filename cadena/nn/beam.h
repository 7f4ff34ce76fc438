// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cadena/tensor/tensor.h"

namespace cadena {

struct BeamOptions {
  int width = 5;              ///< hypotheses of a source that are followed at once; 1: greedy
  float length_power = 0.6f;  ///< alpha below; 0: the bare probability decides
  int n_best = 1;             ///< answers wanted of each source, at most `width`
};

/// What may be said of a source.
struct Hypothesis {
  std::vector<int32_t> symbols;  ///< without the end
  double log_probability;        ///< of the symbols and the end
  /// log_probability / ((5 + length) / 6)^alpha, the end counted in the length (Wu et al., 2016).
  double score;
};

/// Reads one symbol more of every live hypothesis and says what may follow: logits [live, V], of
/// which a softmax is taken. Row i goes on from row from[i] of the call before; at the first call
/// from source i.
using BeamStep =
    std::function<Tensor(std::span<const int32_t> symbols, std::span<const int32_t> from)>;

/// The best sequences of symbols that begin after `start` and stop at `end`, or unended after as
/// many symbols as `most` says of each source: for each source up to n_best, best first. An ended
/// hypothesis leaves its place in the beam empty (Sutskever, Vinyals and Le, 2014), and a source
/// is done when nothing alive can better its answers. What a source gets does not depend on the
/// others; of equal hypotheses the one from the better row and then with the lower symbol comes
/// first. Errors: options out of range, logits that are not finite.
std::vector<std::vector<Hypothesis>> beam_search(const BeamStep& step, int32_t start, int32_t end,
                                                 std::span<const int> most,
                                                 const BeamOptions& options);

}  // namespace cadena
