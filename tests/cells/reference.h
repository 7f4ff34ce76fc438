// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <vector>

#include "cadena/cells/exact.h"

namespace cadena::reference {

using namespace exact;

// One unit at one step, of whose states the shares `stay` stay as they were (Krueger et al., 2017).
template <class Cell>
void unit_forward(const Pack<double, Cell::spec.gates>& x, const Pack<double, Cell::spec.gates>& u,
                  const Pack<double, Cell::spec.states>& s, const Pack<double, Cell::spec.own>& w,
                  const Pack<double, Cell::spec.states>& stay,
                  Pack<double, Cell::spec.states>& next, Pack<double, Cell::spec.saved>& saved) {
  call_forward<Cell>(x, u, s, w, next, saved);
  for (size_t k = 0; k < s.size(); ++k) next[k] = stay[k] * s[k] + (1 - stay[k]) * next[k];
}
template <class Cell>
void unit_backward(const Pack<double, Cell::spec.states>& dnext,
                   const Pack<double, Cell::spec.states>& s, const Pack<double, Cell::spec.own>& w,
                   const Pack<double, Cell::spec.states>& stay,
                   const Pack<double, Cell::spec.saved>& saved, Pack<double, Cell::spec.gates>& dx,
                   Pack<double, Cell::spec.gates>& du, Pack<double, Cell::spec.states>& ds,
                   Pack<double, Cell::spec.own>& dw) {
  Pack<double, Cell::spec.states> of_cell = dnext;
  for (size_t k = 0; k < s.size(); ++k) of_cell[k] *= 1 - stay[k];
  call_backward<Cell>(of_cell, s, w, saved, dx, du, ds, dw);
  for (size_t k = 0; k < s.size(); ++k) ds[k] += stay[k] * dnext[k];
}

// What a reference keeps of one step of one sequence; before[j] are the states that enter unit j.
template <class Cell>
struct Step {
  int64_t row;
  std::vector<Pack<double, Cell::spec.states>> before;
  std::vector<Pack<double, Cell::spec.saved>> saved;
};

}  // namespace cadena::reference
