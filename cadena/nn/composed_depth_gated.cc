// SPDX-License-Identifier: MIT
// LSTM whose memory sees that of the layer below through a depth gate (Yao et al., "Depth-gated
// recurrent neural networks", 2015; without their peepholes of i, f and o):
//   c' = f·c + i·g + d·b   d = σ(W_d x + w_c·c + w_b·b + bias_d)   h' = o·tanh(c')
// where b is the memory below at the same step. The first layer is an LSTM.
#include <array>

#include "cadena/autograd/ops.h"
#include "cadena/nn/composed_cells.h"
#include "cadena/nn/init.h"

namespace cadena {
namespace {

class DepthGated : public ComposedCell {
 public:
  DepthGated(const ComposedOptions& options, Rng& rng)
      : hidden_(options.hidden), weights_(gate_weights(4, options, hidden_, rng)) {
    if (options.first_layer) return;
    depth_ = glorot_parameter({hidden_, options.input}, rng);
    depth_bias_ = Tensor::parameter({hidden_});
    own_ = Tensor::parameter({2, hidden_});
  }

  std::vector<StateOf> states() const override { return {{"h", hidden_}, {"c", hidden_}}; }
  std::vector<std::string> gate_names() const override {
    if (!wants_below()) return {"i", "f", "g", "o"};
    return {"i", "f", "g", "o", "d"};
  }
  bool wants_below() const override { return bool{depth_}; }

  // Sums of the four gates, that of the depth gate, the memory below.
  Tensor project(const Tensor& x, const Tensor& below) const override {
    const Tensor gates = linear(x, weights_.input, weights_.input_bias);
    if (!wants_below()) return gates;
    const Tensor depth =
        add(linear(x, depth_, depth_bias_), scale_columns(below, rows(own_, 1, 2)));
    return concat(std::array{gates, depth, below});
  }

  Step step(const Tensor& projected, std::span<const Tensor> states) const override {
    const Tensor& c = states[1];
    const Tensor x = wants_below() ? columns(projected, 0, 4 * hidden_) : projected;
    const LstmGates gates =
        lstm_gates(add(x, linear(states[0], weights_.recurrent, weights_.recurrent_bias)));
    Tensor next = lstm_memory(gates, c);
    std::vector<Tensor> shown{gates.i, gates.f, gates.g, gates.o};
    if (wants_below()) {
      const Tensor d = sigmoid(
          add(columns(projected, 4 * hidden_, hidden_), scale_columns(c, rows(own_, 0, 1))));
      next = add(next, multiply(d, columns(projected, 5 * hidden_, hidden_)));
      shown.push_back(d);
    }
    return {{multiply(gates.o, tanh(next)), next}, std::move(shown)};
  }

  void visit(Visitor& v, const std::string& suffix) override {
    visit_gates(v, suffix, weights_);
    if (!wants_below()) return;
    v("weight_depth" + suffix, depth_);
    v("bias_depth" + suffix, depth_bias_);
    v("weight_own" + suffix, own_);
  }

  MemoryBiases memory_biases() const override { return lstm_memory_biases(weights_.input_bias); }
  std::shared_ptr<ComposedCell> copy() const override {
    return std::make_shared<DepthGated>(*this);
  }
  std::vector<Tensor*> recurrent_weights() override { return {&weights_.recurrent}; }

 private:
  int64_t hidden_;
  RecurrentWeights weights_;
  Tensor depth_, depth_bias_;  // [H, D], [H]; none in the first layer
  Tensor own_;                 // [2, H]: of the depth gate on c and on the memory below
};

}  // namespace

std::shared_ptr<ComposedCell> make_depth_gated(const ComposedOptions& options, Rng& rng) {
  return std::make_shared<DepthGated>(options, rng);
}

}  // namespace cadena
