// SPDX-License-Identifier: MIT

// Long short-term memory as it was at first (Hochreiter and Schmidhuber, 1997): nothing is ever
// forgotten. With tanh in the place of their two scaled sigmoids:
//   i, o = σ(x + u)   g = tanh(x_g + u_g)   c' = c + i·g   h' = o·tanh(c')
struct Lstm97 {
  static constexpr CellSpec spec{.name = "lstm97",
                                 .gates = 3,
                                 .states = 2,
                                 .saved = 4,
                                 .state_names = "h c",
                                 .saved_names = "i g o tanh(c)",
                                 .summed = true};

  template <class V>
  static constexpr void forward(const Pack<V, 3>& x, const Pack<V, 3>& u, const Pack<V, 2>& s,
                                Pack<V, 2>& next, Pack<V, 4>& save) {
    const V i = sigmoid(x[0] + u[0]), g = tanh(x[1] + u[1]), o = sigmoid(x[2] + u[2]);
    const V c = s[1] + i * g;
    const V tc = tanh(c);
    next = {o * tc, c};
    save = {i, g, o, tc};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 2>& dnext, const Pack<V, 2>&, const Pack<V, 4>& save,
                                 Pack<V, 3>& dx, Pack<V, 3>& du, Pack<V, 2>& ds) {
    const auto& [i, g, o, tc] = save;
    const V dc = dnext[1] + dnext[0] * o * (V(1) - tc * tc);
    dx = {dc * g * i * (V(1) - i), dc * i * (V(1) - g * g), dnext[0] * tc * o * (V(1) - o)};
    du = dx;
    ds = {V(0), dc};
  }
};
