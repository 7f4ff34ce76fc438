// SPDX-License-Identifier: MIT

// Independently recurrent network (Li et al., 2018): a unit sees no output but its own.
//   h' = max(0, x + w·h)
struct IndRnn {
  static constexpr CellSpec spec{.name = "indrnn",
                                 .gates = 1,
                                 .states = 1,
                                 .saved = 1,
                                 .state_names = "h",
                                 .saved_names = "slope",
                                 .summed = true,
                                 .recurrent = false,
                                 .own = 1,
                                 .own_high = 1};

  template <class V>
  static constexpr void forward(const Pack<V, 1>& x, const Pack<V, 1>& u, const Pack<V, 1>& s,
                                const Pack<V, 1>& w, Pack<V, 1>& next, Pack<V, 1>& save) {
    const V sum = x[0] + u[0] + w[0] * s[0], slope = positive(sum);
    next = {sum * slope};
    save = {slope};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 1>& dnext, const Pack<V, 1>& s, const Pack<V, 1>& w,
                                 const Pack<V, 1>& save, Pack<V, 1>& dx, Pack<V, 1>& du,
                                 Pack<V, 1>& ds, Pack<V, 1>& dw) {
    dx = {dnext[0] * save[0]};
    du = dx;
    ds = {dx[0] * w[0]};
    dw = {dx[0] * s[0]};
  }
};
