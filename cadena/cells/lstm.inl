// SPDX-License-Identifier: MIT

// Long short-term memory with a forget gate (Gers, Schmidhuber and Cummins, "Learning to forget",
// 2000):
//   i, f, o = σ(x + u)   g = tanh(x_g + u_g)   c' = f·c + i·g   h' = o·tanh(c')
struct Lstm {
  static constexpr CellSpec spec{.name = "lstm",
                                 .gates = 4,
                                 .states = 2,
                                 .saved = 5,
                                 .state_names = "h c",
                                 .saved_names = "i f g o tanh(c)",
                                 .summed = true,
                                 .keep_gate = 1,
                                 .write_gate = 0,
                                 .starts_open = true};

  template <class V>
  static constexpr void forward(const Pack<V, 4>& x, const Pack<V, 4>& u, const Pack<V, 2>& s,
                                Pack<V, 2>& next, Pack<V, 5>& save) {
    const V i = sigmoid(x[0] + u[0]), f = sigmoid(x[1] + u[1]);
    const V g = tanh(x[2] + u[2]), o = sigmoid(x[3] + u[3]);
    const V c = f * s[1] + i * g;
    const V tc = tanh(c);
    next = {o * tc, c};
    save = {i, f, g, o, tc};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 2>& dnext, const Pack<V, 2>& s,
                                 const Pack<V, 5>& save, Pack<V, 4>& dx, Pack<V, 4>& du,
                                 Pack<V, 2>& ds) {
    const auto& [i, f, g, o, tc] = save;
    const V dc = dnext[1] + dnext[0] * o * (V(1) - tc * tc);
    dx = {dc * g * i * (V(1) - i), dc * s[1] * f * (V(1) - f), dc * i * (V(1) - g * g),
          dnext[0] * tc * o * (V(1) - o)};
    du = dx;
    ds = {V(0), dc * f};
  }
};
