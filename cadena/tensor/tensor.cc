// SPDX-License-Identifier: MIT
#include "cadena/tensor/tensor.h"

#include <algorithm>
#include <cassert>
#include <iterator>
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

Tensor Tensor::unset(Shape shape) {
  Tensor tensor;
  tensor.body_ = std::make_shared<Body>();
  tensor.body_->value = Buffer(elements(shape));
  tensor.body_->shape = std::move(shape);
  return tensor;
}

Tensor::Tensor(Shape shape) : Tensor(unset(std::move(shape))) { std::ranges::fill(values(), 0.0f); }

Tensor::Tensor(Shape shape, const std::vector<float>& values) {
  if (elements(shape) != std::ssize(values))
    throw Error("tensor: shape " + to_string(shape) + " does not hold " +
                std::to_string(values.size()) + " values");
  *this = unset(std::move(shape));
  std::ranges::copy(values, data());
}

Tensor Tensor::clone() const {
  Tensor copy = unset(shape());
  std::ranges::copy(values(), copy.data());
  return copy;
}

Tensor Tensor::parameter(Shape shape) {
  Tensor tensor(std::move(shape));
  tensor.body_->tape = parameter_mark;
  return tensor;
}

void Tensor::freeze() const {
  if (is_parameter()) body_->tape = 0;
  if (!body_->kept) body_->kept = std::make_unique<Kept>();
}

std::shared_ptr<const void> Tensor::kept(int key) const {
  if (!body_->kept) return nullptr;
  const std::lock_guard lock(body_->kept->mutex);
  const auto found = body_->kept->values.find(key);
  return found == body_->kept->values.end() ? nullptr : found->second;
}

std::shared_ptr<const void> Tensor::keep(int key, std::shared_ptr<const void> value) const {
  if (!body_->kept) return value;
  const std::lock_guard lock(body_->kept->mutex);
  return body_->kept->values.emplace(key, std::move(value)).first->second;
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
  const auto [data, holds] = accumulator();
  if (!holds) std::fill_n(data, size(), 0.0f);
  return data;
}

Accumulator Tensor::accumulator() const {
  if (!body_->grad) body_->grad = Buffer(size());
  return {body_->grad.data(), std::exchange(body_->has_grad, true)};
}

}  // namespace cadena
