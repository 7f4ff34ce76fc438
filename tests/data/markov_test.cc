// SPDX-License-Identifier: MIT
#include "cadena/data/markov.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cadena/base/error.h"

namespace cadena {
namespace {

using Values = std::vector<double>;

/// Rows of random distributions; some probabilities are 0.
Values random_rows(size_t rows, size_t columns, Rng& rng) {
  Values values;
  for (size_t row = 0; row < rows; ++row) {
    double sum = 0;
    for (size_t column = 0; column < columns; ++column) {
      values.push_back(column > 0 && rng.below(5) == 0 ? 0 : 0.01 + rng.uniform());
      sum += values.back();
    }
    for (size_t column = 0; column < columns; ++column) values[row * columns + column] /= sum;
  }
  return values;
}

struct Parameters {
  size_t states, symbols;
  Values initial, transition, emission;

  Parameters(size_t K, size_t M, Rng& rng)
      : states(K),
        symbols(M),
        initial(random_rows(1, K, rng)),
        transition(random_rows(K, K, rng)),
        emission(random_rows(K, M, rng)) {}

  /// p(state t | symbols) of every step, as a sum over all paths of states.
  Values over_all_paths(std::span<const int> seen) const {
    Values rows(seen.size() * states);
    const auto paths = static_cast<size_t>(std::pow(states, seen.size()) + 0.5);
    double all = 0;
    for (size_t path = 0; path < paths; ++path) {
      std::vector<size_t> k;
      for (size_t t = 0, rest = path; t < seen.size(); ++t, rest /= states)
        k.push_back(rest % states);
      double p = initial[k[0]];
      for (size_t t = 0; t < seen.size(); ++t) {
        if (t > 0) p *= transition[k[t - 1] * states + k[t]];
        p *= emission[k[t] * symbols + static_cast<size_t>(seen[t])];
      }
      all += p;
      for (size_t t = 0; t < seen.size(); ++t) rows[t * states + k[t]] += p;
    }
    for (double& value : rows) value /= all;
    return rows;
  }
};

TEST(HiddenMarkov, AgreesWithAllPaths) {
  Rng rng(1);
  for (size_t K : {1u, 2u, 3u, 4u})
    for (int length = 1; length <= 6; ++length)
      for (int repeat = 0; repeat < 5; ++repeat) {
        const Parameters p(K, 3, rng);
        const HiddenMarkov source(p.initial, p.transition, p.emission);
        const std::vector<int> seen = source.draw(length, rng).symbols;
        const Values filtered = source.filter(seen), smoothed = source.smooth(seen),
                     wanted = p.over_all_paths(seen);
        ASSERT_EQ(filtered.size(), wanted.size());
        ASSERT_EQ(smoothed.size(), wanted.size());
        for (size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(smoothed[i], wanted[i], 1e-12);
        for (size_t t = 0; t < seen.size(); ++t) {
          const Values until = p.over_all_paths(std::span(seen).first(t + 1));
          for (size_t k = 0; k < K; ++k) EXPECT_NEAR(filtered[t * K + k], until[t * K + k], 1e-12);
        }
      }
}

TEST(HiddenMarkov, LongSequencesDoNotUnderflow) {
  Rng rng(2);
  const Parameters p(3, 40, rng);
  const HiddenMarkov source(p.initial, p.transition, p.emission);
  const std::vector<int> seen = source.draw(5000, rng).symbols;
  for (const Values& rows : {source.filter(seen), source.smooth(seen)})
    for (size_t t = 0; t < seen.size(); ++t)
      EXPECT_NEAR(rows[3 * t] + rows[3 * t + 1] + rows[3 * t + 2], 1, 1e-12);
}

TEST(HiddenMarkov, DrawsWithItsProbabilities) {
  const Values initial{0, 1}, transition{0.9, 0.1, 0.3, 0.7}, emission{0.5, 0.5, 0, 0, 0.2, 0.8};
  const HiddenMarkov source(initial, transition, emission);
  Rng rng(3);
  constexpr size_t length = 100000;
  const auto [states, symbols] = source.draw(length, rng);
  ASSERT_EQ(states.size(), length);
  ASSERT_EQ(symbols.size(), length);
  EXPECT_EQ(states[0], 1);
  Values visits(2), moves(4), emissions(6);
  for (size_t t = 0; t + 1 < length; ++t) {
    const auto k = static_cast<size_t>(states[t]);
    ++visits[k];
    ++moves[2 * k + static_cast<size_t>(states[t + 1])];
    ++emissions[3 * k + static_cast<size_t>(symbols[t])];
  }
  for (size_t i = 0; i < moves.size(); ++i)
    EXPECT_NEAR(moves[i] / visits[i / 2], transition[i], 0.01);
  for (size_t i = 0; i < emissions.size(); ++i)
    EXPECT_NEAR(emissions[i] / visits[i / 3], emission[i], 0.01);
  EXPECT_EQ(emissions[2] + emissions[3], 0);
}

TEST(HiddenMarkov, Errors) {
  const Values half{0.5, 0.5}, one{1, 0, 0, 1};
  EXPECT_THROW(HiddenMarkov({}, {}, {}), Error);
  EXPECT_THROW(HiddenMarkov(half, half, one), Error);
  EXPECT_THROW(HiddenMarkov(half, one, {1, 0, 1}), Error);
  EXPECT_THROW(HiddenMarkov(half, one, {}), Error);
  EXPECT_THROW(HiddenMarkov({0.5, 0.4}, one, one), Error);
  EXPECT_THROW(HiddenMarkov(half, {1.5, -0.5, 0, 1}, one), Error);
  EXPECT_THROW(HiddenMarkov(half, one, {std::nan(""), 0.5, 0, 1}), Error);

  const HiddenMarkov source({1, 0}, one, one);  // stays in state 0 and emits symbol 0
  Rng rng(4);
  EXPECT_THROW(source.draw(-1, rng), Error);
  EXPECT_TRUE(source.draw(0, rng).states.empty());
  EXPECT_TRUE(source.smooth({}).empty());
  for (int symbol : {-1, 1, 2}) {
    const std::vector<int> seen{0, symbol};
    EXPECT_THROW(source.filter(seen), Error);
    EXPECT_THROW(source.smooth(seen), Error);
  }
}

}  // namespace
}  // namespace cadena
