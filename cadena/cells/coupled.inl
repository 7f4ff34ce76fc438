// SPDX-License-Identifier: MIT

// LSTM that takes in as much as it forgets, with three quarters of the parameters (the coupled
// gates of Greff et al., "LSTM: a search space odyssey", 2015, without peepholes; with them:
// lstm_cifg):
//   f, o = σ(x + u)   g = tanh(x_g + u_g)   c' = f·c + (1 − f)·g   h' = o·tanh(c')
struct CoupledLstm {
  static constexpr CellSpec spec{.name = "coupled",
                                 .gates = 3,
                                 .states = 2,
                                 .saved = 4,
                                 .state_names = "h c",
                                 .saved_names = "f g o tanh(c)",
                                 .summed = true,
                                 .keep_gate = 0,
                                 .starts_open = true};

  template <class V>
  static constexpr void forward(const Pack<V, 3>& x, const Pack<V, 3>& u, const Pack<V, 2>& s,
                                Pack<V, 2>& next, Pack<V, 4>& save) {
    const V f = sigmoid(x[0] + u[0]), g = tanh(x[1] + u[1]), o = sigmoid(x[2] + u[2]);
    const V c = f * s[1] + (V(1) - f) * g;
    const V tc = tanh(c);
    next = {o * tc, c};
    save = {f, g, o, tc};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 2>& dnext, const Pack<V, 2>& s,
                                 const Pack<V, 4>& save, Pack<V, 3>& dx, Pack<V, 3>& du,
                                 Pack<V, 2>& ds) {
    const auto& [f, g, o, tc] = save;
    const V dc = dnext[1] + dnext[0] * o * (V(1) - tc * tc);
    dx = {dc * (s[1] - g) * f * (V(1) - f), dc * (V(1) - f) * (V(1) - g * g),
          dnext[0] * tc * o * (V(1) - o)};
    du = dx;
    ds = {V(0), dc * f};
  }
};
