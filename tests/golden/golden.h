// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "cadena/base/file.h"
#include "cadena/io/safetensors.h"
#include "cadena/tensor/layout.h"
#include "cadena/tensor/tensor.h"
#include "tests/support/checkout.h"

namespace cadena {

/// Named values in double.
using Values = std::map<std::string, std::vector<double>>;

/// A file of tests/golden; tools/golden.py says what stands in it.
struct Golden {
  explicit Golden(const std::string& name) {
    const std::string bytes =
        read_file(in_checkout("tests/golden/" + name + ".safetensors"), 1 << 20);
    SafetensorsHeader header = parse_safetensors(std::as_bytes(std::span(bytes)));
    metadata = std::move(header.metadata);
    for (const StoredTensor& stored : header.tensors) {
      const bool low = stored.name.starts_with("lo.");
      std::vector<double>& sum = values[stored.name.substr(low ? 3 : 0)];
      sum.resize(static_cast<size_t>(elements(stored.shape)));
      for (size_t i = 0; i < sum.size(); ++i) {
        float part = 0;
        std::memcpy(&part, bytes.data() + stored.offset + i * sizeof part, sizeof part);
        sum[i] += part;
      }
      if (!low) shapes[stored.name] = stored.shape;
    }
  }

  int number(const std::string& key) const { return std::stoi(metadata.at(key)); }
  Layout layout() const {
    std::istringstream text(metadata.at("lengths"));
    return Layout(std::vector<int>(std::istream_iterator<int>(text), {}));
  }

  /// A tensor whose gradient is wanted.
  Tensor tensor(const std::string& name) const {
    const Tensor tensor = Tensor::parameter(shapes.at(name));
    std::ranges::copy(values.at(name), tensor.data());
    return tensor;
  }

  std::map<std::string, std::string> metadata;
  std::map<std::string, Shape> shapes;
  Values values;
};

/// The largest |a - b| / max(1, |b|); infinite when the sizes differ or a value is not a number.
template <class Left, class Right>
double distance(const Left& a, const Right& b) {
  if (std::size(a) != std::size(b)) return INFINITY;
  double worst = 0;
  for (size_t i = 0; i < std::size(a); ++i) {
    const double expected = b[i], error = std::abs(a[i] - expected);
    worst =
        std::max(worst, error <= INFINITY ? error / std::max(1.0, std::abs(expected)) : INFINITY);
  }
  return worst;
}

/// The gradient that has accumulated in a tensor.
inline std::span<const float> gradient(const Tensor& tensor) {
  return {tensor.grad(), static_cast<size_t>(tensor.size())};
}

}  // namespace cadena
