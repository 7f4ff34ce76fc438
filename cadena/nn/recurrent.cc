// SPDX-License-Identifier: MIT
#include "cadena/nn/recurrent.h"

#include <algorithm>
#include <span>

#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"
#include "cadena/nn/init.h"

namespace cadena {
namespace {

RecurrentWeights initial_weights(const CellSpec& cell, int64_t inputs, int64_t hidden, Rng& rng) {
  RecurrentWeights w{.input = glorot_parameter({cell.gates * hidden, inputs}, rng),
                     .recurrent = orthogonal_parameter(cell.gates, hidden, rng),
                     .input_bias = Tensor::parameter({cell.gates * hidden}),
                     .recurrent_bias = Tensor::parameter({cell.gates * hidden})};
  if (cell.open_gate >= 0) std::fill_n(w.input_bias.data() + cell.open_gate * hidden, hidden, 1.0f);
  return w;
}

}  // namespace

Recurrent::Recurrent(const RecurrentOptions& options, Rng& rng) : options_(options) {
  if (options.input < 1 || options.hidden < 1 || options.layers < 1)
    throw Error("recurrent: input, hidden and layers must be at least 1");
  const CellSpec& cell = cell_spec(options.cell);
  for (int64_t layer = 0; layer < options.layers; ++layer) {
    std::vector<RecurrentWeights>& weights = layers_.emplace_back();
    for (int64_t d = 0; d < directions(); ++d)
      weights.push_back(
          initial_weights(cell, layer == 0 ? options.input : outputs(), options.hidden, rng));
  }
}

Recurrent::Result Recurrent::run(const Tensor& x, const Layout& layout,
                                 const State* initial) const {
  if (initial && initial->layers.size() != layers_.size())
    throw Error("recurrent: a state of " + std::to_string(initial->layers.size()) +
                " layers for a network of " + std::to_string(layers_.size()));
  Result result{x, {}};
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (i > 0) result.output = sequence_dropout(result.output, layout, options_.dropout);
    std::vector<RecurrentWeights> weights = layers_[i];
    for (RecurrentWeights& w : weights)
      w.recurrent = cadena::dropout(w.recurrent, options_.weight_drop);
    std::span<const Tensor> from;
    if (initial) from = initial->layers[i];
    RecurrentOutput layer = recurrent(options_.cell, result.output, layout, weights, from);
    result.output = layer.output;
    result.last.layers.push_back(std::move(layer.last));
  }
  return result;
}

State Recurrent::start(int64_t sequences) const {
  State state;
  for (size_t i = 0; i < layers_.size(); ++i) {
    std::vector<Tensor>& states = state.layers.emplace_back();
    for (int k = 0; k < cell_spec(options_.cell).states; ++k)
      states.emplace_back(sequences, outputs());
  }
  return state;
}

Tensor Recurrent::step(const Tensor& x, State& state) const {
  if (options_.bidirectional)
    throw Error("recurrent: a network in both directions cannot go step by step");
  const std::vector<int> ones(static_cast<size_t>(x.rows()), 1);
  Result result = run(x, Layout(ones), &state);
  state = std::move(result.last);
  return result.output;
}

void Recurrent::visit(Visitor& v) {
  for (size_t i = 0; i < layers_.size(); ++i)
    for (size_t d = 0; d < layers_[i].size(); ++d) {
      RecurrentWeights& w = layers_[i][d];
      const std::string suffix = "_l" + std::to_string(i) + (d == 1 ? "_reverse" : "");
      v("weight_ih" + suffix, w.input);
      v("weight_hh" + suffix, w.recurrent);
      v("bias_ih" + suffix, w.input_bias);
      v("bias_hh" + suffix, w.recurrent_bias);
    }
}

}  // namespace cadena
