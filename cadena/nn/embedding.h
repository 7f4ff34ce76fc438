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
  Embedding(int64_t symbols, int64_t size, Rng& rng)
      : weight_(
            uniform_parameter({symbols, size}, std::sqrt(3.0f / static_cast<float>(size)), rng)) {}

  /// [ids, size]. Errors: an id that is no symbol.
  Tensor operator()(std::span<const int32_t> ids) const { return gather(weight_, ids); }

  std::span<float> row(int64_t id) {
    const auto size = static_cast<size_t>(weight_.cols());
    return weight_.values().subspan(static_cast<size_t>(id) * size, size);
  }

  void visit(Visitor& v) { v("weight", weight_); }

 private:
  Tensor weight_;  // [symbols, size]
};

}  // namespace cadena
