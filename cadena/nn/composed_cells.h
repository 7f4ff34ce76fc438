// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cadena/autograd/recurrent.h"
#include "cadena/nn/composed_cell.h"

namespace cadena {

// The cells of composed_cells(); the equation of each stands in its file.

std::shared_ptr<ComposedCell> make_gru_before(const ComposedOptions& options, Rng& rng);
std::shared_ptr<ComposedCell> make_lstm_layer_norm(const ComposedOptions& options, Rng& rng);
std::shared_ptr<ComposedCell> make_gru_layer_norm(const ComposedOptions& options, Rng& rng);
std::shared_ptr<ComposedCell> make_lstm_projected(const ComposedOptions& options, Rng& rng);
std::shared_ptr<ComposedCell> make_lstm_fgr(const ComposedOptions& options, Rng& rng);
std::shared_ptr<ComposedCell> make_depth_gated(const ComposedOptions& options, Rng& rng);
std::shared_ptr<ComposedCell> make_mlstm(const ComposedOptions& options, Rng& rng);
/// With periods 1, 2, 4 and 8.
std::shared_ptr<ComposedCell> make_clockwork(const ComposedOptions& options, Rng& rng);
/// One module for each period, of as many units each; the last ones may be smaller, or none where
/// there are few units. Errors: no period, or one below 1.
std::shared_ptr<ComposedCell> make_clockwork(const ComposedOptions& options,
                                             std::span<const int> periods, Rng& rng);

// What they share.

/// Weights [gates·H, D], [gates·H, seen] and biases [gates·H]: seen of the H columns of orthogonal
/// matrices.
RecurrentWeights gate_weights(int64_t gates, const ComposedOptions& options, int64_t seen,
                              Rng& rng);
/// As "weight_ih", "weight_hh", "bias_ih" and "bias_hh".
void visit_gates(Visitor& v, const std::string& suffix, RecurrentWeights& weights);

/// Of the biases of an LSTM's and a GRU's gates, in PyTorch's order.
MemoryBiases lstm_memory_biases(const Tensor& biases);
MemoryBiases gru_memory_biases(const Tensor& biases);

/// The gates of an LSTM, [N, H] each.
struct LstmGates {
  Tensor i, f, g, o;
};
/// Of their sums [N, 4·H], in PyTorch's order.
LstmGates lstm_gates(const Tensor& sums);
/// f·c + i·g.
Tensor lstm_memory(const LstmGates& gates, const Tensor& c);

}  // namespace cadena
