// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "cadena/autograd/ops.h"
#include "cadena/nn/init.h"
#include "cadena/nn/visit.h"

namespace cadena {

/// A vector for each of `symbols` symbols.
class Embedding {
 public:
  /// Values of variance 1 / size.
  Embedding(int64_t symbols, int64_t size, Rng& rng)
      : Embedding(symbols, size, std::sqrt(3.0f / static_cast<float>(size)), rng) {}
  /// Values in [-bound, bound).
  Embedding(int64_t symbols, int64_t size, float bound, Rng& rng)
      : weight_(uniform_parameter({symbols, size}, bound, rng)) {}

  /// [ids, size]. Errors: an id that is no symbol.
  Tensor operator()(std::span<const int32_t> ids) const { return gather(weight_, ids); }

  std::span<float> row(int64_t id) {
    const auto size = static_cast<size_t>(weight_.cols());
    return weight_.values().subspan(static_cast<size_t>(id) * size, size);
  }

  const Tensor& weight() const { return weight_; }

  void visit(Visitor& v) { v("weight", weight_); }

 private:
  Tensor weight_;  // [symbols, size]
};

}  // namespace cadena
