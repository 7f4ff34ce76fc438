// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "cadena/autograd/crf.h"
#include "cadena/nn/visit.h"

namespace cadena {

/// A conditional random field on top of per-row scores.
class Crf {
 public:
  /// True if tag `to` may follow `from`; an absent tag is the edge of the sequence.
  using Legal = std::function<bool(std::optional<int> from, std::optional<int> to)>;

  /// Every tag may follow every tag, unless `legal` says otherwise.
  explicit Crf(int64_t tags, const Legal& legal = {});

  /// Negative log-likelihood, summed over sequences: scores [N, K], one tag a row -> [1].
  Tensor loss(const Tensor& scores, std::span<const int32_t> tags, const Layout& layout) const {
    return crf_loss(scores, field(), tags, layout);
  }
  /// The most probable legal tags, one a row.
  std::vector<int32_t> decode(const Tensor& scores, const Layout& layout) const {
    return crf_decode(scores, field(), layout);
  }

  void visit(Visitor& v) {
    v("transitions", transitions_);
    v("start_transitions", start_);
    v("end_transitions", end_);
  }

 private:
  CrfScores field() const;

  Tensor transitions_, start_, end_;  // [K, K], [K], [K]
  CrfScores mask_;                    // 0, or `forbidden` where not legal
};

}  // namespace cadena
