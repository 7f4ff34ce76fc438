// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cadena/autograd/recurrent.h"
#include "cadena/base/rng.h"
#include "cadena/nn/visit.h"

namespace cadena {

struct RecurrentOptions {
  std::string cell = "lstm";  // a name from cells/all.inl
  int64_t input = 0;          // columns of the input
  int64_t hidden = 0;         // units of each direction
  int64_t layers = 1;
  bool bidirectional = false;
  float dropout = 0;      // between layers, one mask per sequence
  float weight_drop = 0;  // share of the recurrent weights dropped (Merity et al., 2018)
};

/// The memory of a recurrent network between two calls: for each layer, for each state of the cell,
/// a matrix [B, directions·H]. A value: copy it to branch.
struct State {
  std::vector<std::vector<Tensor>> layers;
};

/// Stacked recurrent layers, each in one or both directions. Parameters have PyTorch's names and
/// shapes.
class Recurrent {
 public:
  /// Errors: an unknown cell, sizes below 1.
  Recurrent(const RecurrentOptions& options, Rng& rng);

  struct Result {
    Tensor output;  // [N, directions·H], of the last layer
    State last;     // after the last step of each sequence
  };

  /// A packed batch x [N, D], from zeros.
  Result operator()(const Tensor& x, const Layout& layout) const { return run(x, layout, nullptr); }
  /// From a given state. Errors: its shapes are not those of start(B).
  Result operator()(const Tensor& x, const Layout& layout, const State& initial) const {
    return run(x, layout, &initial);
  }

  /// Zeros for B sequences.
  State start(int64_t sequences = 1) const;

  /// One step of B sequences, x [B, D] -> [B, H]; `state` moves on. Errors: the network looks in
  /// both directions.
  Tensor step(const Tensor& x, State& state) const;

  const RecurrentOptions& options() const { return options_; }
  /// Weights [layer][direction].
  const std::vector<std::vector<RecurrentWeights>>& layers() const { return layers_; }
  int64_t outputs() const { return directions() * options_.hidden; }

  void visit(Visitor& v);

 private:
  int64_t directions() const { return options_.bidirectional ? 2 : 1; }
  Result run(const Tensor& x, const Layout& layout, const State* initial) const;

  RecurrentOptions options_;
  std::vector<std::vector<RecurrentWeights>> layers_;  // [layer][direction]
};

}  // namespace cadena
