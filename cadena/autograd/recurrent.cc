// SPDX-License-Identifier: MIT
#include "cadena/autograd/recurrent.h"

#include <algorithm>
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
  const int64_t inputs = x.cols(), hidden = weights[0].input.rows() / cell.gates;
  const int64_t gates = cell.gates * hidden, width = std::ssize(weights) * hidden;
  expect(x.rows() == layout.rows(), "the input", x, {layout.rows(), inputs});
  for (const RecurrentWeights& w : weights) {
    expect(w.input.rows() == gates && w.input.cols() == inputs, "an input weight", w.input,
           {gates, inputs});
    expect(w.input_bias.size() == gates, "a bias", w.input_bias, {gates});
    if (cell.recurrent != bool(w.recurrent) || cell.recurrent != bool(w.recurrent_bias) ||
        (cell.own > 0) != bool(w.own))
      throw Error("recurrent: these are not the weights of the cell '" + std::string(cell.name) +
                  "'");
    if (cell.recurrent) {
      expect(w.recurrent.rows() == gates && w.recurrent.cols() == hidden, "a recurrent weight",
             w.recurrent, {gates, hidden});
      expect(w.recurrent_bias.size() == gates, "a bias", w.recurrent_bias, {gates});
    }
    if (w.stay)
      expect((w.stay.rows() == 1 || w.stay.rows() == layout.rows()) &&
                 w.stay.cols() == cell.states * hidden,
             "what stays", w.stay, {layout.rows(), cell.states * hidden});
    if (cell.own > 0)
      expect(w.own.size() == cell.own * hidden, "a weight", w.own, {cell.own, hidden});
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
    for (const RecurrentWeights& w : weights) {
      const std::vector<Tensor> some = w.all();
      all.insert(all.end(), some.begin(), some.end());
    }
    all.insert(all.end(), initial.begin(), initial.end());
    return all;
  }
  void forward(const kernels::CellKernel& cell, SavedValues* saved);
  void backward() const;
};

const float* data(const Tensor& tensor) { return tensor ? tensor.data() : nullptr; }

void Pass::forward(const kernels::CellKernel& cell, SavedValues* saved) {
  const int64_t hidden = weights[0].input.rows() / cell.spec.gates;
  const int64_t width = std::ssize(weights) * hidden;
  const Precision precision = Tape::precision_for(inputs());
  const int key = static_cast<int>(precision), recurrent_key = key + 3;  // gates side by side
  std::vector<kernels::LayerWeights> directions;
  for (const RecurrentWeights& w : weights) {
    auto& d = directions.emplace_back(kernels::LayerWeights{
        w.input.data(), data(w.recurrent), w.input_bias.data(), data(w.recurrent_bias), data(w.own),
        data(w.stay), w.stay && w.stay.rows() > 1 ? w.stay.cols() : 0});
    d.packed_input =
        w.input.made(key, [&] { return pack_input(cell, x.cols(), hidden, d.input, precision); });
    const auto pack = [&] { return pack_recurrent(cell, hidden, d.recurrent, precision); };
    d.packed_recurrent = w.recurrent ? w.recurrent.made(recurrent_key, pack) : pack();
  }
  const kernels::LayerShape shape{.cell = &cell,
                                  .inputs = x.cols(),
                                  .hidden = hidden,
                                  .batch = layout.sequences(),
                                  .sequences = {layout.widths(), layout.offsets()}};
  layer = std::make_unique<kernels::RecurrentLayer>(shape, directions,
                                                    saved || Tape::recording(inputs()),
                                                    saved ? 0 : compute().memory, precision);
  y = Tensor::unset({layout.rows(), width});
  std::vector<const float*> from;
  std::vector<float*> to;
  for (const Tensor& state : initial) from.push_back(state.data());
  for (int k = 0; k < cell.spec.states; ++k)
    to.push_back(last.emplace_back(Tensor::unset({layout.sequences(), width})).data());
  layer->forward(x.data(), from, y.data(), to);
  for (size_t d = 0; saved && d < weights.size(); ++d) {
    const Tensor& values =
        saved->emplace_back(Tensor::unset({layout.rows(), cell.spec.saved * hidden}));
    std::ranges::copy(layer->saved(d), values.data());
  }
}

void Pass::backward() const {
  const auto sum = [](const Tensor& tensor) {
    return tensor && Tape::tracked(tensor) ? tensor.grad() : nullptr;
  };
  // One that is given twice must not be set twice, and without rows nothing is set.
  const bool once = weights.size() == 1 && layout.rows() > 0;
  const auto product = [&](const Tensor& tensor) -> Accumulator {
    if (!tensor || !Tape::tracked(tensor)) return {};
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
    gradients.weights.push_back({product(w.input), product(w.recurrent), sum(w.input_bias),
                                 sum(w.recurrent_bias), sum(w.own)});
  layer->backward(gradients);
}

}  // namespace

std::vector<Tensor> RecurrentWeights::all() const {
  std::vector<Tensor> some{input, recurrent, input_bias, recurrent_bias, own};
  std::erase_if(some, [](const Tensor& tensor) { return !tensor; });
  return some;
}

const CellSpec& cell_spec(std::string_view cell) { return find_cell(cell).spec; }

std::vector<std::string> cell_names() {
  std::vector<std::string> names;
  for (const kernels::CellKernel& kernel : kernels::cell_kernels())
    names.emplace_back(kernel.spec.name);
  return names;
}

RecurrentOutput recurrent(std::string_view cell, const Tensor& x, const Layout& layout,
                          std::span<const RecurrentWeights> weights,
                          std::span<const Tensor> initial, SavedValues* saved) {
  if (weights.empty() || weights.size() > 2)
    throw Error("recurrent: " + std::to_string(weights.size()) + " directions, expected 1 or 2");
  const kernels::CellKernel& kernel = find_cell(cell);
  check(kernel.spec, x, layout, weights, initial);
  auto pass = std::make_shared<Pass>();
  pass->layout = layout;
  pass->x = x;
  pass->weights.assign(weights.begin(), weights.end());
  pass->initial.assign(initial.begin(), initial.end());
  pass->forward(kernel, saved);
  std::vector<Tensor> outputs{pass->y};
  outputs.insert(outputs.end(), pass->last.begin(), pass->last.end());
  Tape::record(pass->inputs(), outputs, [pass] { pass->backward(); });
  return {pass->y, pass->last};
}

}  // namespace cadena
