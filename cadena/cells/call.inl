// SPDX-License-Identifier: MIT

// One form for all cells: `w` are the own weights of the unit and `dw` their gradient, which cells
// without any do not know.
template <class Cell, class V>
constexpr void call_forward(const Pack<V, Cell::spec.gates>& x, const Pack<V, Cell::spec.gates>& u,
                            const Pack<V, Cell::spec.states>& s, const Pack<V, Cell::spec.own>& w,
                            Pack<V, Cell::spec.states>& next, Pack<V, Cell::spec.saved>& save) {
  if constexpr (Cell::spec.own > 0)
    Cell::forward(x, u, s, w, next, save);
  else
    Cell::forward(x, u, s, next, save);
}

template <class Cell, class V>
constexpr void call_backward(const Pack<V, Cell::spec.states>& dnext,
                             const Pack<V, Cell::spec.states>& s, const Pack<V, Cell::spec.own>& w,
                             const Pack<V, Cell::spec.saved>& save, Pack<V, Cell::spec.gates>& dx,
                             Pack<V, Cell::spec.gates>& du, Pack<V, Cell::spec.states>& ds,
                             Pack<V, Cell::spec.own>& dw) {
  if constexpr (Cell::spec.own > 0)
    Cell::backward(dnext, s, w, save, dx, du, ds, dw);
  else
    Cell::backward(dnext, s, save, dx, du, ds);
}
