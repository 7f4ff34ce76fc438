// SPDX-License-Identifier: MIT

// Minimal gated unit (Zhou et al., 2016), a GRU of which one gate does both. As there, the gate is
// applied after the recurrent product:
//   f = σ(x_f + u_f)   n = tanh(x_n + f·u_n)   h' = h + f·(n − h)
struct Mgu {
  static constexpr CellSpec spec{.name = "mgu",
                                 .gates = 2,
                                 .states = 1,
                                 .saved = 3,
                                 .state_names = "h",
                                 .saved_names = "f n u_n"};

  template <class V>
  static constexpr void forward(const Pack<V, 2>& x, const Pack<V, 2>& u, const Pack<V, 1>& s,
                                Pack<V, 1>& next, Pack<V, 3>& save) {
    const V f = sigmoid(x[0] + u[0]), n = tanh(x[1] + f * u[1]);
    next = {s[0] + f * (n - s[0])};
    save = {f, n, u[1]};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 1>& dnext, const Pack<V, 1>& s,
                                 const Pack<V, 3>& save, Pack<V, 2>& dx, Pack<V, 2>& du,
                                 Pack<V, 1>& ds) {
    const auto& [f, n, un] = save;
    const V dn = dnext[0] * f * (V(1) - n * n);
    const V df = (dnext[0] * (n - s[0]) + dn * un) * f * (V(1) - f);
    dx = {df, dn};
    du = {df, dn * f};
    ds = {dnext[0] * (V(1) - f)};
  }
};
