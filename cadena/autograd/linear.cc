// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/buffer.h"
#include "cadena/base/error.h"
#include "cadena/kernels/gemm.h"
#include "cadena/kernels/pointwise.h"
#include "cadena/kernels/rows.h"

namespace cadena {
namespace {

using kernels::plain, kernels::transposed;

void expect_operands(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const int64_t d = x.cols(), h = weight.rows();
  if (weight.cols() != d)
    throw Error("linear: input has " + std::to_string(d) + " columns, layer expects " +
                std::to_string(weight.cols()));
  if (bias && bias.size() != h)
    throw Error("linear: bias has " + std::to_string(bias.size()) + " values, layer expects " +
                std::to_string(h));
}

void expect_targets(int64_t rows, int64_t columns, std::span<const int32_t> targets) {
  if (std::ssize(targets) != rows)
    throw Error("cross_entropy: " + std::to_string(targets.size()) + " targets for " +
                std::to_string(rows) + " rows");
  if (std::ranges::any_of(targets, [=](int32_t target) { return target >= columns; }))
    throw Error("cross_entropy: a target is not below " + std::to_string(columns));
}

// to.grad() += factor · gradient
void add_scaled(float factor, const Tensor& gradient, const Tensor& to) {
  const auto [sum, holds] = to.accumulator();
  (holds ? kernels::add_scaled : kernels::scale)(to.size(), factor, gradient.data(), sum);
}

// The loss of linear(x, weight, bias) and its gradients, by blocks of rows, so that the logits of a
// large vocabulary never are in memory together.
class CrossEntropy {
 public:
  CrossEntropy(const Tensor& x, const Tensor& weight, const Tensor& bias, bool differentiate,
               Precision precision)
      : x_(x), weight_(weight), bias_(bias), precision_(precision) {
    if (!differentiate) return;
    const auto room = [](const Tensor& input, bool set) {
      if (!Tape::tracked(input)) return Tensor();
      return set ? Tensor::unset(input.shape()) : Tensor(input.shape());
    };
    const bool set = x.rows() > 0;  // by the first block
    gradients_ = {room(x, set), room(weight, set), room(bias, false)};
  }

  double loss(std::span<const int32_t> targets) {
    const int64_t d = x_.cols(), v = weight_.rows();
    const int64_t rows_at_once = std::clamp(logits_at_once / std::max<int64_t>(1, v), least_rows,
                                            std::max(least_rows, x_.rows()));
    const kernels::PackedMatrix to_logits(d, v, transposed(weight_.data(), d), precision_);
    kernels::PackedMatrix to_inputs;
    if (wants(0)) to_inputs = kernels::PackedMatrix(v, d, plain(weight_.data(), d), precision_);
    const Buffer logits(std::min(rows_at_once, x_.rows()) * v);
    double sum = 0;
    for (int64_t i = 0; i < x_.rows(); i += rows_at_once) {
      const int64_t n = std::min(rows_at_once, x_.rows() - i);
      const float* x = x_.data() + i * d;
      kernels::gemm(n, plain(x, d), to_logits, logits.data(), v, {bias_.data(), 0});
      sum += kernels::softmax_cross_entropy(n, v, targets.data() + i, logits.data());
      if (wants(0))
        kernels::gemm(n, plain(logits.data(), v), to_inputs, gradients_[0].data() + i * d, d, {});
      if (wants(1))
        kernels::gemm_add(v, d, n, transposed(logits.data(), v), plain(x, d),
                          {gradients_[1].data(), i > 0}, precision_);
      if (wants(2)) kernels::add_row_sum(n, v, logits.data(), gradients_[2].data());
    }
    return sum;
  }

  // Of x, weight and bias.
  const std::vector<Tensor>& gradients() const { return gradients_; }

 private:
  // Some 8 MB, which stay in a cache; fewer rows would make each pass over the weights too dear.
  static constexpr int64_t logits_at_once = int64_t{1} << 21, least_rows = 64;

  bool wants(size_t i) const { return i < gradients_.size() && gradients_[i]; }

  Tensor x_, weight_, bias_;
  Precision precision_;
  std::vector<Tensor> gradients_;
};

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return linear(x, weight, bias, 0, weight.rows());
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, int64_t begin,
              int64_t end) {
  expect_operands(x, weight, bias);
  if (begin < 0 || end < begin || end > weight.rows())
    throw Error("linear: rows " + std::to_string(begin) + " to " + std::to_string(end) + " of " +
                std::to_string(weight.rows()));
  const int64_t n = x.rows(), d = x.cols(), h = end - begin, first = begin * d;
  const bool whole = h == weight.rows();
  const std::array inputs{x, weight, bias};
  const Precision precision = Tape::precision_for(inputs);
  const Tensor y = Tensor::unset({n, h});
  const auto pack = [&] {
    return std::make_shared<const kernels::PackedMatrix>(d, h, transposed(weight.data() + first, d),
                                                         precision);
  };
  const auto packed = whole ? weight.made(static_cast<int>(precision), pack) : pack();
  kernels::gemm(n, plain(x.data(), d), *packed, y.data(), h,
                {bias ? bias.data() + begin : nullptr, 0});
  Tape::record(inputs, std::span(&y, 1), [=] {
    if (Tape::tracked(weight))
      kernels::gemm_add(h, d, n, transposed(y.grad(), h), plain(x.data(), d),
                        whole ? weight.accumulator() : Accumulator{weight.grad() + first, true},
                        precision);
    if (Tape::tracked(bias)) kernels::add_row_sum(n, h, y.grad(), bias.grad() + begin);
    if (Tape::tracked(x))
      kernels::gemm_add(n, d, h, plain(y.grad(), h), plain(weight.data() + first, d),
                        x.accumulator(), precision);
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
  expect_operands(x, weight, bias);
  expect_targets(x.rows(), weight.rows(), targets);
  const std::array inputs{x, weight, bias};
  CrossEntropy pass(x, weight, bias, Tape::recording(inputs), Tape::precision_for(inputs));
  const Tensor y(Shape{1}, {static_cast<float>(pass.loss(targets))});
  Tape::record(inputs, std::span(&y, 1), [inputs, y, gradients = pass.gradients()] {
    for (size_t i = 0; i < inputs.size(); ++i)
      if (Tape::tracked(inputs[i])) add_scaled(y.grad()[0], gradients[i], inputs[i]);
  });
  return y;
}

}  // namespace cadena
