// SPDX-License-Identifier: MIT

// What is left out of the LSTM below, one thing at a time.
enum class Without {
  nothing,
  input_gate,
  forget_gate,
  output_gate,
  input_activation,
  output_activation,
  separate_input_gate  // i = 1 − f; the paper's f = 1 − i, of the gate's other sign
};

// LSTM whose gates see the memory (Gers and Schmidhuber, "Recurrent nets that time and count",
// 2000), and its variants (Greff et al., "LSTM: a search space odyssey", 2015):
//   i, f = σ(x + u + w·c)   g = tanh(x_g + u_g)   c' = f·c + i·g
//   o = σ(x_o + u_o + w_o·c')   h' = o·tanh(c')
// A gate that is left out is 1; an activation that is left out is the identity. The gates and
// peepholes that remain keep their order. Peepholes start at 0, so that training begins with an
// LSTM.
template <Without part>
struct PeepholeLstm {
  static constexpr bool coupled = part == Without::separate_input_gate;
  static constexpr bool has_i = part != Without::input_gate && !coupled;
  static constexpr bool has_f = part != Without::forget_gate, has_o = part != Without::output_gate;
  static constexpr bool bends_g = part != Without::input_activation;
  static constexpr bool bends_c = part != Without::output_activation;
  static constexpr int own = has_i + has_f + has_o, gates = own + 1;
  static constexpr int f_at = has_i, g_at = has_i + has_f, o_at = g_at + 1;  // i_at = 0
  static constexpr int o_own = g_at;  // g has no peephole; those of i and f stand as their gates

  static constexpr CellSpec spec{.name = part == Without::nothing             ? "peephole"
                                         : part == Without::input_gate        ? "lstm_nig"
                                         : part == Without::forget_gate       ? "lstm_nfg"
                                         : part == Without::output_gate       ? "lstm_nog"
                                         : part == Without::input_activation  ? "lstm_niaf"
                                         : part == Without::output_activation ? "lstm_noaf"
                                                                              : "lstm_cifg",
                                 .gates = gates,
                                 .states = 2,
                                 .saved = 5,
                                 .state_names = "h c",
                                 .saved_names = bends_c ? "i f g o tanh(c)" : "i f g o c",
                                 .summed = true,
                                 .own = own,
                                 .keep_gate = has_f ? f_at : -1,
                                 .write_gate = has_i && has_f ? 0 : -1,
                                 .starts_open = has_f};

  template <class V>
  static constexpr void forward(const Pack<V, gates>& x, const Pack<V, gates>& u,
                                const Pack<V, 2>& s, const Pack<V, own>& w, Pack<V, 2>& next,
                                Pack<V, 5>& save) {
    V i(1), f(1), g = x[g_at] + u[g_at], o(1);
    if constexpr (has_i) i = sigmoid(x[0] + u[0] + w[0] * s[1]);
    if constexpr (has_f) f = sigmoid(x[f_at] + u[f_at] + w[f_at] * s[1]);
    if constexpr (coupled) i = V(1) - f;
    if constexpr (bends_g) g = tanh(g);
    const V c = f * s[1] + i * g;
    if constexpr (has_o) o = sigmoid(x[o_at] + u[o_at] + w[o_own] * c);
    V tc = c;
    if constexpr (bends_c) tc = tanh(c);
    next = {o * tc, c};
    save = {i, f, g, o, tc};
  }

  template <class V>
  static constexpr void backward(const Pack<V, 2>& dnext, const Pack<V, 2>& s,
                                 const Pack<V, own>& w, const Pack<V, 5>& save, Pack<V, gates>& dx,
                                 Pack<V, gates>& du, Pack<V, 2>& ds, Pack<V, own>& dw) {
    const auto& [i, f, g, o, tc] = save;
    V dc = dnext[0] * o;
    if constexpr (bends_c) dc = dc * (V(1) - tc * tc);
    dc = dnext[1] + dc;
    if constexpr (has_o) {
      dx[o_at] = dnext[0] * tc * o * (V(1) - o);
      dw[o_own] = dx[o_at] * (f * s[1] + i * g);
      dc = dc + dx[o_at] * w[o_own];
    }
    ds = {V(0), dc * f};
    if constexpr (has_i) {
      dx[0] = dc * g * i * (V(1) - i);
      dw[0] = dx[0] * s[1];
      ds[1] = ds[1] + dx[0] * w[0];
    }
    if constexpr (has_f) {
      dx[f_at] = dc * (coupled ? s[1] - g : s[1]) * f * (V(1) - f);
      dw[f_at] = dx[f_at] * s[1];
      ds[1] = ds[1] + dx[f_at] * w[f_at];
    }
    dx[g_at] = dc * i;
    if constexpr (bends_g) dx[g_at] = dx[g_at] * (V(1) - g * g);
    du = dx;
  }
};

using Peephole = PeepholeLstm<Without::nothing>;
using LstmNig = PeepholeLstm<Without::input_gate>;
using LstmNfg = PeepholeLstm<Without::forget_gate>;
using LstmNog = PeepholeLstm<Without::output_gate>;
using LstmNiaf = PeepholeLstm<Without::input_activation>;
using LstmNoaf = PeepholeLstm<Without::output_activation>;
using LstmCifg = PeepholeLstm<Without::separate_input_gate>;
