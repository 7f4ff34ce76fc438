// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "cadena/base/rng.h"
#include "cadena/tensor/tensor.h"

namespace cadena {

inline std::vector<float> normal_values(int64_t count, Rng& rng, float deviation = 1) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = deviation * rng.normal();
  return values;
}

inline std::vector<double> widened(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

/// Normal numbers, as a parameter: its gradient is wanted.
inline Tensor normal_parameter(Shape shape, Rng& rng, float deviation = 1) {
  const Tensor tensor = Tensor::parameter(std::move(shape));
  for (float& value : tensor.values()) value = deviation * rng.normal();
  return tensor;
}

/// Multiples of 1/256 in [-1, 1): a step of a power of two away from them is exact in float.
inline Tensor grid_tensor(Shape shape, Rng& rng) {
  const Tensor tensor(std::move(shape));
  for (float& value : tensor.values()) value = std::floor(rng.uniform(-256, 256)) / 256;
  return tensor;
}

inline std::vector<int32_t> random_ids(int64_t count, int64_t below, Rng& rng) {
  std::vector<int32_t> ids(static_cast<size_t>(count));
  for (int32_t& id : ids) id = static_cast<int32_t>(rng.below(static_cast<uint32_t>(below)));
  return ids;
}

}  // namespace cadena
