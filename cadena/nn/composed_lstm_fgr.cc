// SPDX-License-Identifier: MIT
// LSTM with full gate recurrence (Greff et al., "LSTM: a search space odyssey", 2015, FGR; the
// network of 1997 had it): peepholes, and each gate sees the gates of the step before.
//   i, f = σ(W x + U h + p·c + R (i, f, o))   g = tanh(W_g x + U_g h)   c' = f·c + i·g
//   o = σ(W_o x + U_o h + p_o·c' + R_o (i, f, o))   h' = o·tanh(c')
// with two biases each. Peepholes start at 0.
#include <array>

#include "cadena/autograd/ops.h"
#include "cadena/nn/composed_cells.h"
#include "cadena/nn/init.h"

namespace cadena {
namespace {

class FullGateLstm : public ComposedCell {
 public:
  FullGateLstm(const ComposedOptions& options, Rng& rng)
      : hidden_(options.hidden),
        weights_(gate_weights(4, options, hidden_, rng)),
        peepholes_(Tensor::parameter({3, hidden_})),
        gate_weights_(orthogonal_parameter(1, 3 * hidden_, rng)) {}

  std::vector<StateOf> states() const override {
    return {{"h", hidden_}, {"c", hidden_}, {"ifo", 3 * hidden_}};
  }
  std::vector<std::string> gate_names() const override { return {"i", "f", "g", "o"}; }

  Tensor project(const Tensor& x, const Tensor&) const override {
    return linear(x, weights_.input, weights_.input_bias);
  }

  Step step(const Tensor& projected, std::span<const Tensor> states) const override {
    const Tensor &h = states[0], &c = states[1], &before = states[2];
    const Tensor sums = add(projected, linear(h, weights_.recurrent, weights_.recurrent_bias)),
                 gates = linear(before, gate_weights_, {});
    const auto gate = [&](int64_t at, int64_t k, const Tensor& seen) {
      return sigmoid(add(add(columns(sums, at * hidden_, hidden_),
                             scale_columns(seen, rows(peepholes_, k, k + 1))),
                         columns(gates, k * hidden_, hidden_)));
    };
    const Tensor i = gate(0, 0, c), f = gate(1, 1, c),
                 g = tanh(columns(sums, 2 * hidden_, hidden_));
    const Tensor next = lstm_memory({i, f, g, {}}, c), o = gate(3, 2, next);
    return {{multiply(o, tanh(next)), next, concat(std::array{i, f, o})}, {i, f, g, o}};
  }

  void visit(Visitor& v, const std::string& suffix) override {
    visit_gates(v, suffix, weights_);
    v("weight_own" + suffix, peepholes_);
    v("weight_gates" + suffix, gate_weights_);
  }

  MemoryBiases memory_biases() const override { return lstm_memory_biases(weights_.input_bias); }
  std::shared_ptr<ComposedCell> copy() const override {
    return std::make_shared<FullGateLstm>(*this);
  }
  std::vector<Tensor*> recurrent_weights() override {
    return {&weights_.recurrent, &gate_weights_};
  }

 private:
  int64_t hidden_;
  RecurrentWeights weights_;
  Tensor peepholes_;     // [3, H]: of i, f, o
  Tensor gate_weights_;  // [3·H, 3·H]: of i, f, o on those of the step before
};

}  // namespace

std::shared_ptr<ComposedCell> make_lstm_fgr(const ComposedOptions& options, Rng& rng) {
  return std::make_shared<FullGateLstm>(options, rng);
}

}  // namespace cadena
