// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"

namespace cadena {

struct ForecasterOptions {
  std::string cell = "lstm";
  int hidden = 64;       ///< units of each layer
  int layers = 1;        ///< recurrent
  float dropout = 0.1f;  ///< of the output of each layer
  RecurrentTuning tuning{};
  bool direct = true;  ///< the past reaches the output by a linear layer too
};

/// A batch of windows.
struct ForecasterBatch {
  Layout layout;           ///< of the steps that the past is read in
  std::vector<int> order;  ///< the window of each sequence
  Tensor steps;            ///< [N, step + known]
  Tensor past;             ///< [B, past]
  Tensor known;            ///< [B, known], of the moment of the forecast
  Tensor targets;          ///< [B, outputs], or none
  Tensor above, below;  ///< [B, outputs]: the cost of a unit of target above and below the answer
};

/// All of the horizon at once, from the past of one series: recurrent layers read it step by step,
/// and a linear layer makes the answer of their last state and of what is known besides; the past
/// reaches it directly too (as in LSTNet, Lai et al., 2018), so that the recurrent layers need to
/// learn only what is not linear. A step is several values side by side (as in SegRNN, Lin et al.,
/// 2023).
class ForecasterNetwork {
 public:
  struct Sizes {
    int step, past, known, outputs;
  };
  /// No network of these options and sizes has fewer parameters.
  static int64_t least_parameters(const ForecasterOptions& options, const Sizes& sizes);

  ForecasterNetwork(const ForecasterOptions& options, const Sizes& sizes, Rng& rng);

  /// [B, outputs]; zeros before training.
  Tensor operator()(const ForecasterBatch& batch) const;
  /// Summed over the batch -> [1]: the pinball loss (Koenker and Bassett, 1978).
  Tensor loss(const ForecasterBatch& batch) const;

  void visit(Visitor& v);

 private:
  ForecasterOptions options_;
  Recurrent recurrent_;
  Tensor weight_, bias_;  // [outputs, features], [outputs]
};

}  // namespace cadena
