// SPDX-License-Identifier: MIT
// LSTM and GRU with normalised sums (Ba, Kiros and Hinton, "Layer normalization", 2016, equations
// 20 to 29). Each LN has a gain and a bias of its own; the products have none.
//   LSTM: (i, f, g, o) = LN(W x) + LN(U h)   c' = σ(f)·c + σ(i)·tanh(g)   h' = σ(o)·tanh(LN(c'))
//   GRU:  (r, z) = σ(LN(W x) + LN(U h))   n = tanh(LN(W_n x) + r·LN(U_n h))   h' = n + z·(h − n)
// A norm is over all gates of the LSTM together; in the GRU over r and z together, and over n.
#include <algorithm>
#include <array>

#include "cadena/autograd/ops.h"
#include "cadena/nn/composed_cells.h"

namespace cadena {
namespace {

struct Norm {
  explicit Norm(int64_t size) : gain(Tensor::parameter({size})), bias(Tensor::parameter({size})) {
    std::ranges::fill(gain.values(), 1.0f);
  }
  Tensor operator()(const Tensor& x, std::span<const int64_t> widths = {}) const {
    return layer_norm(x, gain, bias, widths);
  }
  void visit(Visitor& v, const std::string& name) {
    v("gain_" + name, gain);
    v("bias_" + name, bias);
  }
  Tensor gain, bias;
};

// Two products, each with its norm.
struct Products {
  Products(int64_t gates, const ComposedOptions& options, Rng& rng)
      : weights(gate_weights(gates, options, options.hidden, rng)),
        input_norm(gates * options.hidden),
        recurrent_norm(gates * options.hidden) {}

  Tensor input(const Tensor& x, std::span<const int64_t> widths = {}) const {
    return input_norm(linear(x, weights.input, {}), widths);
  }
  Tensor recurrent(const Tensor& h, std::span<const int64_t> widths = {}) const {
    return recurrent_norm(linear(h, weights.recurrent, {}), widths);
  }
  void visit(Visitor& v, const std::string& suffix) {
    v("weight_ih" + suffix, weights.input);
    v("weight_hh" + suffix, weights.recurrent);
    input_norm.visit(v, "ih" + suffix);
    recurrent_norm.visit(v, "hh" + suffix);
  }

  RecurrentWeights weights;  // whose biases stay unused
  Norm input_norm, recurrent_norm;
};

class NormedLstm : public ComposedCell {
 public:
  NormedLstm(const ComposedOptions& options, Rng& rng)
      : hidden_(options.hidden), products_(4, options, rng), memory_norm_(hidden_) {}

  std::vector<StateOf> states() const override { return {{"h", hidden_}, {"c", hidden_}}; }
  std::vector<std::string> gate_names() const override { return {"i", "f", "g", "o"}; }

  Tensor project(const Tensor& x, const Tensor&) const override { return products_.input(x); }

  Step step(const Tensor& projected, std::span<const Tensor> states) const override {
    const LstmGates gates = lstm_gates(add(projected, products_.recurrent(states[0])));
    const Tensor c = lstm_memory(gates, states[1]);
    return {{multiply(gates.o, tanh(memory_norm_(c))), c}, {gates.i, gates.f, gates.g, gates.o}};
  }

  void visit(Visitor& v, const std::string& suffix) override {
    products_.visit(v, suffix);
    memory_norm_.visit(v, "c" + suffix);
  }

  MemoryBiases memory_biases() const override {
    return lstm_memory_biases(products_.input_norm.bias);
  }
  std::shared_ptr<ComposedCell> copy() const override {
    return std::make_shared<NormedLstm>(*this);
  }
  std::vector<Tensor*> recurrent_weights() override { return {&products_.weights.recurrent}; }

 private:
  int64_t hidden_;
  Products products_;
  Norm memory_norm_;
};

class NormedGru : public ComposedCell {
 public:
  NormedGru(const ComposedOptions& options, Rng& rng)
      : hidden_(options.hidden), products_(3, options, rng), widths_{2 * hidden_, hidden_} {}

  std::vector<StateOf> states() const override { return {{"h", hidden_}}; }
  std::vector<std::string> gate_names() const override { return {"r", "z", "n"}; }

  Tensor project(const Tensor& x, const Tensor&) const override {
    return products_.input(x, widths_);
  }

  Step step(const Tensor& projected, std::span<const Tensor> states) const override {
    const Tensor& h = states[0];
    const int64_t size = hidden_;
    const Tensor seen = products_.recurrent(h, widths_);
    const Tensor both = sigmoid(add(columns(projected, 0, 2 * size), columns(seen, 0, 2 * size)));
    const Tensor r = columns(both, 0, size), z = columns(both, size, size);
    const Tensor n =
        tanh(add(columns(projected, 2 * size, size), multiply(r, columns(seen, 2 * size, size))));
    return {{add(n, multiply(z, add(h, scale(n, -1))))}, {r, z, n}};
  }

  void visit(Visitor& v, const std::string& suffix) override { products_.visit(v, suffix); }

  MemoryBiases memory_biases() const override {
    return gru_memory_biases(products_.input_norm.bias);
  }
  std::shared_ptr<ComposedCell> copy() const override { return std::make_shared<NormedGru>(*this); }
  std::vector<Tensor*> recurrent_weights() override { return {&products_.weights.recurrent}; }

 private:
  int64_t hidden_;
  Products products_;
  std::array<int64_t, 2> widths_;  // r and z, n
};

}  // namespace

std::shared_ptr<ComposedCell> make_lstm_layer_norm(const ComposedOptions& options, Rng& rng) {
  return std::make_shared<NormedLstm>(options, rng);
}

std::shared_ptr<ComposedCell> make_gru_layer_norm(const ComposedOptions& options, Rng& rng) {
  return std::make_shared<NormedGru>(options, rng);
}

}  // namespace cadena
