// SPDX-License-Identifier: MIT
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"

namespace cadena {
namespace {

constexpr double least_variance = 1e-5;  // added to it, as PyTorch does

// Columns [begin, begin + size) of a row.
struct Group {
  int64_t begin, size;
};

std::vector<Group> groups_of(const Tensor& x, const Tensor& gain, const Tensor& bias,
                             std::span<const int64_t> widths) {
  std::vector<Group> groups;
  int64_t columns = 0;
  for (int64_t width : widths) {
    groups.push_back({columns, width});
    columns += width;
  }
  if (widths.empty()) groups.push_back({0, columns = x.cols()});
  if (columns != x.cols() || gain.size() != columns || bias.size() != columns)
    throw Error("layer_norm: " + std::to_string(x.cols()) + " columns, " +
                std::to_string(gain.size()) + " gains and " + std::to_string(bias.size()) +
                " biases for groups of " + std::to_string(columns));
  return groups;
}

// Turns x into (x - mean) / deviation; returns 1 / deviation.
float standardise(int64_t size, const float* x, float* y) {
  const double mean = std::accumulate(x, x + size, 0.0) / static_cast<double>(size);
  double squares = 0;
  for (int64_t j = 0; j < size; ++j) squares += (x[j] - mean) * (x[j] - mean);
  const double factor = 1 / std::sqrt(squares / static_cast<double>(size) + least_variance);
  for (int64_t j = 0; j < size; ++j) y[j] = static_cast<float>((x[j] - mean) * factor);
  return static_cast<float>(factor);
}

// dx += the gradient of standardise() for that of its result y, which is gain · dy.
void standardise_backward(int64_t size, const float* y, float factor, const float* gain,
                          const float* dy, float* dx) {
  double mean = 0, along = 0;
  for (int64_t j = 0; j < size; ++j) {
    const double g = double{gain[j]} * dy[j];
    mean += g;
    along += g * y[j];
  }
  const auto m = static_cast<float>(mean / static_cast<double>(size)),
             a = static_cast<float>(along / static_cast<double>(size));
  for (int64_t j = 0; j < size; ++j) dx[j] += factor * (gain[j] * dy[j] - m - y[j] * a);
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Tensor& gain, const Tensor& bias,
                  std::span<const int64_t> widths) {
  const std::vector<Group> groups = groups_of(x, gain, bias, widths);
  const int64_t n = x.rows(), d = x.cols();
  const Tensor standard = Tensor::unset(x.shape()), y = Tensor::unset(x.shape());
  std::vector<float> factors;
  for (int64_t i = 0; i < n; ++i) {
    for (const auto& [begin, size] : groups)
      factors.push_back(
          standardise(size, x.data() + i * d + begin, standard.data() + i * d + begin));
    for (int64_t j = 0; j < d; ++j)
      y.data()[i * d + j] = gain.data()[j] * standard.data()[i * d + j] + bias.data()[j];
  }
  Tape::record({x, gain, bias}, {y}, [=, factors = std::move(factors)] {
    float* const dx = Tape::tracked(x) ? x.grad() : nullptr;
    float* const dgain = Tape::tracked(gain) ? gain.grad() : nullptr;
    float* const dbias = Tape::tracked(bias) ? bias.grad() : nullptr;
    auto factor = factors.begin();
    for (int64_t i = 0; i < n; ++i) {
      const float *s = standard.data() + i * d, *dy = y.grad() + i * d;
      for (int64_t j = 0; dgain && j < d; ++j) dgain[j] += dy[j] * s[j];
      for (int64_t j = 0; dbias && j < d; ++j) dbias[j] += dy[j];
      for (const auto& [begin, size] : groups) {
        if (dx)
          standardise_backward(size, s + begin, *factor, gain.data() + begin, dy + begin,
                               dx + i * d + begin);
        ++factor;
      }
    }
  });
  return y;
}

}  // namespace cadena
