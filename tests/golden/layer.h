// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <numeric>
#include <utility>
#include <vector>

#include "tests/cells/reference.h"

namespace cadena::reference {

/// One direction of one layer, plainly. Its parameters stand in one row p: weight_ih [G·H, D],
/// weight_hh [G·H, H], bias_ih [G·H], bias_hh [G·H], weight_own [own, H], of a cell without
/// recurrent weights no weight_hh and bias_hh. The states of a step are [S·H], h first.
template <class Cell>
struct Layer {
  static constexpr CellSpec spec = Cell::spec;
  size_t inputs, hidden;

  size_t gates() const { return spec.gates * hidden; }
  size_t states() const { return spec.states * hidden; }
  size_t recurrent() const { return gates() * inputs; }  // where weight_hh begins
  size_t input_bias() const { return recurrent() + spec.recurrent * gates() * hidden; }
  size_t recurrent_bias() const { return input_bias() + gates(); }
  size_t own() const { return recurrent_bias() + spec.recurrent * gates(); }
  size_t parameters() const { return own() + spec.own * hidden; }

  /// The states after a step on x from s; `saved` [saved·H] is for step_back.
  template <class V>
  std::vector<V> step(const std::vector<V>& p, const V* x, const std::vector<V>& s,
                      std::vector<V>* saved = nullptr) const {
    std::vector<V> pre(gates()), u(gates()), next(states());
    for (size_t i = 0; i < gates(); ++i) {
      pre[i] = std::inner_product(x, x + inputs, &p[i * inputs], p[input_bias() + i]);
      if (spec.recurrent)
        u[i] = std::inner_product(s.data(), s.data() + hidden, &p[recurrent() + i * hidden],
                                  p[recurrent_bias() + i]);
    }
    if (saved) saved->resize(spec.saved * hidden);
    for (size_t j = 0; j < hidden; ++j) {
      Pack<V, spec.states> out;
      Pack<V, spec.saved> kept;
      call_forward<Cell, V>(pick<spec.gates>(pre, j), pick<spec.gates>(u, j),
                            pick<spec.states>(s, j), pick<spec.own>(p, j, own()), out, kept);
      place(out, next, j);
      if (saved) place(kept, *saved, j);
    }
    return next;
  }

  /// From the gradient of the states after a step to that of the states before it; what belongs to
  /// the parameters and to x is added to dp and dx.
  std::vector<double> step_back(const std::vector<double>& p, const double* x,
                                const std::vector<double>& s, const std::vector<double>& saved,
                                const std::vector<double>& dnext, std::vector<double>& dp,
                                double* dx) const {
    std::vector<double> dpre(gates()), du(gates()), ds(states());
    for (size_t j = 0; j < hidden; ++j) {
      Pack<double, spec.gates> unit_dx, unit_du;
      Pack<double, spec.states> unit_ds;
      Pack<double, spec.own> unit_dw;
      call_backward<Cell, double>(pick<spec.states>(dnext, j), pick<spec.states>(s, j),
                                  pick<spec.own>(p, j, own()), pick<spec.saved>(saved, j), unit_dx,
                                  unit_du, unit_ds, unit_dw);
      place(unit_dx, dpre, j), place(unit_du, du, j), place(unit_ds, ds, j);
      for (size_t k = 0; k < unit_dw.size(); ++k) dp[own() + k * hidden + j] += unit_dw[k];
    }
    for (size_t i = 0; i < gates(); ++i) {
      for (size_t k = 0; k < inputs; ++k) {
        dp[i * inputs + k] += dpre[i] * x[k];
        dx[k] += dpre[i] * p[i * inputs + k];
      }
      dp[input_bias() + i] += dpre[i];
      if (!spec.recurrent) continue;
      for (size_t k = 0; k < hidden; ++k) {
        dp[recurrent() + i * hidden + k] += du[i] * s[k];
        ds[k] += du[i] * p[recurrent() + i * hidden + k];
      }
      dp[recurrent_bias() + i] += du[i];
    }
    return ds;
  }

 private:
  template <int n, class V>
  Pack<V, n> pick(const std::vector<V>& rows, size_t j, size_t first = 0) const {
    Pack<V, n> unit;
    for (size_t k = 0; k < unit.size(); ++k) unit[k] = rows[first + k * hidden + j];
    return unit;
  }
  template <class V, size_t n>
  void place(const std::array<V, n>& unit, std::vector<V>& rows, size_t j) const {
    for (size_t k = 0; k < n; ++k) rows[k * hidden + j] = unit[k];
  }
};

/// One sequence run in double, forwards at once and backwards through time on demand.
template <class Cell>
struct Sequence {
  struct Gradients {
    std::vector<double> parameters, x, initial;
  };

  Sequence(Layer<Cell> l, std::vector<double> parameters, std::vector<double> inputs,
           std::vector<double> initial)
      : layer(l), p(std::move(parameters)), x(std::move(inputs)), states{std::move(initial)} {
    for (size_t t = 0; t < x.size() / layer.inputs; ++t)
      states.push_back(layer.step(p, input(t), states.back(), &saved.emplace_back()));
  }

  size_t steps() const { return saved.size(); }
  const double* input(size_t t) const { return x.data() + t * layer.inputs; }

  /// `dh` [T, H] is the gradient of the output of each step, `last` [S·H] that of the last states.
  Gradients backward(const std::vector<double>& dh, std::vector<double> last) const {
    Gradients sum{std::vector<double>(p.size()), std::vector<double>(x.size()), std::move(last)};
    for (size_t t = steps(); t-- > 0;) {
      for (size_t j = 0; j < layer.hidden; ++j) sum.initial[j] += dh[t * layer.hidden + j];
      sum.initial = layer.step_back(p, input(t), states[t], saved[t], sum.initial, sum.parameters,
                                    sum.x.data() + t * layer.inputs);
    }
    return sum;
  }

  Layer<Cell> layer;
  std::vector<double> p, x;
  std::vector<std::vector<double>> states;  // before step t; the last ones at the end
  std::vector<std::vector<double>> saved;
};

}  // namespace cadena::reference
