// SPDX-License-Identifier: MIT

// Update gate RNN (Collins, Sohl-Dickstein and Sussillo, "Capacity and trainability in recurrent
// neural networks", 2017):
//   g = σ(x_g + u_g)   n = tanh(x_n + u_n)   h' = n + g·(h − n)
struct Ugrnn {
  static constexpr CellSpec spec{.name = "ugrnn",
                                 .gates = 2,
                                 .states = 1,
                                 .saved = 2,
                                 .state_names = "h",
                                 .saved_names = "g n",
                                 .summed = true,
                                 .keep_gate = 0,
                                 .starts_open = true};

  template <class V>
  static constexpr void forward(const Pack<V, 2>& x, const Pack<V, 2>& u, const Pack<V, 1>& s,
                                Pack<V, 1>& next, Pack<V, 2>& save) {
    const V g = sigmoid(x[0] + u[0]), n = tanh(x[1] + u[1]);
    next = {n + g * (s[0] - n)};
    save = {g, n};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 1>& dnext, const Pack<V, 1>& s,
                                 const Pack<V, 2>& save, Pack<V, 2>& dx, Pack<V, 2>& du,
                                 Pack<V, 1>& ds) {
    const auto& [g, n] = save;
    dx = {dnext[0] * (s[0] - n) * g * (V(1) - g), dnext[0] * (V(1) - g) * (V(1) - n * n)};
    du = dx;
    ds = {dnext[0] * g};
  }
};
