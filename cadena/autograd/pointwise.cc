// SPDX-License-Identifier: MIT
#include "cadena/kernels/pointwise.h"

#include <string>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"

namespace cadena {
namespace {

void expect_same_shape(const char* name, const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape())
    throw Error(std::string(name) + ": shapes " + to_string(a.shape()) + " and " +
                to_string(b.shape()) + " differ");
}

Tensor activate(kernels::Activation f, const Tensor& x) {
  const Tensor y = Tensor::unset(x.shape());
  kernels::activate(f, x.size(), x.data(), y.data());
  Tape::record({x}, {y},
               [=] { kernels::activate_backward(f, x.size(), y.data(), y.grad(), x.grad()); });
  return y;
}

// x · mask, where the mask is a constant.
Tensor masked(const Tensor& x, const Tensor& mask) {
  const Tensor y{x.shape()};
  kernels::add_product(x.size(), x.data(), mask.data(), y.data());
  Tape::record({x}, {y}, [=] { kernels::add_product(x.size(), mask.data(), y.grad(), x.grad()); });
  return y;
}

void expect_probability(float drop) {
  if (!(drop >= 0 && drop < 1))
    throw Error("dropout: " + std::to_string(drop) + " is not in [0, 1)");
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  expect_same_shape("add", a, b);
  const Tensor y = a.clone();
  kernels::add_scaled(b.size(), 1, b.data(), y.data());
  Tape::record({a, b}, {y}, [=] {
    for (const Tensor& x : {a, b})
      if (Tape::tracked(x)) kernels::add_scaled(x.size(), 1, y.grad(), x.grad());
  });
  return y;
}

Tensor multiply(const Tensor& a, const Tensor& b) {
  expect_same_shape("multiply", a, b);
  const Tensor y{a.shape()};
  kernels::add_product(a.size(), a.data(), b.data(), y.data());
  Tape::record({a, b}, {y}, [=] {
    if (Tape::tracked(a)) kernels::add_product(a.size(), b.data(), y.grad(), a.grad());
    if (Tape::tracked(b)) kernels::add_product(b.size(), a.data(), y.grad(), b.grad());
  });
  return y;
}

Tensor scale(const Tensor& x, float factor) {
  const Tensor y = Tensor::unset(x.shape());
  kernels::scale(x.size(), factor, x.data(), y.data());
  Tape::record({x}, {y}, [=] { kernels::add_scaled(x.size(), factor, y.grad(), x.grad()); });
  return y;
}

Tensor sum(const Tensor& x) {
  double total = 0;
  for (float value : x.values()) total += value;
  const Tensor y(Shape{1}, {static_cast<float>(total)});
  Tape::record({x}, {y}, [=] {
    float* dx = x.grad();
    for (int64_t i = 0; i < x.size(); ++i) dx[i] += y.grad()[0];
  });
  return y;
}

Tensor tanh(const Tensor& x) { return activate(kernels::Activation::tanh, x); }
Tensor sigmoid(const Tensor& x) { return activate(kernels::Activation::sigmoid, x); }
Tensor relu(const Tensor& x) { return activate(kernels::Activation::relu, x); }

Tensor dropout(const Tensor& x, float drop) {
  expect_probability(drop);
  const auto noise = Tape::noise();
  if (!noise || drop == 0) return x;
  const Tensor mask = Tensor::unset(x.shape());
  kernels::dropout_mask(x.size(), drop, *noise, mask.data());
  return masked(x, mask);
}

Tensor column_dropout(const Tensor& x, float drop) {
  expect_probability(drop);
  const auto noise = Tape::noise();
  if (!noise || drop == 0) return x;
  const int64_t columns = x.cols();
  const Tensor mask{x.shape()};
  kernels::dropout_mask(columns, drop, *noise, mask.data());
  for (int64_t i = 1; i < x.rows(); ++i)
    std::copy_n(mask.data(), columns, mask.data() + i * columns);
  return masked(x, mask);
}

Tensor sequence_dropout(const Tensor& x, const Layout& layout, float drop) {
  expect_probability(drop);
  if (x.rows() != layout.rows())
    throw Error("sequence_dropout: " + std::to_string(x.rows()) + " rows, the layout has " +
                std::to_string(layout.rows()));
  const auto noise = Tape::noise();
  if (!noise || drop == 0) return x;
  const int64_t columns = x.cols();
  const Tensor rows(layout.sequences(), columns), mask{x.shape()};
  kernels::dropout_mask(rows.size(), drop, *noise, rows.data());
  for (int t = 0; t < layout.steps(); ++t)  // the sequences alive at a step are the first ones
    std::copy_n(rows.data(), layout.width(t) * columns, mask.data() + layout.row(t, 0) * columns);
  return masked(x, mask);
}

}  // namespace cadena
