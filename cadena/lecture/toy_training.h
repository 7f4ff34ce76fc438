// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cadena/lecture/sequence_problems.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"

namespace cadena {

struct ToyOptions {
  std::string cell = "lstm";
  int64_t hidden = 32;
  int steps = 2000;  ///< of training, each on a batch that was never seen before
  int batch = 32;    ///< sequences
  double rate = 0.005;
  RecurrentTuning tuning{};
  uint64_t seed = 1;
};

/// A recurrent layer and a linear read-out of its output.
class ToyNetwork {
 public:
  /// Errors: an unknown cell, sizes below 1.
  ToyNetwork(const SequenceProblem& problem, const ToyOptions& options, Rng& rng);

  /// Sum over what the batch asks of squared error or cross-entropy -> [1].
  Tensor loss(const ProblemBatch& batch) const;

  const Recurrent& recurrent() const { return recurrent_; }
  const Linear& readout() const { return readout_; }

  void visit(Visitor& v) {
    v("recurrent", recurrent_);
    v("readout", readout_);
  }

 private:
  Recurrent recurrent_;
  Linear readout_;
};

struct ToyResult {
  std::vector<double> steps, curve;  ///< the problem's measure while it learnt, 50 means
  double measure = 0;                ///< on 1000 sequences that were not trained on
  int64_t parameters = 0;
  double seconds = 0;
};

/// Trains with Adam, gradients clipped at a norm of 1, and a rate that falls to a twentieth. The
/// sequences of each seed are its own. Errors: as ToyNetwork, batch or steps below 1; a gradient
/// that is not finite (Fault::diverged).
ToyResult train_toy(const SequenceProblem& problem, const ToyOptions& options);
/// The same, and the network is there to look at: one made by the same seed.
ToyResult train_toy(ToyNetwork& network, const SequenceProblem& problem, const ToyOptions& options);

}  // namespace cadena
