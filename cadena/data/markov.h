// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "cadena/base/rng.h"

namespace cadena {

/// A hidden Markov source of known parameters, K states and M symbols (Rabiner, 1989): what a
/// network can learn about the states that it does not see, and what nobody can.
class HiddenMarkov {
 public:
  /// `initial` [K], `transition` [K, K] and `emission` [K, M], row-major: each row a distribution.
  /// Errors: sizes that do not agree, rows that are no distributions.
  HiddenMarkov(std::vector<double> initial, std::vector<double> transition,
               std::vector<double> emission);

  struct Sample {
    std::vector<int> states, symbols;
  };
  /// Errors: a length below 0.
  Sample draw(int length, Rng& rng) const;

  /// [T, K]: p(state t | symbols 0 ... t), by the forward algorithm. Errors: a symbol that is none,
  /// symbols that the source cannot emit.
  std::vector<double> filter(std::span<const int> symbols) const;
  /// [T, K]: p(state t | all symbols), by the forward-backward algorithm. Errors: as of filter.
  std::vector<double> smooth(std::span<const int> symbols) const;

  int states() const { return static_cast<int>(states_); }
  int symbols() const { return static_cast<int>(symbols_); }

 private:
  double emitted(size_t state, int symbol) const {
    return emission_[state * symbols_ + static_cast<size_t>(symbol)];
  }

  std::vector<double> initial_, transition_, emission_;
  size_t states_, symbols_;
};

}  // namespace cadena
