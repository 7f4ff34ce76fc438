// SPDX-License-Identifier: MIT

// Simple recurrent unit (Lei et al., "Simple recurrent units for highly parallelizable recurrence",
// 2018). What passes by the memory is a projection of the input, x_s, as in the authors' code where
// input and output have different sizes:
//   f, r = σ(x + w·c)   c' = f·c + (1 − f)·x_g   h' = r·c' + (1 − r)·x_s
// w starts with variance 1/2, as there.
struct Sru {
  static constexpr CellSpec spec{.name = "sru",
                                 .gates = 4,
                                 .states = 2,
                                 .saved = 4,
                                 .state_names = "h c",
                                 .saved_names = "f g r s",
                                 .summed = true,
                                 .recurrent = false,
                                 .own = 2,
                                 .own_low = -1.2247449f,
                                 .own_high = 1.2247449f,
                                 .keep_gate = 0};

  template <class V>
  static constexpr void forward(const Pack<V, 4>& x, const Pack<V, 4>& u, const Pack<V, 2>& s,
                                const Pack<V, 2>& w, Pack<V, 2>& next, Pack<V, 4>& save) {
    const V f = sigmoid(x[0] + u[0] + w[0] * s[1]), r = sigmoid(x[2] + u[2] + w[1] * s[1]);
    const V g = x[1] + u[1], skip = x[3] + u[3];
    const V c = f * s[1] + (V(1) - f) * g;
    next = {r * c + (V(1) - r) * skip, c};
    save = {f, g, r, skip};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 2>& dnext, const Pack<V, 2>& s, const Pack<V, 2>& w,
                                 const Pack<V, 4>& save, Pack<V, 4>& dx, Pack<V, 4>& du,
                                 Pack<V, 2>& ds, Pack<V, 2>& dw) {
    const auto& [f, g, r, skip] = save;
    const V c = f * s[1] + (V(1) - f) * g;
    const V dc = dnext[1] + dnext[0] * r;
    const V df = dc * (s[1] - g) * f * (V(1) - f);
    const V dr = dnext[0] * (c - skip) * r * (V(1) - r);
    dx = {df, dc * (V(1) - f), dr, dnext[0] * (V(1) - r)};
    du = dx;
    ds = {V(0), dc * f + df * w[0] + dr * w[1]};
    dw = {df * s[1], dr * s[1]};
  }
};
