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

void begin_memory(const MemoryBiases& biases, const RecurrentOptions& options, Rng& rng) {
  if (options.tuning.longest_memory > 0) {
    if (biases.keep.empty())
      throw Error("recurrent: no gate of the cell '" + options.cell +
                      "' keeps memory, so there are no biases for longest_memory to set",
                  "leave it at 0, or take another cell");
    set_memories(biases, options.tuning.longest_memory, rng);
  } else if (biases.starts_open) {
    std::ranges::fill(biases.keep, options.tuning.forget_bias);
  }
}

MemoryBiases memory_biases(const CellSpec& cell, int64_t hidden, const Tensor& bias) {
  const auto of_gate = [&](int gate) {
    return gate < 0 ? std::span<float>()
                    : bias.values().subspan(static_cast<size_t>(gate * hidden),
                                            static_cast<size_t>(hidden));
  };
  return {of_gate(cell.keep_gate), of_gate(cell.write_gate), cell.starts_open};
}

RecurrentWeights initial_weights(const CellSpec& cell, int64_t inputs, int64_t hidden, Rng& rng) {
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
  return w;
}

// The same once a batch for all steps.
Tensor dropped(const Tensor& weights, float weight_drop, float unit_drop) {
  const Tensor some = cadena::dropout(weights, weight_drop);
  return unit_drop > 0 ? column_dropout(some, unit_drop) : some;
}

std::shared_ptr<ComposedCell> dropped(const std::shared_ptr<ComposedCell>& cell,
                                      const RecurrentTuning& tuning) {
  if (tuning.weight_drop == 0 && tuning.unit_drop == 0) return cell;
  std::shared_ptr<ComposedCell> some = cell->copy();
  float unit_drop = tuning.unit_drop;  // of h
  for (Tensor* weights : some->recurrent_weights())
    *weights = dropped(*weights, tuning.weight_drop, std::exchange(unit_drop, 0.0f));
  return some;
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

bool has_memory_gate(std::string_view cell) {
  Rng blank = Rng::blank();
  if (const ComposedCellInfo* const composed = find_composed_cell(cell))
    return !composed->make({1, 1, true}, blank)->memory_biases().keep.empty();
  return cell_spec(cell).keep_gate >= 0;
}

Recurrent::Recurrent(const RecurrentOptions& options, Rng& rng) : options_(options) {
  if (options.input < 1 || options.hidden < 1 || options.layers < 1)
    throw Error("recurrent: input, hidden and layers must be at least 1");
  const ComposedCellInfo* const composed = find_composed_cell(options.cell);
  for (int64_t layer = 0; layer < options.layers; ++layer) {
    if (composed)
      composed_.emplace_back();
    else
      layers_.emplace_back();
    const int64_t inputs = layer == 0 ? options.input : outputs();
    for (int64_t d = 0; d < directions(); ++d)
      if (composed) {
        composed_.back().push_back(composed->make({inputs, options.hidden, layer == 0}, rng));
        begin_memory(composed_.back().back()->memory_biases(), options, rng);
      } else {
        const CellSpec& cell = cell_spec(options.cell);
        layers_.back().push_back(initial_weights(cell, inputs, options.hidden, rng));
        begin_memory(memory_biases(cell, options.hidden, layers_.back().back().input_bias), options,
                     rng);
      }
    if (layer == 0)
      states_ =
          composed ? composed_[0][0]->states() : SteppedCell(options.cell, layers_[0][0]).states();
  }
  if (options.tuning.zoneout > 0 && std::ranges::none_of(states_, &ComposedCell::StateOf::may_stay))
    throw Error("recurrent: a part of the states of the cell '" + options.cell +
                    "' cannot stay without the rest, as zoneout would have it",
                "leave zoneout at 0, or take another cell");
}

// Of all states side by side: in so many rows drawn, if there is noise, or in the mean of all.
Tensor Recurrent::stay_of_pass(int64_t rows) const {
  const float zoneout = options_.tuning.zoneout;
  if (zoneout == 0) return {};
  int64_t wide = 0;
  for (const ComposedCell::StateOf& state : states_) wide += state.columns;
  const std::optional<Rng> noise = rows > 1 ? Tape::noise() : std::nullopt;
  Tensor stay(noise ? rows : 1, wide);
  if (noise) kernels::dropout_mask(stay.size(), zoneout, *noise, stay.data());
  for (float& value : stay.values()) value = noise ? static_cast<float>(value == 0) : zoneout;
  int64_t first = 0;
  for (const ComposedCell::StateOf& state : states_) {
    for (int64_t i = 0; i < stay.rows() && !state.may_stay; ++i)
      std::fill_n(stay.data() + i * wide + first, state.columns, 0.0f);
    first += state.columns;
  }
  return stay;
}

// With noise, if there is any.
std::vector<RecurrentWeights> Recurrent::weights_of_pass(size_t layer, int64_t rows) const {
  const RecurrentTuning& tuning = options_.tuning;
  std::vector<RecurrentWeights> weights = layers_[layer];
  for (RecurrentWeights& w : weights) {
    if (w.recurrent) w.recurrent = dropped(w.recurrent, tuning.weight_drop, tuning.unit_drop);
    w.stay = stay_of_pass(rows);
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
        composed() ? dropped(composed_[layer][d], options_.tuning)
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
    for (const ComposedCell::StateOf& state : states_) trace.state_names.push_back(state.name);
    Trace* const looking = Trace::current();
    const std::vector<Tensor> from = of_direction(initial, d, directions());
    const Unrolled run = unroll(*cell, x, cell->wants_below() && layer > 0 ? below[d] : Tensor(),
                                layout, d == 1, from, wanted ? 2 : 1, looking ? &trace : nullptr,
                                composed() ? stay_of_pass(layout.rows()) : Tensor());
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
    for (const ComposedCell::StateOf& state : states_)
      states.emplace_back(sequences, directions() * state.columns);
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
