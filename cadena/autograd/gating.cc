// SPDX-License-Identifier: MIT
// What cells with gates are written with, beside sums, products and activations.
#include <string>
#include <utility>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/kernels/pointwise.h"

namespace cadena {

Tensor scale_columns(const Tensor& x, const Tensor& factors) {
  const int64_t n = x.rows(), d = x.cols();
  if (factors.size() != d)
    throw Error("scale_columns: " + std::to_string(factors.size()) + " factors for " +
                std::to_string(d) + " columns");
  const Tensor y{x.shape()};
  for (int64_t i = 0; i < n; ++i)
    kernels::add_product(d, x.data() + i * d, factors.data(), y.data() + i * d);
  Tape::record({x, factors}, {y}, [=] {
    for (int64_t i = 0; i < n; ++i) {
      const float* const dy = y.grad() + i * d;
      if (Tape::tracked(x)) kernels::add_product(d, factors.data(), dy, x.grad() + i * d);
      if (Tape::tracked(factors)) kernels::add_product(d, x.data() + i * d, dy, factors.grad());
    }
  });
  return y;
}

Tensor choose(const Tensor& mask, const Tensor& a, const Tensor& b) {
  if (mask.shape() != a.shape() || mask.shape() != b.shape())
    throw Error("choose: shapes " + to_string(mask.shape()) + ", " + to_string(a.shape()) +
                " and " + to_string(b.shape()) + " differ");
  const Tensor y = Tensor::unset(a.shape());
  for (int64_t i = 0; i < y.size(); ++i) y.data()[i] = (mask.data()[i] != 0 ? a : b).data()[i];
  Tape::record({a, b}, {y}, [=] {
    for (const auto& [x, chosen] : {std::pair(a, true), std::pair(b, false)}) {
      if (!Tape::tracked(x)) continue;
      float* const dx = x.grad();
      for (int64_t i = 0; i < y.size(); ++i)
        if ((mask.data()[i] != 0) == chosen) dx[i] += y.grad()[i];
    }
  });
  return y;
}

}  // namespace cadena
