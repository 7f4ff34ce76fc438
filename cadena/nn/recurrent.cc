// SPDX-License-Identifier: MIT
#include "cadena/nn/recurrent.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/base/stop.h"
#include "cadena/base/suggest.h"
#include "cadena/kernels/pointwise.h"
#include "cadena/nn/init.h"
#include "cadena/nn/trace.h"
#include "cadena/nn/unrolled.h"

namespace cadena {
namespace {

// For memories of 1 to `longest` steps, evenly many of each length.
void chrono_biases(const CellSpec& cell, int64_t hidden, int longest, Rng& rng, float* bias) {
  for (int64_t j = 0; j < hidden; ++j) {
    const float keep = std::log(rng.uniform(1, std::max(1.0f, static_cast<float>(longest - 1))));
    bias[cell.keep_gate * hidden + j] = keep;
    if (cell.write_gate >= 0) bias[cell.write_gate * hidden + j] = -keep;
  }
}

RecurrentWeights initial_weights(const CellSpec& cell, int64_t inputs, int64_t hidden,
                                 const RecurrentTuning& tuning, Rng& rng) {
  const int64_t gates = cell.gates * hidden;
  RecurrentWeights w{.input = glorot_parameter({gates, inputs}, rng),
                     .recurrent = {},
                     .input_bias = {},
                     .recurrent_bias = {}};
  if (cell.recurrent) w.recurrent = orthogonal_parameter(cell.gates, hidden, rng);
  w.input_bias = Tensor::parameter({gates});
  if (cell.recurrent) w.recurrent_bias = Tensor::parameter({gates});
  if (cell.own > 0) {
    w.own = Tensor::parameter({cell.own, hidden});
    for (float& value : w.own.values())
      value = rng.is_blank() ? 0 : rng.uniform(cell.own_low, cell.own_high);
  }
  if (cell.keep_gate >= 0 && tuning.longest_memory > 0)
    chrono_biases(cell, hidden, tuning.longest_memory, rng, w.input_bias.data());
  else if (cell.starts_open)
    std::fill_n(w.input_bias.data() + cell.keep_gate * hidden, hidden, tuning.forget_bias);
  return w;
}

void expect_no_tuning(const RecurrentOptions& o) {
  const RecurrentTuning& t = o.tuning;
  if (t.weight_drop > 0 || t.unit_drop > 0 || t.zoneout > 0 || t.longest_memory > 0)
    throw Error("recurrent: the cell '" + o.cell +
                    "' has no weight_drop, unit_drop, zoneout or longest_memory",
                "these are for " + joined(cell_names()));
}

// [directions][columns of a direction], from columns that stand side by side.
std::vector<Tensor> of_direction(std::span<const Tensor> states, size_t d, int64_t directions) {
  if (directions == 1) return {states.begin(), states.end()};
  std::vector<Tensor> some;
  for (const Tensor& state : states) {
    const int64_t size = state.cols() / directions;
    some.push_back(columns(state, static_cast<int64_t>(d) * size, size));
  }
  return some;
}

Tensor side_by_side(const std::vector<Tensor>& parts) {
  return parts.size() == 1 ? parts[0] : concat(parts);
}

}  // namespace

void RecurrentTuning::add_to(Settings& s) {
  s.add("model.weight_drop", weight_drop, "share of recurrent weights dropped in training",
        {.min = 0, .max = 0.99});
  s.add("model.unit_drop", unit_drop, "share of units that no gate sees in training",
        {.min = 0, .max = 0.99});
  s.add("model.zoneout", zoneout, "share of states that stay as they were at each step of training",
        {.min = 0, .max = 0.99});
  s.add("model.forget_bias", forget_bias, "first bias of the gates that keep memory, of LSTMs",
        {.min = -100, .max = 100});
  s.add("model.longest_memory", longest_memory,
        "these biases for memories of up to so many steps instead; 0: not so",
        {.min = 0, .max = 1e9});
}

int64_t least_parameters(const RecurrentOptions& o) {
  const ComposedCellInfo* const composed = find_composed_cell(o.cell);
  const int64_t directions = o.bidirectional ? 2 : 1, hidden = o.hidden;
  const int64_t gates = composed ? 1 : cell_spec(o.cell).gates;
  const int64_t squares = composed ? composed->squares : cell_spec(o.cell).recurrent * gates;
  const int64_t inputs = o.input + (o.layers - 1) * directions * hidden;
  return directions * hidden * (gates * inputs + o.layers * squares * hidden);
}

std::vector<std::string> recurrent_cells() {
  std::vector<std::string> all = cell_names();
  for (const ComposedCellInfo& info : composed_cells()) all.emplace_back(info.name);
  return all;
}

Recurrent::Recurrent(const RecurrentOptions& options, Rng& rng) : options_(options) {
  if (options.input < 1 || options.hidden < 1 || options.layers < 1)
    throw Error("recurrent: input, hidden and layers must be at least 1");
  const ComposedCellInfo* const composed = find_composed_cell(options.cell);
  if (composed) expect_no_tuning(options);
  for (int64_t layer = 0; layer < options.layers; ++layer) {
    if (composed)
      composed_.emplace_back();
    else
      layers_.emplace_back();
    const int64_t inputs = layer == 0 ? options.input : outputs();
    for (int64_t d = 0; d < directions(); ++d)
      if (composed)
        composed_.back().push_back(composed->make({inputs, options.hidden, layer == 0}, rng));
      else
        layers_.back().push_back(
            initial_weights(cell_spec(options.cell), inputs, options.hidden, options.tuning, rng));
    if (layer == 0)
      states_ =
          composed ? composed_[0][0]->states() : SteppedCell(options.cell, layers_[0][0]).states();
  }
}

// With noise, if there is any: zoneout in so many rows, or in the mean of all.
std::vector<RecurrentWeights> Recurrent::weights_of_pass(size_t layer, int64_t rows) const {
  const RecurrentTuning& tuning = options_.tuning;
  std::vector<RecurrentWeights> weights = layers_[layer];
  for (RecurrentWeights& w : weights) {
    if (w.recurrent) {
      w.recurrent = cadena::dropout(w.recurrent, tuning.weight_drop);
      if (tuning.unit_drop > 0) w.recurrent = column_dropout(w.recurrent, tuning.unit_drop);
    }
    if (tuning.zoneout == 0) continue;
    const int64_t wide = std::ssize(states_) * options_.hidden;
    const std::optional<Rng> noise = rows > 1 ? Tape::noise() : std::nullopt;
    w.stay = Tensor(noise ? rows : 1, wide);
    if (noise) kernels::dropout_mask(w.stay.size(), tuning.zoneout, *noise, w.stay.data());
    for (float& value : w.stay.values())
      value = noise ? static_cast<float>(value == 0) : tuning.zoneout;
  }
  return weights;
}

RecurrentOutput Recurrent::run_steps(size_t layer, int network, const Tensor& x,
                                     const Layout& layout, std::span<const Tensor> initial,
                                     std::vector<Tensor>& below) const {
  const auto both = static_cast<size_t>(directions());
  std::vector<RecurrentWeights> weights;
  if (!composed()) weights = weights_of_pass(layer, 1);
  const bool wanted =
      composed() && layer + 1 < composed_.size() && composed_[layer + 1][0]->wants_below();
  std::vector<Tensor> outputs, second;
  std::vector<std::vector<Tensor>> last(states_.size());
  for (size_t d = 0; d < both; ++d) {
    std::shared_ptr<ComposedCell> cell =
        composed() ? composed_[layer][d]
                   : std::make_shared<SteppedCell>(options_.cell, std::move(weights[d]));
    Trace::Layer trace{.network = network,
                       .layer = static_cast<int>(layer),
                       .reverse = d == 1,
                       .cell = options_.cell,
                       .layout = layout,
                       .state_names = {},
                       .gate_names = cell->gate_names(),
                       .initial = {},
                       .steps = {}};
    for (const auto& [name, columns] : states_) trace.state_names.push_back(name);
    Trace* const looking = Trace::current();
    const std::vector<Tensor> from = of_direction(initial, d, directions());
    const Unrolled run = unroll(*cell, x, cell->wants_below() && layer > 0 ? below[d] : Tensor(),
                                layout, d == 1, from, wanted ? 2 : 1, looking ? &trace : nullptr);
    if (looking) looking->add(std::move(trace));
    outputs.push_back(run.states[0]);
    second.push_back(wanted ? run.states[1] : Tensor());
    for (size_t k = 0; k < last.size(); ++k) last[k].push_back(run.last[k]);
  }
  below = std::move(second);
  RecurrentOutput result{side_by_side(outputs), {}};
  for (const std::vector<Tensor>& state : last) result.last.push_back(side_by_side(state));
  return result;
}

Recurrent::Result Recurrent::run(const Tensor& x, const Layout& layout,
                                 const State* initial) const {
  stop_if_wanted();
  const auto layers = static_cast<size_t>(options_.layers);
  if (initial && initial->layers.size() != layers)
    throw Error("recurrent: a state of " + std::to_string(initial->layers.size()) +
                " layers for a network of " + std::to_string(layers));
  Trace* const looking = Trace::current();
  const int network = looking ? looking->begin_network() : 0;
  Result result{x, {}};
  std::vector<Tensor> below;
  for (size_t i = 0; i < layers; ++i) {
    if (i > 0) result.output = sequence_dropout(result.output, layout, options_.dropout);
    std::span<const Tensor> from;
    if (initial) from = initial->layers[i];
    RecurrentOutput layer = looking || composed()
                                ? run_steps(i, network, result.output, layout, from, below)
                                : recurrent(options_.cell, result.output, layout,
                                            weights_of_pass(i, layout.rows()), from);
    result.output = layer.output;
    result.last.layers.push_back(std::move(layer.last));
  }
  return result;
}

State Recurrent::start(int64_t sequences) const {
  State state;
  for (int64_t i = 0; i < options_.layers; ++i) {
    std::vector<Tensor>& states = state.layers.emplace_back();
    for (const auto& [name, columns] : states_)
      states.emplace_back(sequences, directions() * columns);
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
  for (size_t i = 0; i < static_cast<size_t>(options_.layers); ++i)
    for (size_t d = 0; d < static_cast<size_t>(directions()); ++d) {
      const std::string suffix = "_l" + std::to_string(i) + (d == 1 ? "_reverse" : "");
      if (composed()) {
        composed_[i][d]->visit(v, suffix);
        continue;
      }
      RecurrentWeights& w = layers_[i][d];
      v("weight_ih" + suffix, w.input);
      if (w.recurrent) v("weight_hh" + suffix, w.recurrent);
      v("bias_ih" + suffix, w.input_bias);
      if (w.recurrent_bias) v("bias_hh" + suffix, w.recurrent_bias);
      if (w.own) v("weight_own" + suffix, w.own);
    }
}

}  // namespace cadena
