// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <type_traits>
#include <vector>

#include "cadena/autograd/tape.h"
#include "cadena/base/rng.h"
#include "cadena/tensor/tensor.h"
#include "tests/support/random.h"

namespace cadena {

using Tensors = std::vector<Tensor>;

/// Numbers from -1 to 1 without any symmetry, as many as the tensor has.
inline std::vector<float> weights_of(const Tensor& tensor, uint64_t stream) {
  Rng rng(99, stream);
  std::vector<float> weights(static_cast<size_t>(tensor.size()));
  for (float& weight : weights) weight = rng.uniform(-1, 1);
  return weights;
}

/// Sum over all outputs of weights · values, in double, which is more exact than a [1] tensor.
/// Recorded as an operation of its own on `loss`.
inline double weighted_sum(const Tensors& outputs, const Tensor& loss) {
  double sum = 0;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Tensor y = outputs[i];
    const std::vector<float> weights = weights_of(y, i);
    for (size_t j = 0; j < weights.size(); ++j) sum += double{weights[j]} * y.values()[j];
    Tape::record({y}, {loss}, [y, loss, weights] {
      for (size_t j = 0; j < weights.size(); ++j) y.grad()[j] += loss.grad()[0] * weights[j];
    });
  }
  return sum;
}

/// The weighted sum of all outputs of two calls of `function`, each with weights of its own: so
/// every input is used more than once. Noise is the same each time. With `backward` the gradients
/// are added to those of the inputs.
template <class Function>
double scalar_of(const Function& function, const Tensors& inputs, bool backward) {
  Rng noise(5);
  Tape tape(noise);
  Tensors outputs;
  for (int call = 0; call < 2; ++call) {
    if constexpr (std::is_same_v<std::invoke_result_t<Function, Tensors>, Tensor>)
      outputs.push_back(function(inputs));
    else
      std::ranges::copy(function(inputs), std::back_inserter(outputs));
  }
  const Tensor loss(Shape{1});
  const double sum = weighted_sum(outputs, loss);
  if (backward) tape.backward(loss);
  return sum;
}

/// The derivative along one value of an input, that of the polynomial through 4 points:
///   (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h,   h = 2^-4.
template <class Function>
double slope_of(const Function& function, const Tensors& inputs, float& x) {
  constexpr float h = 0x1p-4f;
  const float x0 = x;
  const auto moved = [&](float steps) {
    x = x0 + steps * h;
    return scalar_of(function, inputs, false);
  };
  const double slope = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * h);
  x = x0;
  return slope;
}

/// Compares the gradients of a function with differences of its values, in one line:
///   check_gradients([](const Tensors& in) { return tanh(in[0]); }, {input});
/// The function makes a tensor, or several, of the inputs, which become parameters. Gradients must
/// add to what is there.
///
/// The slope misses the true one by h^4/30 = 5e-7 of the fifth derivative, and by the rounding of
/// the outputs: up to 18/12h · 2^-24 = 1.4e-6 for each output of size 1, or 1e-5 for a few dozen
/// of them, whose roundings are independent. Inputs should be multiples of 2^-8 (grid_tensor), so
/// that x + h is exact, and stay more than 2h away from a kink.
template <class Function>
void check_gradients(const Function& function, const Tensors& given, double bound = 3e-5) {
  constexpr float already_there = 0.5f;
  Tensors inputs;
  for (const Tensor& input : given) {
    inputs.push_back(Tensor::parameter(input.shape()));
    std::ranges::copy(input.values(), inputs.back().data());
    std::fill_n(inputs.back().grad(), input.size(), already_there);
  }
  scalar_of(function, inputs, true);
  for (size_t i = 0; i < inputs.size(); ++i)
    for (int64_t j = 0; j < inputs[i].size(); ++j) {
      const double wanted = slope_of(function, inputs, inputs[i].data()[j]);
      EXPECT_NEAR(double{inputs[i].grad()[j]} - already_there, wanted,
                  bound * std::max(1.0, std::abs(wanted)))
          << "input " << i << ", value " << j;
    }
}

}  // namespace cadena
