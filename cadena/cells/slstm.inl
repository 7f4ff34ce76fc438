// SPDX-License-Identifier: MIT

// LSTM with an exponential input gate and a normaliser (sLSTM of xLSTM, Beck et al., 2024); of the
// two forget gates there the sigmoid, and one head:
//   i = exp(x_i + u_i)   f, o = σ(x + u)   g = tanh(x_g + u_g)
//   c' = f·c + i·g   n' = f·n + i   h' = o·c'/n'
// c and n are kept divided by e^m, so that no exponential overflows; h does not depend on m:
//   m' = max(log f + m, log i)   i' = exp(log i − m')   f' = exp(log f + m − m')
// n is 0 before the first step, for which m' = log i, as in the authors' code. As i' or f' is 1, n
// is at least 1 ever after. A state that no step has made, with n below 1/2, counts as a first one
// too.
struct SLstm {
  static constexpr CellSpec spec{.name = "slstm",
                                 .gates = 4,
                                 .states = 4,
                                 .saved = 7,
                                 .state_names = "h c n m",
                                 .saved_names = "i' f' g o c/n n 1-f",
                                 .summed = true,
                                 .keep_gate = 1,
                                 .write_gate = 0,
                                 .starts_open = true};

  template <class V>
  static constexpr void forward(const Pack<V, 4>& x, const Pack<V, 4>& u, const Pack<V, 4>& s,
                                Pack<V, 4>& next, Pack<V, 7>& save) {
    const V log_i = x[0] + u[0], af = x[1] + u[1];
    const V g = tanh(x[2] + u[2]), o = sigmoid(x[3] + u[3]);
    const V kept = log_sigmoid(af) + s[3], lead = kept - log_i;
    const V leads = positive(lead), started = positive(s[2] - V(0.5f)), old = leads * started;
    const V i = exp(V(0) - old * lead), f = started * exp(lead - leads * lead);
    const V c = f * s[1] + i * g, n = f * s[2] + i, ratio = c / n;
    next = {o * ratio, c, n, old * kept + (V(1) - old) * log_i};
    save = {i, f, g, o, ratio, n, sigmoid(V(0) - af)};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 4>& dnext, const Pack<V, 4>& s,
                                 const Pack<V, 7>& save, Pack<V, 4>& dx, Pack<V, 4>& du,
                                 Pack<V, 4>& ds) {
    const auto& [i, f, g, o, ratio, n, not_f] = save;
    const V dratio = dnext[0] * o / n;
    const V dc = dnext[1] + dratio, dn = dnext[2] - dratio * ratio;
    const V old = positive(V(1) - i);  // m' is log f + m, else log i
    const V dlead = (dc * s[1] + dn * s[2]) * f * (V(1) - old) - (dc * g + dn) * i * old;
    const V dkept = dlead + dnext[3] * old;
    dx = {dnext[3] - dkept, dkept * not_f, dc * i * (V(1) - g * g),
          dnext[0] * ratio * o * (V(1) - o)};
    du = dx;
    ds = {V(0), dc * f, dn * f, dkept};
  }
};
