// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/kernels/gemm.h"
#include "cadena/kernels/pointwise.h"
#include "cadena/kernels/rows.h"

namespace cadena {
namespace {

using kernels::plain, kernels::transposed;

// x · weightᵀ + bias
Tensor product(const Tensor& x, const Tensor& weight, const Tensor& bias, Precision precision) {
  const int64_t n = x.rows(), d = x.cols(), h = weight.rows();
  if (weight.cols() != d)
    throw Error("linear: input has " + std::to_string(d) + " columns, layer expects " +
                std::to_string(weight.cols()));
  if (bias.size() != h)
    throw Error("linear: bias has " + std::to_string(bias.size()) + " values, layer expects " +
                std::to_string(h));
  const Tensor y = Tensor::unset({n, h});
  const auto packed = weight.made(static_cast<int>(precision), [&] {
    return std::make_shared<const kernels::PackedMatrix>(d, h, transposed(weight.data(), d),
                                                         precision);
  });
  kernels::gemm(n, plain(x.data(), d), *packed, y.data(), h, {bias.data(), 0});
  return y;
}

void expect_targets(int64_t rows, int64_t columns, std::span<const int32_t> targets) {
  if (std::ssize(targets) != rows)
    throw Error("cross_entropy: " + std::to_string(targets.size()) + " targets for " +
                std::to_string(rows) + " rows");
  if (std::ranges::any_of(targets, [=](int32_t target) { return target >= columns; }))
    throw Error("cross_entropy: a target is not below " + std::to_string(columns));
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const int64_t n = x.rows(), d = x.cols(), h = weight.rows();
  const std::vector<Tensor> inputs{x, weight, bias};
  const Precision precision = Tape::precision_for(inputs);
  const Tensor y = product(x, weight, bias, precision);
  Tape::record({x, weight, bias}, {y}, [=] {
    if (Tape::tracked(weight))
      kernels::gemm_add(h, d, n, transposed(y.grad(), h), plain(x.data(), d), weight.accumulator(),
                        precision);
    if (Tape::tracked(bias)) kernels::add_row_sum(n, h, y.grad(), bias.grad());
    if (Tape::tracked(x))
      kernels::gemm_add(n, d, h, plain(y.grad(), h), plain(weight.data(), d), x.accumulator(),
                        precision);
  });
  return y;
}

Tensor cross_entropy(const Tensor& logits, std::span<const int32_t> targets) {
  expect_targets(logits.rows(), logits.cols(), targets);
  const Tensor gradient = logits.clone();
  const double loss =
      kernels::softmax_cross_entropy(logits.rows(), logits.cols(), targets.data(), gradient.data());
  const Tensor y(Shape{1}, {static_cast<float>(loss)});
  Tape::record({logits}, {y}, [=] {
    kernels::add_scaled(logits.size(), y.grad()[0], gradient.data(), logits.grad());
  });
  return y;
}

Tensor linear_cross_entropy(const Tensor& x, const Tensor& weight, const Tensor& bias,
                            std::span<const int32_t> targets) {
  const std::vector<Tensor> inputs{x, weight, bias};
  const Precision precision = Tape::precision_for(inputs);
  const Tensor gradient = product(x, weight, bias, precision);
  const int64_t n = x.rows(), d = x.cols(), v = weight.rows();
  expect_targets(n, v, targets);
  const double loss = kernels::softmax_cross_entropy(n, v, targets.data(), gradient.data());
  const Tensor y(Shape{1}, {static_cast<float>(loss)});
  Tape::record({x, weight, bias}, {y}, [=] {
    const float factor = y.grad()[0];
    if (Tape::tracked(weight)) {
      const Tensor scaled(n, d);
      kernels::add_scaled(n * d, factor, x.data(), scaled.data());
      kernels::gemm_add(v, d, n, transposed(gradient.data(), v), plain(scaled.data(), d),
                        weight.accumulator(), precision);
    }
    if (Tape::tracked(bias)) {
      const Tensor sums(1, v);
      kernels::add_row_sum(n, v, gradient.data(), sums.data());
      kernels::add_scaled(v, factor, sums.data(), bias.grad());
    }
    if (Tape::tracked(x)) {
      const Tensor dx = Tensor::unset({n, d});
      kernels::gemm(n, d, v, plain(gradient.data(), v), plain(weight.data(), d), dx.data(), d, {},
                    precision);
      kernels::add_scaled(n * d, factor, dx.data(), x.grad());
    }
  });
  return y;
}

}  // namespace cadena
