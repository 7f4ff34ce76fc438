// SPDX-License-Identifier: MIT

// Simple recurrent network (Elman, "Finding structure in time", 1990):
//   h' = tanh(x + u)
struct Elman {
  static constexpr CellSpec spec{.name = "elman",
                                 .gates = 1,
                                 .states = 1,
                                 .saved = 1,
                                 .state_names = "h",
                                 .saved_names = "h",
                                 .summed = true};

  template <class V>
  static constexpr void forward(const Pack<V, 1>& x, const Pack<V, 1>& u, const Pack<V, 1>&,
                                Pack<V, 1>& next, Pack<V, 1>& save) {
    const V h = tanh(x[0] + u[0]);
    next = {h};
    save = {h};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 1>& dnext, const Pack<V, 1>&, const Pack<V, 1>& save,
                                 Pack<V, 1>& dx, Pack<V, 1>& du, Pack<V, 1>& ds) {
    const V h = save[0];
    dx = {dnext[0] * (V(1) - h * h)};
    du = dx;
    ds = {V(0)};
  }
};

// The same with a rectifier (Le, Jaitly and Hinton, 2015):
//   h' = max(0, x + u)
struct ElmanRelu {
  static constexpr CellSpec spec{.name = "elman_relu",
                                 .gates = 1,
                                 .states = 1,
                                 .saved = 1,
                                 .state_names = "h",
                                 .saved_names = "slope",
                                 .summed = true};

  template <class V>
  static constexpr void forward(const Pack<V, 1>& x, const Pack<V, 1>& u, const Pack<V, 1>&,
                                Pack<V, 1>& next, Pack<V, 1>& save) {
    const V slope = positive(x[0] + u[0]);
    next = {(x[0] + u[0]) * slope};
    save = {slope};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 1>& dnext, const Pack<V, 1>&, const Pack<V, 1>& save,
                                 Pack<V, 1>& dx, Pack<V, 1>& du, Pack<V, 1>& ds) {
    dx = {dnext[0] * save[0]};
    du = dx;
    ds = {V(0)};
  }
};
