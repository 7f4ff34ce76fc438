// SPDX-License-Identifier: MIT
#include "cadena/autograd/recurrent.h"

#include <algorithm>
#include <memory>
#include <string>

#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/base/suggest.h"
#include "cadena/kernels/pointwise.h"
#include "cadena/kernels/recurrence.h"
#include "cadena/kernels/rows.h"

namespace cadena {
namespace {

using kernels::Recurrence, kernels::States;

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

// One layer during one pass; it lives until its pullback has run.
struct Layer {
  const kernels::CellKernel* cell;
  int64_t hidden, directions, rows;
  Layout layout;
  Tensor x, y;
  std::vector<RecurrentWeights> weights;
  std::vector<Tensor> initial, last;            // per state
  std::vector<Buffer> pre, rest, first, saved;  // per direction

  int64_t gates() const { return cell->spec.gates * hidden; }
  int64_t rest_size() const { return (cell->spec.states - 1) * hidden; }
  int64_t sequences() const { return layout.sequences(); }
  int64_t width() const { return directions * hidden; }
  // First column of a direction in y and in each state.
  int64_t column(size_t d) const { return static_cast<int64_t>(d) * hidden; }

  States<float> states(size_t d) const {
    return {y.data() + column(d), width(), rest[d].data(), rest_size()};
  }

  Recurrence recurrence(size_t d) const {
    const int64_t wide = cell->spec.states * hidden;
    return {.cell = cell,
            .hidden = hidden,
            .widths = layout.widths(),
            .offsets = layout.offsets(),
            .reverse = d == 1,
            .x = pre[d].data(),
            .weight = weights[d].recurrent.data(),
            .bias = weights[d].recurrent_bias.data(),
            .initial = {first[d].data(), wide, first[d].data() + hidden, wide},
            .from_zero = initial.empty(),
            .states = states(d),
            .saved = saved[d].data()};
  }

  std::vector<Recurrence> recurrences() const {
    std::vector<Recurrence> all;
    for (size_t d = 0; d < weights.size(); ++d) all.push_back(recurrence(d));
    return all;
  }

  void check() const;
  void allocate(bool keep);
  void forward();
  void read_last();
  void backward();
  void weight_gradients(size_t d, const Buffer& dx, const Buffer& du);
  void bias_gradients(const RecurrentWeights& w, const Buffer& dx, const Buffer& du);
};

void Layer::check() const {
  const int64_t inputs = x.cols();
  expect(x.rows() == layout.rows(), "the input", x, {layout.rows(), inputs});
  for (const RecurrentWeights& w : weights) {
    expect(w.input.rows() == gates() && w.input.cols() == inputs, "an input weight", w.input,
           {gates(), inputs});
    expect(w.recurrent.rows() == gates() && w.recurrent.cols() == hidden, "a recurrent weight",
           w.recurrent, {gates(), hidden});
    for (const Tensor& bias : {w.input_bias, w.recurrent_bias})
      expect(bias.size() == gates(), "a bias", bias, {gates()});
  }
  if (!initial.empty() && static_cast<int>(initial.size()) != cell->spec.states)
    throw Error("recurrent: " + std::to_string(initial.size()) + " initial states, the cell has " +
                std::to_string(cell->spec.states));
  for (const Tensor& state : initial)
    expect(state.rows() == sequences() && state.cols() == width(), "an initial state", state,
           {sequences(), width()});
}

void Layer::allocate(bool keep) {
  y = Tensor::unset({rows, width()});
  const int64_t wide = cell->spec.states * hidden;
  for (size_t d = 0; d < weights.size(); ++d) {
    pre.emplace_back(rows * gates());
    rest.emplace_back(rows * rest_size());
    first.emplace_back(sequences() * wide);
    saved.push_back(keep ? Buffer(rows * cell->spec.saved * hidden) : Buffer());
    std::fill_n(first[d].data(), sequences() * wide, 0.0f);
    for (size_t k = 0; k < initial.size(); ++k)
      kernels::copy_columns(sequences(), hidden, initial[k].data() + column(d), width(),
                            first[d].data() + static_cast<int64_t>(k) * hidden, wide);
  }
}

void Layer::forward() {
  for (size_t d = 0; d < weights.size(); ++d)
    kernels::gemm(rows, gates(), x.cols(), kernels::plain(x.data(), x.cols()),
                  kernels::transposed(weights[d].input.data(), x.cols()), pre[d].data(), gates(),
                  {weights[d].input_bias.data(), 0});
  kernels::recurrence_forward(recurrences());
  read_last();
}

// A sequence's final row is its last step forwards, its first one backwards; one without steps
// keeps its initial states.
void Layer::read_last() {
  for (int k = 0; k < cell->spec.states; ++k) last.emplace_back(sequences(), width());
  for (size_t d = 0; d < weights.size(); ++d) {
    const Recurrence r = recurrence(d);
    for (int b = 0; b < sequences(); ++b) {
      const int length = layout.length(b);
      const States<const float> state =
          length == 0 ? r.initial.row(b)
                      : States<const float>(r.states.row(layout.row(d == 1 ? 0 : length - 1, b)));
      for (size_t k = 0; k < last.size(); ++k)
        std::copy_n(k == 0 ? state.h : state.rest + (static_cast<int64_t>(k) - 1) * hidden, hidden,
                    last[k].data() + b * width() + column(d));
    }
  }
}

void Layer::backward() {
  const int64_t wide = cell->spec.states * hidden;
  std::vector<Buffer> dx, du, dlast, dfirst;
  std::vector<kernels::RecurrenceGradients> gradients;
  for (size_t d = 0; d < weights.size(); ++d) {
    dx.emplace_back(rows * gates());
    du.emplace_back(cell->spec.summed ? 0 : rows * gates());
    dlast.emplace_back(sequences() * wide);
    dfirst.emplace_back(sequences() * wide);
    for (size_t k = 0; k < last.size(); ++k)
      kernels::copy_columns(sequences(), hidden, last[k].grad() + column(d), width(),
                            dlast[d].data() + static_cast<int64_t>(k) * hidden, wide);
    std::copy_n(dlast[d].data(), sequences() * wide,
                dfirst[d].data());  // stays so where there are no steps
    gradients.push_back({.outputs = {y.grad() + column(d), width(), nullptr, 0},
                         .last = {dlast[d].data(), wide, dlast[d].data() + hidden, wide},
                         .dx = dx[d].data(),
                         .du = (cell->spec.summed ? dx : du)[d].data(),
                         .initial = {dfirst[d].data(), wide, dfirst[d].data() + hidden, wide}});
  }
  kernels::recurrence_backward(recurrences(), gradients);
  for (size_t d = 0; d < weights.size(); ++d) {
    weight_gradients(d, dx[d], (cell->spec.summed ? dx : du)[d]);
    for (size_t k = 0; k < initial.size(); ++k)
      if (Tape::tracked(initial[k]))
        kernels::add_columns(sequences(), hidden,
                             dfirst[d].data() + static_cast<int64_t>(k) * hidden, wide,
                             initial[k].grad() + column(d), width());
  }
}

void Layer::weight_gradients(size_t d, const Buffer& dx, const Buffer& du) {
  const RecurrentWeights& w = weights[d];
  const int64_t inputs = x.cols();
  if (Tape::tracked(w.input))
    kernels::gemm_add(gates(), inputs, rows, kernels::transposed(dx.data(), gates()),
                      kernels::plain(x.data(), inputs), w.input.accumulator());
  if (Tape::tracked(w.recurrent)) {
    const auto [row, previous] = kernels::previous_outputs(recurrence(d));
    kernels::gemm_add(gates(), kernels::transposed(du.data() + row * gates(), gates()),
                      kernels::PackedMatrix(previous, hidden), w.recurrent.accumulator());
  }
  if (Tape::tracked(x))
    kernels::gemm_add(rows, inputs, gates(), kernels::plain(dx.data(), gates()),
                      kernels::plain(w.input.data(), inputs), x.accumulator());
  bias_gradients(w, dx, du);
}

void Layer::bias_gradients(const RecurrentWeights& w, const Buffer& dx, const Buffer& du) {
  Buffer sum(gates());
  std::ranges::fill(sum.values(), 0.0f);
  kernels::add_row_sum(rows, gates(), dx.data(), sum.data());
  if (Tape::tracked(w.input_bias)) kernels::add_scaled(gates(), 1, sum.data(), w.input_bias.grad());
  if (!Tape::tracked(w.recurrent_bias)) return;
  if (cell->spec.summed)
    kernels::add_scaled(gates(), 1, sum.data(), w.recurrent_bias.grad());
  else
    kernels::add_row_sum(rows, gates(), du.data(), w.recurrent_bias.grad());
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
  auto layer = std::make_shared<Layer>();
  layer->cell = &find_cell(cell);
  layer->weights.assign(weights.begin(), weights.end());
  layer->hidden = weights[0].recurrent.cols();
  layer->directions = std::ssize(weights);
  layer->rows = layout.rows();
  layer->layout = layout;
  layer->x = x;
  layer->initial.assign(initial.begin(), initial.end());
  layer->check();

  std::vector<Tensor> inputs{x};
  for (const RecurrentWeights& w : weights)
    inputs.insert(inputs.end(), {w.input, w.recurrent, w.input_bias, w.recurrent_bias});
  inputs.insert(inputs.end(), initial.begin(), initial.end());
  layer->allocate(Tape::recording(inputs));
  layer->forward();

  std::vector<Tensor> outputs{layer->y};
  outputs.insert(outputs.end(), layer->last.begin(), layer->last.end());
  Tape::record(inputs, outputs, [layer] { layer->backward(); });
  return {layer->y, layer->last};
}

}  // namespace cadena
