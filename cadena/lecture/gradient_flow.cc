// SPDX-License-Identifier: MIT
#include "cadena/lecture/gradient_flow.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <span>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/nn/trace.h"

namespace cadena {
namespace {

constexpr int64_t inputs = 4, classes = 4;
using Vector = std::vector<double>;

Tensor normal_tensor(Shape shape, double deviation, Rng& rng) {
  const Tensor tensor(std::move(shape));
  for (float& value : tensor.values()) value = static_cast<float>(deviation) * rng.normal();
  return tensor;
}

double squares(std::span<const float> values) {
  return std::transform_reduce(values.begin(), values.end(), 0.0, std::plus<>(),
                               [](double value) { return value * value; });
}

double norm(const Vector& values) {
  return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

std::span<const float> gradient(const Tensor& tensor) {
  return {tensor.grad(), static_cast<size_t>(tensor.size())};
}

/// Of all weights of a layer, one after the other.
Vector gradients(Recurrent network) {
  Vector all;
  for (const Tensor& parameter : parameters(network))
    all.insert(all.end(), gradient(parameter).begin(), gradient(parameter).end());
  return all;
}

/// A layer with weights of its own, of the same values.
Recurrent copy_of(Recurrent network) {
  Rng blank = Rng::blank();
  Recurrent other(network.options(), blank);
  const std::vector<Tensor> from = parameters(network), to = parameters(other);
  for (size_t i = 0; i < from.size(); ++i) std::ranges::copy(from[i].values(), to[i].data());
  return other;
}

/// dE_t/dW copy by copy: row t of the triangle, `added` gets what every step adds.
double add_row(const FlowNetwork& network, size_t t, std::span<double> norms, Vector& added) {
  std::vector<Recurrent> copies;
  std::vector<State> states{network.recurrent.start()};
  Tape tape;
  for (size_t k = 0; k <= t; ++k) {
    copies.push_back(copy_of(network.recurrent));
    State state = states.back();
    copies.back().step(network.x[k], state);
    states.push_back(state);
  }
  const std::span<const int32_t> target(&network.y[t], 1);
  tape.backward(cross_entropy(network.readout(states.back().layers[0][0]), target));
  Vector row(added.size());
  for (size_t k = 0; k <= t; ++k) {
    double sum = 0;
    for (const Tensor& state : states[k + 1].layers[0]) sum += squares(gradient(state));
    norms[k] = std::sqrt(sum);
    const Vector part = gradients(copies[k]);
    for (size_t i = 0; i < row.size(); ++i) row[i] += part[i];
  }
  for (size_t i = 0; i < row.size(); ++i) added[i] += row[i];
  return norm(row);
}

/// dE/dW by the layer as it is used everywhere else.
Vector whole_gradient(const FlowNetwork& network) {
  std::vector<float> x;
  for (const Tensor& step : network.x)
    x.insert(x.end(), step.values().begin(), step.values().end());
  const auto steps = static_cast<int>(network.x.size());
  Tape tape;
  const Tensor states =
      network.recurrent(Tensor({steps, inputs}, x), Layout(std::vector<int>{steps})).output;
  tape.backward(cross_entropy(network.readout(states), network.y));
  return gradients(network.recurrent);
}

/// The slope of y over 0, 1, 2 ..., by least squares, where y is finite.
double slope_of(const Vector& y) {
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    if (!std::isfinite(y[i])) continue;
    const auto x = static_cast<double>(i);
    n += 1, sx += x, sy += y[i], sxx += x * x, sxy += x * y[i];
  }
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

/// H equal rows: row b of a gradient of the sum of the diagonal is that of output b.
Tensor repeated(const Tensor& row, int64_t rows) {
  return gather(row, std::vector<int32_t>(static_cast<size_t>(rows), 0));
}

Tensor sum_of_diagonal(const Tensor& square) {
  const Tensor identity(square.shape());
  for (int64_t i = 0; i < square.rows(); ++i) identity.data()[i * square.cols() + i] = 1;
  return sum(multiply(square, identity));
}

}  // namespace

FlowNetwork::FlowNetwork(const FlowOptions& options)
    : rng(options.seed),
      recurrent({.cell = options.cell,
                 .input = inputs,
                 .hidden = options.hidden,
                 .tuning = {.forget_bias = options.forget_bias}},
                rng),
      readout(recurrent.outputs(), classes, rng) {
  if (options.steps < 1) throw Error("steps must be at least 1");
  for (int t = 0; t < options.steps; ++t) {
    x.push_back(normal_tensor({1, inputs}, 1, rng));
    y.push_back(static_cast<int32_t>(rng.below(classes)));
  }
}

BpttTriangle bptt_triangle(const FlowOptions& options) {
  const FlowNetwork network(options);
  const size_t steps = network.x.size();
  BpttTriangle triangle;
  triangle.norms.assign(steps * steps, std::numeric_limits<double>::quiet_NaN());
  Vector added(static_cast<size_t>(count_parameters(network.recurrent)));
  for (size_t t = 0; t < steps; ++t)
    triangle.row_totals.push_back(
        add_row(network, t, std::span(triangle.norms).subspan(t * steps, steps), added));
  const Vector whole = whole_gradient(network);
  triangle.added = norm(added);
  triangle.whole = norm(whole);
  for (size_t i = 0; i < whole.size(); ++i)
    triangle.difference = std::max(triangle.difference, std::abs(added[i] - whole[i]));
  return triangle;
}

Vanishing vanishing(const VanishingOptions& options) {
  if (options.steps < 1) throw Error("steps must be at least 1");
  if (!(options.rho > 0)) throw Error("rho must be above 0");
  Rng rng(options.seed);
  const Recurrent network({.cell = "elman", .input = inputs, .hidden = options.hidden}, rng);
  for (float& weight : network.layers()[0][0].recurrent.values())  // which is orthogonal at first
    weight *= static_cast<float>(options.rho);
  const int64_t hidden = options.hidden;
  Tape tape;
  std::vector<State> states{network.start(hidden)};
  for (int t = 0; t < options.steps + 1; ++t) {
    State state = states.back();
    network.step(repeated(normal_tensor({1, inputs}, options.input, rng), hidden), state);
    states.push_back(state);
  }
  tape.backward(sum_of_diagonal(states.back().layers[0][0]));
  Vanishing result;
  for (size_t t = states.size(); t-- > 1;) {
    const double mean = squares(gradient(states[t].layers[0][0])) / static_cast<double>(hidden);
    result.log_norms.push_back(std::log(mean) / 2);
  }
  result.slope = slope_of(result.log_norms);
  return result;
}

std::vector<double> sensitivity(const FlowOptions& options) {
  const FlowNetwork network(options);
  const int64_t outputs = network.recurrent.outputs();
  Vector norms;
  for (size_t last = 0; last < network.x.size(); ++last) {
    Tape tape;
    const Tensor first = Tensor::parameter({outputs, inputs});
    std::ranges::copy(repeated(network.x[0], outputs).values(), first.data());
    State state = network.recurrent.start(outputs);
    Tensor y;
    for (size_t t = 0; t <= last; ++t)
      y = network.recurrent.step(t == 0 ? first : repeated(network.x[t], outputs), state);
    tape.backward(sum_of_diagonal(y));
    norms.push_back(std::sqrt(squares(gradient(first))));
  }
  return norms;
}

CellPath cell_path(const FlowOptions& options) {
  if (options.cell != "lstm") throw Error("the path through the cell is that of the LSTM");
  const FlowNetwork network(options);
  CellPath path;
  for (size_t last = 0; last < network.x.size(); ++last) {
    Tape tape;
    const Trace trace;
    State state = network.recurrent.start();
    Tensor first;
    for (size_t t = 0; t <= last; ++t) {
      state.layers[0][0] = state.layers[0][0].clone();  // a constant: no gradient goes through h
      network.recurrent.step(network.x[t], state);
      if (t == 0) first = state.layers[0][1];
    }
    tape.backward(sum(state.layers[0][1]));
    std::vector<float> product(static_cast<size_t>(options.hidden), 1.0f);
    for (size_t t = last; t > 0; --t) {
      const Tensor forget = trace.layers()[t].steps[0].gates[1];
      for (size_t i = 0; i < product.size(); ++i) product[i] *= forget.values()[i];
    }
    const std::span<const float> found = gradient(first);
    const auto mean = [&](const auto& values) {
      return std::accumulate(values.begin(), values.end(), 0.0) /
             static_cast<double>(values.size());
    };
    path.gradient.push_back(mean(found));
    path.product.push_back(mean(product));
    for (size_t i = 0; i < product.size(); ++i)
      path.difference = std::max(path.difference, std::abs(double{product[i]} - found[i]));
  }
  return path;
}

}  // namespace cadena
