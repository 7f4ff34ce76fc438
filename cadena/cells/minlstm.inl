// SPDX-License-Identifier: MIT

// Minimal LSTM (Feng et al., "Were RNNs all we needed?", 2024): gates that do not see the state and
// share out 1.
//   f = σ(x_f)   i = σ(x_i)   f' = f/(f + i)   i' = i/(f + i)
//   n = raised(x_n), of mingru.inl   h' = f'·h + i'·n
// From the logarithms f' = σ(log f − log i), which never divides by 0.
struct MinLstm {
  static constexpr CellSpec spec{.name = "minlstm",
                                 .gates = 3,
                                 .states = 1,
                                 .saved = 5,
                                 .state_names = "h",
                                 .saved_names = "f' i' n 1-f 1-i",
                                 .summed = true,
                                 .recurrent = false,
                                 .keep_gate = 0,
                                 .write_gate = 1,
                                 .starts_open = true};

  template <class V>
  static constexpr void forward(const Pack<V, 3>& x, const Pack<V, 3>& u, const Pack<V, 1>& s,
                                Pack<V, 1>& next, Pack<V, 5>& save) {
    const V af = x[0] + u[0], ai = x[1] + u[1], n = raised(x[2] + u[2]);
    const V log_ratio = log_sigmoid(af) - log_sigmoid(ai);
    const V f = sigmoid(log_ratio), i = sigmoid(V(0) - log_ratio);
    next = {f * s[0] + i * n};
    save = {f, i, n, sigmoid(V(0) - af), sigmoid(V(0) - ai)};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 1>& dnext, const Pack<V, 1>& s,
                                 const Pack<V, 5>& save, Pack<V, 3>& dx, Pack<V, 3>& du,
                                 Pack<V, 1>& ds) {
    const auto& [f, i, n, not_f, not_i] = save;
    const V dratio = dnext[0] * (s[0] - n) * f * i;
    dx = {dratio * not_f, V(0) - dratio * not_i, dnext[0] * i * raised_slope(n)};
    du = dx;
    ds = {dnext[0] * f};
  }
};
