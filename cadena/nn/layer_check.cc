// SPDX-License-Identifier: MIT
#include "cadena/nn/layer_check.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/compute.h"
#include "cadena/base/error.h"
#include "cadena/base/rng.h"
#include "cadena/nn/double_layer.h"

namespace cadena {
namespace {

using Part = DoubleLayer::Part;

constexpr int64_t steps = 5;
constexpr int directions = 3;
constexpr int64_t most_products = 30'000'000;  // of complex numbers: about a second
constexpr double small_part = 0.01;
constexpr size_t fewest_probes = 8;  // of each part

/// The larger error; one that is not a number is the largest.
void worsen(double& worst, double error) {
  if (std::isnan(error) || error > worst) worst = error;
}

double largest(std::span<const double> values) {
  double most = 0;
  for (double value : values) worsen(most, std::abs(value));
  return most;
}

double error_of(std::span<const double> got, std::span<const double> wanted, double scale) {
  double error = 0;
  for (size_t i = 0; i < wanted.size(); ++i) worsen(error, std::abs(got[i] - wanted[i]));
  return error == 0 ? 0 : error / scale;
}

std::vector<double> normal(size_t count, Rng& rng) {
  std::vector<double> values(count);
  for (double& value : values) value = double{rng.normal()};
  return values;
}

std::vector<double> widened(const Tensor& tensor) {
  if (!tensor) return {};
  return {tensor.values().begin(), tensor.values().end()};
}

/// The layer and the sequence, as double numbers that floats can hold.
struct Case {
  std::string_view cell;
  int64_t inputs, hidden;
  DoubleLayer layer;
  DoubleLayer::Parts at;
  DoubleLayer::Result result, weights;
  DoubleLayer::Parts gradient;
  double least_scale = 0;  // a few values may nearly cancel, the roundings of their terms do not

  Case(std::string_view name, const RecurrentWeights& w, int64_t units, Rng& rng)
      : cell(name),
        inputs(w.input.cols()),
        hidden(units),
        layer(name, steps, inputs, hidden),
        at(layer.zeros()) {
    at[Part::x] = normal(at[Part::x].size(), rng);
    at[Part::initial] = normal(at[Part::initial].size(), rng);
    const Tensor given[] = {w.input, w.recurrent, w.input_bias, w.recurrent_bias, w.own};
    for (size_t i = 0; i < std::size(given); ++i) {
      std::vector<double>& part = at[static_cast<size_t>(Part::input) + i];
      const size_t size = part.size();
      part = widened(given[i]);
      if (part.size() != size)
        throw Error("check_layer: weights of other shapes than those of " + std::string(name));
    }
    result = layer.forward(at);
    weights = {normal(result.output.size(), rng), normal(result.last.size(), rng)};
    gradient = layer.backward(at, weights);
    for (const std::vector<double>& part : gradient)
      least_scale = std::max(least_scale, largest(part));
    least_scale *= small_part;
  }

  double scale(size_t part) const { return std::max(largest(gradient[part]), least_scale); }
};

/// Which values of a part have a complex step of their own: all if so many may, else those of the
/// largest gradients and some others.
std::vector<size_t> chosen(const std::vector<double>& gradient, size_t many, Rng& rng) {
  std::vector<size_t> all(gradient.size());
  std::iota(all.begin(), all.end(), size_t{0});
  if (all.size() <= many) return all;
  rng.shuffle(all);
  const auto falls = [&](size_t a, size_t b) {
    return std::abs(gradient[a]) > std::abs(gradient[b]);
  };
  const auto half = all.begin() + static_cast<int64_t>(many / 2);
  std::partial_sort(all.begin(), half, all.end(), falls);
  all.resize(many);
  return all;
}

void check_equation(const Case& c, Rng& rng, LayerCheck& check) {
  int64_t weights = 0;
  for (const std::vector<double>& part : c.at) check.values += std::ssize(part);
  for (const Part part : {Part::input, Part::recurrent}) weights += std::ssize(c.at[part]);
  const int64_t affordable = most_products / (steps * std::max<int64_t>(1, weights));
  DoubleLayer::Parts along = c.layer.zeros();
  const auto probe = [&](double expected, double scale) {
    const double error = std::abs(c.layer.slope(c.at, along, c.weights) - expected);
    worsen(check.equation, error == 0 ? 0 : error / scale);
  };
  for (size_t part = 0; part < along.size(); ++part) {
    const std::vector<double>& g = c.gradient[part];
    if (g.empty()) continue;
    for (int i = 0; i < directions; ++i) {
      along[part] = normal(g.size(), rng);
      probe(std::inner_product(g.begin(), g.end(), along[part].begin(), 0.0),
            std::max(c.least_scale,
                     std::sqrt(std::inner_product(g.begin(), g.end(), g.begin(), 0.0))));
    }
    std::ranges::fill(along[part], 0.0);
    const auto share = static_cast<size_t>(affordable * std::ssize(g) / check.values);
    for (const size_t i : chosen(g, std::max(fewest_probes, share), rng)) {
      along[part][i] = 1;
      probe(g[i], c.scale(part));
      along[part][i] = 0;
      ++check.probed;
    }
  }
}

Tensor narrowed(Shape shape, const std::vector<double>& values, bool wanted) {
  const Tensor tensor = wanted ? Tensor::parameter(std::move(shape)) : Tensor(std::move(shape));
  std::ranges::transform(values, tensor.data(), [](double v) { return static_cast<float>(v); });
  return tensor;
}

Tensor copied(const Tensor& weight) {
  return weight ? narrowed(weight.shape(), widened(weight), true) : Tensor();
}

void check_single(const Case& c, const RecurrentWeights& w, LayerCheck& check) {
  const ComputeScope scope({.memory = compute().memory});
  const int64_t states = std::ssize(c.at[Part::initial]) / c.hidden;
  const RecurrentWeights own{copied(w.input), copied(w.recurrent), copied(w.input_bias),
                             copied(w.recurrent_bias), copied(w.own)};
  const Tensor x = narrowed({steps, c.inputs}, c.at[Part::x], true);
  const Tensor initial = narrowed({states, c.hidden}, c.at[Part::initial], true);
  const Tensor last_weights = narrowed({states, c.hidden}, c.weights.last, false);
  Tape tape;
  std::vector<Tensor> from;
  for (int32_t k = 0; k < states; ++k) from.push_back(gather(initial, {&k, 1}));
  const int length = steps;
  const RecurrentOutput out = recurrent(c.cell, x, Layout({&length, 1}), {&own, 1}, from);
  Tensor loss = sum(multiply(out.output, narrowed({steps, c.hidden}, c.weights.output, false)));
  std::vector<double> last;
  for (int32_t k = 0; k < states; ++k) {
    const Tensor& state = out.last[static_cast<size_t>(k)];
    loss = add(loss, sum(multiply(state, gather(last_weights, {&k, 1}))));
    last.insert(last.end(), state.values().begin(), state.values().end());
  }
  tape.backward(loss);
  worsen(check.single, error_of(widened(out.output), c.result.output, largest(c.result.output)));
  worsen(check.single, error_of(last, c.result.last, largest(c.result.last)));
  const Tensor all[] = {
      x, initial, own.input, own.recurrent, own.input_bias, own.recurrent_bias, own.own};
  for (size_t part = 0; part < std::size(all); ++part)
    if (all[part]) {
      const float* g = all[part].grad();
      const std::vector<double> got(g, g + all[part].size());
      worsen(check.single, error_of(got, c.gradient[part], c.scale(part)));
    }
}

}  // namespace

LayerCheck check_layer(std::string_view cell, const RecurrentWeights& weights, uint64_t seed) {
  Rng rng(seed);
  const Case c(cell, weights, weights.input.rows() / cell_spec(cell).gates, rng);
  LayerCheck check;
  check_equation(c, rng, check);
  check_single(c, weights, check);
  return check;
}

}  // namespace cadena
