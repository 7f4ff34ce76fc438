// SPDX-License-Identifier: MIT

// The positive activation of Feng et al., "Were RNNs all we needed?", 2024:
//   a + 1/2 where a > 0, else σ(a)
template <class V>
constexpr V raised(const V& a) {
  const V p = positive(a);
  return p * (a + V(0.5f)) + (V(1) - p) * sigmoid(a);
}
// Its slope where it is n.
template <class V>
constexpr V raised_slope(const V& n) {
  const V p = positive(n - V(0.5f));
  return p + (V(1) - p) * n * (V(1) - n);
}

// Minimal GRU (Feng et al., 2024), whose gate does not see the state:
//   z = σ(x_z)   n = raised(x_n)   h' = (1 − z)·h + z·n
struct MinGru {
  static constexpr CellSpec spec{.name = "mingru",
                                 .gates = 2,
                                 .states = 1,
                                 .saved = 2,
                                 .state_names = "h",
                                 .saved_names = "z n",
                                 .summed = true,
                                 .recurrent = false};

  template <class V>
  static constexpr void forward(const Pack<V, 2>& x, const Pack<V, 2>& u, const Pack<V, 1>& s,
                                Pack<V, 1>& next, Pack<V, 2>& save) {
    const V z = sigmoid(x[0] + u[0]), n = raised(x[1] + u[1]);
    next = {(V(1) - z) * s[0] + z * n};
    save = {z, n};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 1>& dnext, const Pack<V, 1>& s,
                                 const Pack<V, 2>& save, Pack<V, 2>& dx, Pack<V, 2>& du,
                                 Pack<V, 1>& ds) {
    const auto& [z, n] = save;
    dx = {dnext[0] * (n - s[0]) * z * (V(1) - z), dnext[0] * z * raised_slope(n)};
    du = dx;
    ds = {dnext[0] * (V(1) - z)};
  }
};
