// SPDX-License-Identifier: MIT
#include "cadena/autograd/recurrent.h"

#include <memory>
#include <string>

#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/base/suggest.h"
#include "cadena/kernels/recurrent_layer.h"

namespace cadena {
namespace {

const kernels::CellKernel& find_cell(std::string_view cell) {
  if (const kernels::CellKernel* kernel = kernels::find_cell(cell)) return *kernel;
  throw Error("recurrent: there is no cell '" + std::string(cell) + "'",
              "cells: " + joined(cell_names()));
}

void expect(bool holds, const char* what, const Tensor& tensor, const Shape& shape) {
  if (!holds)
    throw Error("recurrent: " + std::string(what) + " has shape " + to_string(tensor.shape()) +
                ", the layer expects " + to_string(shape));
}

void check(const CellSpec& cell, const Tensor& x, const Layout& layout,
           std::span<const RecurrentWeights> weights, std::span<const Tensor> initial) {
  const int64_t inputs = x.cols(), hidden = weights[0].recurrent.cols();
  const int64_t gates = cell.gates * hidden, width = std::ssize(weights) * hidden;
  expect(x.rows() == layout.rows(), "the input", x, {layout.rows(), inputs});
  for (const RecurrentWeights& w : weights) {
    expect(w.input.rows() == gates && w.input.cols() == inputs, "an input weight", w.input,
           {gates, inputs});
    expect(w.recurrent.rows() == gates && w.recurrent.cols() == hidden, "a recurrent weight",
           w.recurrent, {gates, hidden});
    for (const Tensor& bias : {w.input_bias, w.recurrent_bias})
      expect(bias.size() == gates, "a bias", bias, {gates});
  }
  if (!initial.empty() && static_cast<int>(initial.size()) != cell.states)
    throw Error("recurrent: " + std::to_string(initial.size()) + " initial states, the cell has " +
                std::to_string(cell.states));
  for (const Tensor& state : initial)
    expect(state.rows() == layout.sequences() && state.cols() == width, "an initial state", state,
           {layout.sequences(), width});
}

// One layer during one pass, and the tensors that it works on; it lives until its pullback has run.
struct Pass {
  Layout layout;
  Tensor x, y;
  std::vector<RecurrentWeights> weights;
  std::vector<Tensor> initial, last;  // per state
  std::unique_ptr<kernels::RecurrentLayer> layer;

  std::vector<Tensor> inputs() const {
    std::vector<Tensor> all{x};
    for (const RecurrentWeights& w : weights)
      all.insert(all.end(), {w.input, w.recurrent, w.input_bias, w.recurrent_bias});
    all.insert(all.end(), initial.begin(), initial.end());
    return all;
  }
  void forward(const kernels::CellKernel& cell);
  void backward() const;
};

void Pass::forward(const kernels::CellKernel& cell) {
  const int64_t hidden = weights[0].recurrent.cols(), width = std::ssize(weights) * hidden;
  const Precision precision = Tape::precision_for(inputs());
  const int key = static_cast<int>(precision), recurrent_key = key + 3;  // gates side by side
  std::vector<kernels::LayerWeights> directions;
  for (const RecurrentWeights& w : weights) {
    auto& d = directions.emplace_back(kernels::LayerWeights{
        w.input.data(), w.recurrent.data(), w.input_bias.data(), w.recurrent_bias.data()});
    d.packed_input =
        w.input.made(key, [&] { return pack_input(cell, x.cols(), hidden, d.input, precision); });
    d.packed_recurrent = w.recurrent.made(
        recurrent_key, [&] { return pack_recurrent(cell, hidden, d.recurrent, precision); });
  }
  const kernels::LayerShape shape{.cell = &cell,
                                  .inputs = x.cols(),
                                  .hidden = hidden,
                                  .batch = layout.sequences(),
                                  .sequences = {layout.widths(), layout.offsets()}};
  layer = std::make_unique<kernels::RecurrentLayer>(shape, directions, Tape::recording(inputs()),
                                                    compute().memory, precision);
  y = Tensor::unset({layout.rows(), width});
  std::vector<const float*> from;
  std::vector<float*> to;
  for (const Tensor& state : initial) from.push_back(state.data());
  for (int k = 0; k < cell.spec.states; ++k)
    to.push_back(last.emplace_back(Tensor::unset({layout.sequences(), width})).data());
  layer->forward(x.data(), from, y.data(), to);
}

void Pass::backward() const {
  const auto sum = [](const Tensor& tensor) {
    return Tape::tracked(tensor) ? tensor.grad() : nullptr;
  };
  // One that is given twice must not be set twice, and without rows nothing is set.
  const bool once = weights.size() == 1 && layout.rows() > 0;
  const auto product = [&](const Tensor& tensor) -> Accumulator {
    if (!Tape::tracked(tensor)) return {};
    return once ? tensor.accumulator() : Accumulator{tensor.grad(), true};
  };
  const auto given = [](const Tensor& tensor) -> const float* {
    return tensor.has_grad() ? tensor.grad() : nullptr;
  };
  kernels::LayerGradients gradients;
  gradients.dy = given(y);
  for (const Tensor& state : last) gradients.last.push_back(given(state));
  for (const Tensor& state : initial) gradients.initial.push_back(sum(state));
  gradients.x = product(x);
  for (const RecurrentWeights& w : weights)
    gradients.weights.push_back(
        {product(w.input), product(w.recurrent), sum(w.input_bias), sum(w.recurrent_bias)});
  layer->backward(gradients);
}

}  // namespace

const CellSpec& cell_spec(std::string_view cell) { return find_cell(cell).spec; }

std::vector<std::string> cell_names() {
  std::vector<std::string> names;
  for (const kernels::CellKernel& kernel : kernels::cell_kernels())
    names.emplace_back(kernel.spec.name);
  return names;
}

RecurrentOutput recurrent(std::string_view cell, const Tensor& x, const Layout& layout,
                          std::span<const RecurrentWeights> weights,
                          std::span<const Tensor> initial) {
  if (weights.empty() || weights.size() > 2)
    throw Error("recurrent: " + std::to_string(weights.size()) + " directions, expected 1 or 2");
  const kernels::CellKernel& kernel = find_cell(cell);
  check(kernel.spec, x, layout, weights, initial);
  auto pass = std::make_shared<Pass>();
  pass->layout = layout;
  pass->x = x;
  pass->weights.assign(weights.begin(), weights.end());
  pass->initial.assign(initial.begin(), initial.end());
  pass->forward(kernel);
  std::vector<Tensor> outputs{pass->y};
  outputs.insert(outputs.end(), pass->last.begin(), pass->last.end());
  Tape::record(pass->inputs(), outputs, [pass] { pass->backward(); });
  return {pass->y, pass->last};
}

}  // namespace cadena
