// SPDX-License-Identifier: MIT

// Gated recurrent unit (Cho et al., 2014), reset applied after the recurrent product, as PyTorch,
// cuDNN and ONNX (linear_before_reset = 1) have it:
//   r = σ(x_r + u_r)   z = σ(x_z + u_z)   n = tanh(x_n + r·u_n)   h' = n + z·(h − n)
struct Gru {
  static constexpr CellSpec spec{.name = "gru",
                                 .gates = 3,
                                 .states = 1,
                                 .saved = 4,
                                 .state_names = "h",
                                 .saved_names = "r z n u_n",
                                 .keep_gate = 1};

  template <class V>
  static constexpr void forward(const Pack<V, 3>& x, const Pack<V, 3>& u, const Pack<V, 1>& s,
                                Pack<V, 1>& next, Pack<V, 4>& save) {
    const V r = sigmoid(x[0] + u[0]), z = sigmoid(x[1] + u[1]);
    const V n = tanh(x[2] + r * u[2]);
    next = {n + z * (s[0] - n)};
    save = {r, z, n, u[2]};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 1>& dnext, const Pack<V, 1>& s,
                                 const Pack<V, 4>& save, Pack<V, 3>& dx, Pack<V, 3>& du,
                                 Pack<V, 1>& ds) {
    const auto& [r, z, n, un] = save;
    const V dh = dnext[0];
    const V dn = dh * (V(1) - z) * (V(1) - n * n);
    const V dz = dh * (s[0] - n) * z * (V(1) - z);
    const V dr = dn * un * r * (V(1) - r);
    dx = {dr, dz, dn};
    du = {dr, dz, dn * r};
    ds = {dh * z};
  }
};
