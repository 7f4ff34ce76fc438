// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>

#include "cadena/base/rng.h"
#include "tests/cells/reference.h"

namespace cadena {

/// Relative to `b`, or absolute where b is small.
inline double difference(double a, double b) {
  return std::abs(a - b) / std::max(1.0, std::abs(b));
}

template <int n>
Pack<double, n> normal_pack(Rng& rng) {
  Pack<double, n> pack{};
  for (double& value : pack) value = rng.normal();
  return pack;
}

/// One unit of a cell at one step: what enters, what leaves and, of the states that leave, weighted
/// by `dnext` and summed, the gradients.
template <class Cell, class V = double>
struct Unit {
  static constexpr CellSpec spec = Cell::spec;
  Pack<V, spec.gates> x{}, u{};
  Pack<V, spec.states> s{}, dnext{};
  Pack<V, spec.own> w{};

  Pack<V, spec.states> next{}, ds{};
  Pack<V, spec.saved> saved{};
  Pack<V, spec.gates> dx{}, du{};
  Pack<V, spec.own> dw{};

  void forward() { reference::call_forward<Cell>(x, u, s, w, next, saved); }
  void backward() { reference::call_backward<Cell>(dnext, s, w, saved, dx, du, ds, dw); }
};

template <class Cell>
Unit<Cell> normal_unit(Rng& rng) {
  constexpr CellSpec spec = Cell::spec;
  return {.x = normal_pack<spec.gates>(rng),
          .u = normal_pack<spec.gates>(rng),
          .s = normal_pack<spec.states>(rng),
          .dnext = normal_pack<spec.states>(rng),
          .w = normal_pack<spec.own>(rng)};
}

/// Largest difference between backward and the complex step (Squire and Trapp, 1998), which has no
/// rounding error of its own: f'(x) = Im f(x + ih) / h.
template <class Cell>
double backward_error(Unit<Cell> unit) {
  using Complex = std::complex<double>;
  constexpr double h = 1e-30;
  unit.forward();
  unit.backward();
  Unit<Cell, Complex> stepped;
  const auto copy = [](const auto& from, auto& to) {
    std::copy(from.begin(), from.end(), to.begin());
  };
  copy(unit.x, stepped.x), copy(unit.u, stepped.u);
  copy(unit.s, stepped.s), copy(unit.w, stepped.w);
  double worst = 0;
  const auto check = [&](auto& inputs, const auto& gradient) {
    for (size_t k = 0; k < inputs.size(); ++k) {
      inputs[k] += Complex(0, h);
      stepped.forward();
      inputs[k] -= Complex(0, h);
      double slope = 0;
      for (size_t j = 0; j < unit.dnext.size(); ++j)
        slope += unit.dnext[j] * stepped.next[j].imag() / h;
      worst = std::max(worst, difference(gradient[k], slope));
    }
  };
  check(stepped.x, unit.dx);
  check(stepped.u, unit.du);
  check(stepped.s, unit.ds);
  check(stepped.w, unit.dw);
  return worst;
}

template <class Cell>
double worst_backward_error() {
  Rng rng(1);
  double worst = 0;
  for (int draw = 0; draw < 1000; ++draw)
    worst = std::max(worst, backward_error(normal_unit<Cell>(rng)));
  return worst;
}

}  // namespace cadena
