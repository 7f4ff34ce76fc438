// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <complex>

#include "cadena/cells/cell.h"

// The equations of all cells for double and complex numbers.
namespace cadena::exact {

using std::exp;
using std::tanh;

template <class V>
V sigmoid(V a) {
  return V(1) / (V(1) + exp(-a));
}

template <class V>
V log_sigmoid(V a) {
  using std::log;
  return std::real(a) > 0 ? -log(V(1) + exp(-a)) : a - log(V(1) + exp(a));
}

template <class V>
V positive(V a) {
  return V(std::real(a) > 0 ? 1.0 : 0.0);
}

#include "cadena/cells/all.inl"

}  // namespace cadena::exact
