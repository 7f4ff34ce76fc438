// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <vector>

#include "cadena/cells/cell.h"

// The equations of all cells for double and complex numbers.
namespace cadena::reference {

using std::exp;
using std::tanh;

template <class T>
T sigmoid(T a) {
  return T(1) / (T(1) + exp(-a));
}

template <class T>
T log_sigmoid(T a) {
  using std::log;
  return std::real(a) > 0 ? -log(T(1) + exp(-a)) : a - log(T(1) + exp(a));
}

template <class T>
T positive(T a) {
  return T(std::real(a) > 0 ? 1.0 : 0.0);
}

#include "cadena/cells/all.inl"

// What a reference keeps of one step of one sequence; before[j] are the states that enter unit j.
template <class Cell>
struct Step {
  int64_t row;
  std::vector<Pack<double, Cell::spec.states>> before;
  std::vector<Pack<double, Cell::spec.saved>> saved;
};

}  // namespace cadena::reference
