// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/autograd/recurrent.h"
#include "cadena/base/rng.h"
#include "cadena/base/settings.h"
#include "cadena/nn/composed_cell.h"
#include "cadena/nn/visit.h"

namespace cadena {

/// What keeps a network from learning its examples by heart, beside dropout, and with which weights
/// it starts. Without weights on the last h the first two do nothing.
struct RecurrentTuning {
  float weight_drop = 0;   ///< share of the recurrent weights dropped (Merity et al., 2018)
  float unit_drop = 0;     ///< share of units whose last h no gate sees, the same at all steps (Gal
                           ///< and Ghahramani, 2016) and in all sequences of a batch
  float zoneout = 0;       ///< share of states that stay as they were, anew at each step (Krueger
                           ///< et al., 2017)
  float forget_bias = 1;   ///< first bias of the gate that keeps memory, of cells that want it
                           ///< open (Jozefowicz et al., 2015); others ignore it
  int longest_memory = 0;  ///< T: biases for memories of 1 to T steps instead (chrono
                           ///< initialisation: Tallec and Ollivier, 2018); 0: not so

  /// Under "model.".
  void add_to(Settings& settings);
};

struct RecurrentOptions {
  std::string cell = "lstm";  // one of recurrent_cells()
  int64_t input = 0;          // columns of the input
  int64_t hidden = 0;         // units of each direction
  int64_t layers = 1;
  bool bidirectional = false;
  float dropout = 0;  // between layers, one mask per sequence
  RecurrentTuning tuning{};
};

/// No network of these options has fewer parameters. Errors: an unknown cell.
int64_t least_parameters(const RecurrentOptions& options);

/// Names of all cells: those of cells/all.inl and the composed ones.
std::vector<std::string> recurrent_cells();

/// Whether longest_memory can be had of it: a gate keeps its memory when it is open. Errors: an
/// unknown cell.
bool has_memory_gate(std::string_view cell);

/// The memory of a recurrent network between two calls: for each layer, for each state of the cell,
/// a matrix [B, directions·H] (of a composed cell [B, directions·columns]). A value: copy it to
/// branch.
struct State {
  std::vector<std::vector<Tensor>> layers;
};

/// Stacked recurrent layers, each in one or both directions. Parameters have PyTorch's names and
/// shapes.
class Recurrent {
 public:
  /// Errors: an unknown cell, sizes below 1; longest_memory where no gate keeps memory; zoneout
  /// where a state cannot stay in part.
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
  /// Weights [layer][direction]; none of a composed cell.
  const std::vector<std::vector<RecurrentWeights>>& layers() const { return layers_; }
  /// The same as inference takes them: with what stays by zoneout, in the mean.
  std::vector<RecurrentWeights> for_inference(size_t layer) const {
    return weights_of_pass(layer, 1);
  }
  bool composed() const { return !composed_.empty(); }
  int64_t outputs() const { return directions() * states_[0].columns; }

  void visit(Visitor& v);

 private:
  int64_t directions() const { return options_.bidirectional ? 2 : 1; }
  Result run(const Tensor& x, const Layout& layout, const State* initial) const;
  std::vector<RecurrentWeights> weights_of_pass(size_t layer, int64_t rows) const;
  Tensor stay_of_pass(int64_t rows) const;
  RecurrentOutput run_steps(size_t layer, int network, const Tensor& x, const Layout& layout,
                            std::span<const Tensor> initial, std::vector<Tensor>& below) const;

  RecurrentOptions options_;
  std::vector<ComposedCell::StateOf> states_;
  std::vector<std::vector<RecurrentWeights>> layers_;                   // [layer][direction]
  std::vector<std::vector<std::shared_ptr<ComposedCell>>> composed_{};  // instead
};

}  // namespace cadena
