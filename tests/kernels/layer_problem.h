// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cadena/kernels/recurrent_layer.h"
#include "cadena/tensor/layout.h"
#include "tests/cells/reference.h"
#include "tests/support/random.h"

namespace cadena::kernels {

/// What a layer gives.
template <class V>
struct LayerPasses {
  struct Weights {
    V input, recurrent, input_bias, recurrent_bias, own;
  };
  V y;
  std::vector<V> last;
  V dx;
  std::vector<V> dinitial;
  std::vector<Weights> dweights;

  std::vector<std::pair<std::string, V>> all() const {
    std::vector<std::pair<std::string, V>> named{{"y", y}, {"dx", dx}};
    for (const V& state : last) named.emplace_back("last", state);
    for (const V& state : dinitial) named.emplace_back("dinitial", state);
    for (const Weights& w : dweights) {
      named.emplace_back("dW", w.input);
      named.emplace_back("dU", w.recurrent);
      named.emplace_back("db", w.input_bias);
      named.emplace_back("recurrent db", w.recurrent_bias);
      named.emplace_back("dw", w.own);
    }
    return named;
  }
};

/// Null of what is not there.
template <class V>
auto* values_or_null(V& values) {
  return values.empty() ? nullptr : values.data();
}

/// A layer with all it reads: D = 3 inputs, weights of the size that keeps long sequences in
/// bounds.
struct LayerProblem {
  using Values = std::vector<float>;
  using Passes = LayerPasses<Values>;
  using Weights = Passes::Weights;

  /// What the backward pass is given and asked for.
  struct Wanted {
    bool dy = true, last = true, initial = true, x = true, weights = true;
    bool holds = true;  // x and weights add to what is there
  };

  const CellKernel* cell;
  int64_t directions, hidden;
  Layout layout;
  bool from_zero;
  static constexpr int64_t inputs = 3;
  float there = 0.25f;  // in every gradient before the pass
  Values x, dy;
  std::vector<Values> initial, dlast;
  std::vector<Weights> weights;
  std::vector<Values> stay{};  // of each direction [N, S·H]; or none

  LayerProblem(const std::string& name, int64_t d, int64_t h, const std::vector<int>& lengths,
               bool zero)
      : cell(find_cell(name)), directions(d), hidden(h), layout(lengths), from_zero(zero) {
    Rng rng(1);
    const float size = 0.7f / std::sqrt(static_cast<float>(h));
    x = normal_values(layout.rows() * inputs, rng);
    dy = normal_values(layout.rows() * width(), rng);
    for (int k = 0; k < cell->spec.states; ++k) {
      if (!zero) initial.push_back(normal_values(states(), rng));
      dlast.push_back(normal_values(states(), rng));
    }
    const CellSpec& spec = cell->spec;
    for (int64_t i = 0; i < d; ++i)
      weights.push_back({normal_values(gates() * inputs, rng),
                         normal_values(spec.recurrent * gates() * h, rng, size),
                         normal_values(gates(), rng), normal_values(spec.recurrent * gates(), rng),
                         normal_values(spec.own * h, rng, 0.3f)});
  }

  /// Zoneout: of each row a third of the states stays as it was.
  void let_stay() {
    Rng rng(2);
    stay.assign(static_cast<size_t>(directions), {});
    for (Values& shares : stay)
      for (int64_t i = 0; i < layout.rows() * cell->spec.states * hidden; ++i)
        shares.push_back(static_cast<float>(rng.below(3) == 0));
  }

  int64_t gates() const { return cell->spec.gates * hidden; }
  int64_t width() const { return directions * hidden; }
  int64_t states() const { return layout.sequences() * width(); }
  /// Bytes that a layer without a limit keeps.
  int64_t whole() const {
    return layout.rows() * directions * (cell->spec.saved + cell->spec.states - 1) * hidden * 4;
  }

  template <class V = Values>
  LayerPasses<V> blank() const {
    const auto many = [this](int64_t size) { return V(static_cast<size_t>(size), there); };
    LayerPasses<V> p{many(std::ssize(dy)), {}, many(std::ssize(x)), {}, {}};
    p.last.assign(dlast.size(), many(states()));
    p.dinitial.assign(initial.size(), many(states()));
    for (const Weights& w : weights)
      p.dweights.push_back({many(std::ssize(w.input)), many(std::ssize(w.recurrent)), many(gates()),
                            many(std::ssize(w.recurrent_bias)), many(std::ssize(w.own))});
    return p;
  }

  RecurrentLayer layer(bool keep, int64_t memory) const {
    std::vector<LayerWeights> w;
    for (size_t d = 0; d < weights.size(); ++d) {
      const Weights& given = weights[d];
      w.push_back({given.input.data(), values_or_null(given.recurrent), given.input_bias.data(),
                   values_or_null(given.recurrent_bias), values_or_null(given.own),
                   stay.empty() ? nullptr : stay[d].data(), cell->spec.states * hidden});
    }
    const LayerShape shape{.cell = cell,
                           .inputs = inputs,
                           .hidden = hidden,
                           .batch = layout.sequences(),
                           .sequences = {layout.widths(), layout.offsets()},
                           .part_rows = 512};
    return {shape, w, keep, memory};
  }

  void forward(RecurrentLayer& layer, Passes& p) const {
    std::vector<const float*> from;
    std::vector<float*> to;
    for (const Values& state : initial) from.push_back(state.data());
    for (Values& state : p.last) to.push_back(state.data());
    layer.forward(x.data(), from, p.y.data(), to);
  }

  void backward(RecurrentLayer& layer, Passes& p, const Wanted& wanted) const {
    LayerGradients g;
    if (wanted.dy) g.dy = dy.data();
    for (const Values& state : dlast) g.last.push_back(wanted.last ? state.data() : nullptr);
    for (Values& state : p.dinitial) g.initial.push_back(wanted.initial ? state.data() : nullptr);
    if (wanted.x) g.x = {p.dx.data(), wanted.holds};
    for (Weights& w : p.dweights)
      if (wanted.weights)
        g.weights.push_back({{w.input.data(), wanted.holds},
                             {values_or_null(w.recurrent), wanted.holds},
                             w.input_bias.data(),
                             values_or_null(w.recurrent_bias),
                             values_or_null(w.own)});
      else
        g.weights.emplace_back();
    layer.backward(g);
  }

  Passes run(int64_t memory, const Wanted& wanted) const {
    RecurrentLayer both = layer(true, memory);
    Passes p = blank();
    forward(both, p);
    backward(both, p, wanted);
    return p;
  }
  Passes run(int64_t memory = 0) const { return run(memory, {}); }
};

/// The same in double: one sequence, one row, one number after the other.
template <class Cell>
struct LayerOracle {
  using Problem = LayerProblem;
  using Weights = Problem::Weights;
  using Doubles = std::vector<double>;
  static constexpr CellSpec spec = Cell::spec;
  using Gates = Pack<double, spec.gates>;
  using Unit = Pack<double, spec.states>;
  using Step = reference::Step<Cell>;

  const Problem& p;
  int64_t hidden = p.hidden, inputs = Problem::inputs;
  LayerPasses<Doubles> result = p.blank<Doubles>();

  explicit LayerOracle(const Problem& problem) : p(problem) {
    for (size_t d = 0; d < p.weights.size(); ++d)
      for (int b = 0; b < p.layout.sequences(); ++b) backward(d, b, forward(d, b));
  }

  static auto& at(auto& values, int64_t i) { return values[static_cast<size_t>(i)]; }
  // Where unit j of a direction stands in row i of y and of the states.
  int64_t place(size_t d, int64_t i, int64_t j) const {
    return i * p.width() + static_cast<int64_t>(d) * hidden + j;
  }

  Unit stay_of(size_t d, int64_t row, int64_t j) const {
    Unit stay{};
    for (size_t k = 0; k < stay.size() && !p.stay.empty(); ++k)
      stay[k] = at(p.stay[d], (row * spec.states + static_cast<int64_t>(k)) * hidden + j);
    return stay;
  }
  Pack<double, spec.own> own_of(size_t d, int64_t j) const {
    Pack<double, spec.own> w;
    for (size_t k = 0; k < w.size(); ++k)
      w[k] = at(p.weights[d].own, static_cast<int64_t>(k) * hidden + j);
    return w;
  }

  void one_step(size_t d, const Step& step, int64_t j, Gates& x, Gates& u) const {
    const Weights& w = p.weights[d];
    for (int64_t k = 0; k < spec.gates; ++k) {
      const int64_t gate = k * hidden + j;
      at(x, k) = at(w.input_bias, gate);
      at(u, k) = spec.recurrent ? at(w.recurrent_bias, gate) : 0;
      for (int64_t i = 0; i < inputs; ++i)
        at(x, k) += double{at(w.input, gate * inputs + i)} * at(p.x, step.row * inputs + i);
      for (int64_t i = 0; spec.recurrent && i < hidden; ++i)
        at(u, k) += at(w.recurrent, gate * hidden + i) * at(step.before, i)[0];
    }
  }

  std::vector<Step> forward(size_t d, int b) {
    std::vector<Unit> s(static_cast<size_t>(hidden));
    for (size_t k = 0; k < p.initial.size(); ++k)
      for (int64_t j = 0; j < hidden; ++j) at(s, j)[k] = at(p.initial[k], place(d, b, j));
    std::vector<Step> steps;
    const int length = p.layout.length(b);
    for (int t = 0; t < length; ++t) {
      Step step{p.layout.row(d == 1 ? length - 1 - t : t, b), s, {}};
      for (int64_t j = 0; j < hidden; ++j) {
        Gates x, u;
        one_step(d, step, j, x, u);
        reference::unit_forward<Cell>(x, u, at(step.before, j), own_of(d, j),
                                      stay_of(d, step.row, j), at(s, j), step.saved.emplace_back());
        at(result.y, place(d, step.row, j)) = at(s, j)[0];
      }
      steps.push_back(step);
    }
    for (size_t k = 0; k < result.last.size(); ++k)
      for (int64_t j = 0; j < hidden; ++j) at(result.last[k], place(d, b, j)) = at(s, j)[k];
    return steps;
  }

  void backward(size_t d, int b, const std::vector<Step>& steps) {
    std::vector<Unit> ds(static_cast<size_t>(hidden));
    for (size_t k = 0; k < p.dlast.size(); ++k)
      for (int64_t j = 0; j < hidden; ++j) at(ds, j)[k] = at(p.dlast[k], place(d, b, j));
    for (size_t i = steps.size(); i-- > 0;) {
      const Step& step = steps[i];
      std::vector<Gates> x(ds.size()), u = x;
      for (int64_t j = 0; j < hidden; ++j) {
        Unit dnext = at(ds, j);
        dnext[0] += at(p.dy, place(d, step.row, j));
        Pack<double, spec.own> w;
        reference::unit_backward<Cell>(dnext, at(step.before, j), own_of(d, j),
                                       stay_of(d, step.row, j), at(step.saved, j), at(x, j),
                                       at(u, j), at(ds, j), w);
        for (size_t k = 0; k < w.size(); ++k)
          at(result.dweights[d].own, static_cast<int64_t>(k) * hidden + j) += w[k];
      }
      for (int64_t j = 0; j < hidden; ++j)
        for (int64_t k = 0; k < spec.gates; ++k)
          add(d, step, k * hidden + j, at(at(x, j), k), at(at(u, j), k), ds);
    }
    for (size_t k = 0; k < result.dinitial.size(); ++k)
      for (int64_t j = 0; j < hidden; ++j) at(result.dinitial[k], place(d, b, j)) += at(ds, j)[k];
  }

  // What one gate of one row adds, from the gradients of its two pre-activations.
  void add(size_t d, const Step& step, int64_t gate, double x, double u, std::vector<Unit>& ds) {
    const Weights& w = p.weights[d];
    LayerPasses<Doubles>::Weights& dw = result.dweights[d];
    at(dw.input_bias, gate) += x;
    for (int64_t i = 0; i < inputs; ++i) {
      at(dw.input, gate * inputs + i) += x * at(p.x, step.row * inputs + i);
      at(result.dx, step.row * inputs + i) += x * at(w.input, gate * inputs + i);
    }
    if (!spec.recurrent) return;
    at(dw.recurrent_bias, gate) += u;
    for (int64_t i = 0; i < hidden; ++i) {
      at(dw.recurrent, gate * hidden + i) += u * at(step.before, i)[0];
      at(ds, i)[0] += u * at(w.recurrent, gate * hidden + i);
    }
  }
};

}  // namespace cadena::kernels
