// SPDX-License-Identifier: MIT
#include "cadena/nn/init.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace cadena {
namespace {

// Gram and Schmidt, modified: rows of normal numbers made orthonormal one after the other.
void orthonormal_rows(int64_t size, float* matrix, Rng& rng) {
  std::vector<double> rows(static_cast<size_t>(size * size));
  for (double& value : rows) value = rng.normal();
  const auto row = [&](int64_t i) {
    return std::span(rows).subspan(static_cast<size_t>(i * size), static_cast<size_t>(size));
  };
  for (int64_t i = 0; i < size; ++i) {
    for (int64_t k = 0; k < i; ++k) {
      const double along = std::inner_product(row(i).begin(), row(i).end(), row(k).begin(), 0.0);
      for (size_t j = 0; j < row(i).size(); ++j) row(i)[j] -= along * row(k)[j];
    }
    const double norm =
        std::sqrt(std::inner_product(row(i).begin(), row(i).end(), row(i).begin(), 0.0));
    for (double& value : row(i)) value /= norm;
  }
  for (size_t i = 0; i < rows.size(); ++i) matrix[i] = static_cast<float>(rows[i]);
}

}  // namespace

Tensor uniform_parameter(Shape shape, float bound, Rng& rng) {
  Tensor parameter = Tensor::parameter(std::move(shape));
  if (rng.is_blank()) return parameter;
  for (float& value : parameter.values()) value = rng.uniform(-bound, bound);
  return parameter;
}

Tensor glorot_parameter(Shape shape, Rng& rng) {
  int64_t fan_in = 1;
  for (size_t i = 1; i < shape.size(); ++i) fan_in *= shape[i];
  const float bound = std::sqrt(6.0f / static_cast<float>(fan_in + shape[0]));
  return uniform_parameter(std::move(shape), bound, rng);
}

Tensor orthogonal_parameter(int64_t blocks, int64_t size, Rng& rng) {
  Tensor parameter = Tensor::parameter({blocks * size, size});
  if (rng.is_blank()) return parameter;
  for (int64_t b = 0; b < blocks; ++b)
    orthonormal_rows(size, parameter.data() + b * size * size, rng);
  return parameter;
}

void set_memories(const MemoryBiases& biases, int longest, Rng& rng) {
  for (size_t j = 0; j < biases.keep.size(); ++j) {
    biases.keep[j] = std::log(rng.uniform(1, std::max(1.0f, static_cast<float>(longest - 1))));
    if (!biases.write.empty()) biases.write[j] = -biases.keep[j];
  }
}

}  // namespace cadena
