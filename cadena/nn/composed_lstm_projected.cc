// SPDX-License-Identifier: MIT
// LSTM with twice as many memory cells as outputs, to which they are projected (Sak, Senior and
// Beaufays, "Long short-term memory recurrent neural network architectures for large scale acoustic
// modeling", 2014; without their peepholes, as PyTorch's proj_size):
//   i, f, o = σ(W x + U h)   g = tanh(W_g x + U_g h)   c' = f·c + i·g   h' = W_p (o·tanh(c'))
// each gate with two biases.
#include "cadena/autograd/ops.h"
#include "cadena/nn/composed_cells.h"
#include "cadena/nn/init.h"

namespace cadena {
namespace {

class ProjectedLstm : public ComposedCell {
 public:
  ProjectedLstm(const ComposedOptions& options, Rng& rng)
      : outputs_(options.hidden),
        cells_(2 * outputs_),
        weights_(gate_weights(4, {options.input, cells_, options.first_layer}, outputs_, rng)),
        projection_(glorot_parameter({outputs_, cells_}, rng)) {}

  std::vector<StateOf> states() const override { return {{"h", outputs_}, {"c", cells_}}; }
  std::vector<std::string> gate_names() const override { return {"i", "f", "g", "o"}; }

  Tensor project(const Tensor& x, const Tensor&) const override {
    return linear(x, weights_.input, weights_.input_bias);
  }

  Step step(const Tensor& projected, std::span<const Tensor> states) const override {
    const LstmGates gates =
        lstm_gates(add(projected, linear(states[0], weights_.recurrent, weights_.recurrent_bias)));
    const Tensor c = lstm_memory(gates, states[1]);
    return {{linear(multiply(gates.o, tanh(c)), projection_, {}), c},
            {gates.i, gates.f, gates.g, gates.o}};
  }

  void visit(Visitor& v, const std::string& suffix) override {
    visit_gates(v, suffix, weights_);
    v("weight_hr" + suffix, projection_);
  }

  MemoryBiases memory_biases() const override { return lstm_memory_biases(weights_.input_bias); }
  std::shared_ptr<ComposedCell> copy() const override {
    return std::make_shared<ProjectedLstm>(*this);
  }
  std::vector<Tensor*> recurrent_weights() override { return {&weights_.recurrent}; }

 private:
  int64_t outputs_, cells_;
  RecurrentWeights weights_;
  Tensor projection_;  // [H, 2·H]
};

}  // namespace

std::shared_ptr<ComposedCell> make_lstm_projected(const ComposedOptions& options, Rng& rng) {
  return std::make_shared<ProjectedLstm>(options, rng);
}

}  // namespace cadena
