// SPDX-License-Identifier: MIT
#include "cadena/tensor/tensor.h"

#include <cassert>
#include <utility>

#include "cadena/base/error.h"

namespace cadena {

int64_t elements(const Shape& shape) {
  int64_t product = 1;
  for (int64_t extent : shape) product *= extent;
  return product;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

Tensor::Tensor(Shape shape) {
  std::vector<float> zeros(static_cast<size_t>(elements(shape)));
  *this = Tensor(std::move(shape), std::move(zeros));
}

Tensor::Tensor(Shape shape, std::vector<float> values) : body_(std::make_shared<Body>()) {
  if (elements(shape) != static_cast<int64_t>(values.size()))
    throw Error("tensor: shape " + to_string(shape) + " does not hold " +
                std::to_string(values.size()) + " values");
  body_->shape = std::move(shape);
  body_->value = std::move(values);
}

Tensor Tensor::parameter(Shape shape) {
  Tensor tensor(std::move(shape));
  tensor.body_->tape = parameter_mark;
  return tensor;
}

int64_t Tensor::cols() const {
  const Shape& shape = body_->shape;
  int64_t product = 1;
  for (size_t i = shape.size() < 2 ? 0 : 1; i < shape.size(); ++i) product *= shape[i];
  return product;
}

float Tensor::item() const {
  assert(size() == 1);
  return body_->value[0];
}

float* Tensor::grad() const {
  if (body_->grad.empty()) body_->grad.resize(body_->value.size());
  return body_->grad.data();
}

}  // namespace cadena
