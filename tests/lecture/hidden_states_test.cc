// SPDX-License-Identifier: MIT
// The slide "bidirectional networks": what comes after a step tells of it too. A source whose
// hidden states nobody can know for sure shows how much (examples/hidden_states.cc).
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "cadena/data/markov.h"

namespace cadena {
namespace {

struct Guesses {
  double right = 0;     ///< share of the states
  double promised = 0;  ///< the same, as the probabilities have it
  double known = 0;     ///< the same, expected by who has seen all symbols
};

/// The most probable state of each step by `rows` [T, K], held against the truth.
Guesses guess(const std::vector<double>& rows, const std::vector<double>& smoothed,
              const std::vector<int>& states, size_t K) {
  Guesses result;
  const auto length = static_cast<double>(states.size());
  for (size_t t = 0; t < states.size(); ++t) {
    const double* row = rows.data() + t * K;
    const auto best = static_cast<size_t>(std::max_element(row, row + K) - row);
    result.right += (best == static_cast<size_t>(states[t])) / length;
    result.promised += row[best] / length;
    result.known += smoothed[t * K + best] / length;
  }
  return result;
}

TEST(Lecture, D2_WhatFollowsTellsOfAStepToo) {
  const HiddenMarkov source({0.5, 0.3, 0.2}, {0.9, 0.1, 0, 0, 0.9, 0.1, 0.1, 0, 0.9},
                            {0.6, 0.2, 0.2, 0.2, 0.6, 0.2, 0.2, 0.2, 0.6});
  Rng rng(12);
  const auto [states, symbols] = source.draw(50000, rng);
  const std::vector<double> smoothed = source.smooth(symbols);
  const Guesses before = guess(source.filter(symbols), smoothed, states, 3);
  const Guesses both = guess(smoothed, smoothed, states, 3);
  EXPECT_GE(both.known, before.known) << "no choice is better, given all symbols";
  EXPECT_GT(both.right, before.right + 0.02);
  for (const Guesses& guesses : {before, both}) {
    EXPECT_NEAR(guesses.right, guesses.promised, 0.01) << "the probabilities are what they say";
    EXPECT_NEAR(guesses.right, guesses.known, 0.01);
  }
}

}  // namespace
}  // namespace cadena
