// SPDX-License-Identifier: MIT
// mLSTM: an LSTM whose memory is a matrix (Beck et al., "xLSTM: extended long short-term memory",
// 2024, equations 19 to 27). Nothing but the memory connects the steps:
//   q, k, v = W x + b   i = exp(w_i x + b_i)   f = σ(w_f x + b_f)   o = σ(W_o x + b_o)
//   C' = f·C + i·v·kᵀ / √d   n' = f·n + i·k / √d   h' = o·(C' q) / max(|n'ᵀ q|, 1)
// with gates i and f of one value for each head of d units; autograd/matrix_memory.h keeps the
// exponentials in range. Heads have 64 units if these divide H, else there is one.
#include <algorithm>

#include "cadena/autograd/matrix_memory.h"
#include "cadena/autograd/ops.h"
#include "cadena/nn/composed_cells.h"
#include "cadena/nn/init.h"

namespace cadena {
namespace {

class MatrixLstm : public ComposedCell {
 public:
  MatrixLstm(const ComposedOptions& options, Rng& rng)
      : hidden_(options.hidden),
        heads_(hidden_ % head_size == 0 ? hidden_ / head_size : 1),
        weight_(glorot_parameter({4 * hidden_ + 2 * heads_, options.input}, rng)),
        bias_(Tensor::parameter({weight_.rows()})) {}

  std::vector<StateOf> states() const override {
    const int64_t matrices = hidden_ * hidden_ / heads_;
    return {
        {"h", hidden_, false}, {"C", matrices, false}, {"n", hidden_, false}, {"m", heads_, false}};
  }
  std::vector<std::string> gate_names() const override { return {"i", "f", "o"}; }

  Tensor project(const Tensor& x, const Tensor&) const override {
    return linear(x, weight_, bias_);
  }

  Step step(const Tensor& projected, std::span<const Tensor> states) const override {
    const auto part = [&](int64_t k) { return columns(projected, k * hidden_, hidden_); };
    const MemoryStep memory =
        matrix_memory({.queries = part(0),
                       .keys = part(1),
                       .values = part(2),
                       .write = columns(projected, 4 * hidden_, heads_),
                       .keep = columns(projected, 4 * hidden_ + heads_, heads_)},
                      {.matrices = states[1], .norms = states[2], .stabiliser = states[3]});
    const Tensor o = sigmoid(part(3));
    return {{multiply(o, memory.answers), memory.memory.matrices, memory.memory.norms,
             memory.memory.stabiliser},
            {memory.write, memory.keep, o}};
  }

  void visit(Visitor& v, const std::string& suffix) override {
    v("weight_ih" + suffix, weight_);
    v("bias_ih" + suffix, bias_);
  }

  MemoryBiases memory_biases() const override {
    const auto gates = bias_.values().last(static_cast<size_t>(2 * heads_));
    return {.keep = gates.last(static_cast<size_t>(heads_)),
            .write = gates.first(static_cast<size_t>(heads_)),
            .starts_open = true};
  }
  std::shared_ptr<ComposedCell> copy() const override {
    return std::make_shared<MatrixLstm>(*this);
  }

 private:
  static constexpr int64_t head_size = 64;

  int64_t hidden_, heads_;
  Tensor weight_, bias_;  // of q, k, v, o, i, f: [4·H + 2·heads, D], [4·H + 2·heads]
};

}  // namespace

std::shared_ptr<ComposedCell> make_mlstm(const ComposedOptions& options, Rng& rng) {
  return std::make_shared<MatrixLstm>(options, rng);
}

}  // namespace cadena
