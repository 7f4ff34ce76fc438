// SPDX-License-Identifier: MIT
#include "cadena/nn/composed_cells.h"

#include <algorithm>
#include <iterator>

#include "cadena/autograd/ops.h"
#include "cadena/kernels/rows.h"
#include "cadena/nn/init.h"

namespace cadena {
namespace {

constexpr ComposedCellInfo every_cell[] = {
    {"gru_before", 3, make_gru_before},
    {"lstm_layer_norm", 4, make_lstm_layer_norm},
    {"gru_layer_norm", 3, make_gru_layer_norm},
    {"lstm_projected", 10, make_lstm_projected},
    {"lstm_fgr", 13, make_lstm_fgr},
    {"depth_gated", 4, make_depth_gated},
    {"clockwork", 1, make_clockwork},
    {"mlstm", 0, make_mlstm},
};

}  // namespace

std::span<const ComposedCellInfo> composed_cells() { return every_cell; }

const ComposedCellInfo* find_composed_cell(std::string_view name) {
  const auto* const found = std::ranges::find(every_cell, name, &ComposedCellInfo::name);
  return found == std::end(every_cell) ? nullptr : found;
}

RecurrentWeights gate_weights(int64_t gates, const ComposedOptions& options, int64_t seen,
                              Rng& rng) {
  const int64_t h = options.hidden;
  RecurrentWeights w{.input = glorot_parameter({gates * h, options.input}, rng),
                     .recurrent = Tensor::parameter({gates * h, seen}),
                     .input_bias = Tensor::parameter({gates * h}),
                     .recurrent_bias = Tensor::parameter({gates * h})};
  const Tensor orthogonal = orthogonal_parameter(gates, h, rng);
  kernels::copy_columns(gates * h, seen, orthogonal.data(), h, w.recurrent.data(), seen);
  return w;
}

void visit_gates(Visitor& v, const std::string& suffix, RecurrentWeights& weights) {
  v("weight_ih" + suffix, weights.input);
  v("weight_hh" + suffix, weights.recurrent);
  v("bias_ih" + suffix, weights.input_bias);
  v("bias_hh" + suffix, weights.recurrent_bias);
}

MemoryBiases lstm_memory_biases(const Tensor& biases) {
  const std::span<float> all = biases.values();
  const size_t h = all.size() / 4;
  return {.keep = all.subspan(h, h), .write = all.first(h), .starts_open = true};
}

MemoryBiases gru_memory_biases(const Tensor& biases) {
  const std::span<float> all = biases.values();
  const size_t h = all.size() / 3;
  return {.keep = all.subspan(h, h), .write = {}};
}

LstmGates lstm_gates(const Tensor& sums) {
  const int64_t h = sums.cols() / 4;
  return {sigmoid(columns(sums, 0, h)), sigmoid(columns(sums, h, h)), tanh(columns(sums, 2 * h, h)),
          sigmoid(columns(sums, 3 * h, h))};
}

Tensor lstm_memory(const LstmGates& gates, const Tensor& c) {
  return add(multiply(gates.f, c), multiply(gates.i, gates.g));
}

}  // namespace cadena
