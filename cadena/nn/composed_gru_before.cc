// SPDX-License-Identifier: MIT
// Gated recurrent unit as published, the reset before the recurrent product (Cho et al., "Learning
// phrase representations using RNN encoder-decoder", 2014; ONNX: linear_before_reset = 0):
//   r = σ(W_r x + U_r h)   z = σ(W_z x + U_z h)   n = tanh(W_n x + U_n (r·h))   h' = n + z·(h − n)
// each with two biases.
#include "cadena/autograd/ops.h"
#include "cadena/nn/composed_cells.h"

namespace cadena {
namespace {

class GruBefore : public ComposedCell {
 public:
  GruBefore(const ComposedOptions& options, Rng& rng)
      : hidden_(options.hidden), weights_(gate_weights(3, options, hidden_, rng)) {}

  std::vector<StateOf> states() const override { return {{"h", hidden_}}; }
  std::vector<std::string> gate_names() const override { return {"r", "z", "n"}; }

  Tensor project(const Tensor& x, const Tensor&) const override {
    return linear(x, weights_.input, weights_.input_bias);
  }

  Step step(const Tensor& projected, std::span<const Tensor> states) const override {
    const Tensor& h = states[0];
    const int64_t size = hidden_;
    const auto seen = [&](const Tensor& state, int64_t first_gate, int64_t end_gate) {
      return linear(state, weights_.recurrent, weights_.recurrent_bias, first_gate * size,
                    end_gate * size);
    };
    const Tensor both = sigmoid(add(columns(projected, 0, 2 * size), seen(h, 0, 2)));
    const Tensor r = columns(both, 0, size), z = columns(both, size, size);
    const Tensor n = tanh(add(columns(projected, 2 * size, size), seen(multiply(r, h), 2, 3)));
    return {{add(n, multiply(z, add(h, scale(n, -1))))}, {r, z, n}};
  }

  void visit(Visitor& v, const std::string& suffix) override { visit_gates(v, suffix, weights_); }

  MemoryBiases memory_biases() const override { return gru_memory_biases(weights_.input_bias); }
  std::shared_ptr<ComposedCell> copy() const override { return std::make_shared<GruBefore>(*this); }
  std::vector<Tensor*> recurrent_weights() override { return {&weights_.recurrent}; }

 private:
  int64_t hidden_;
  RecurrentWeights weights_;
};

}  // namespace

std::shared_ptr<ComposedCell> make_gru_before(const ComposedOptions& options, Rng& rng) {
  return std::make_shared<GruBefore>(options, rng);
}

}  // namespace cadena
