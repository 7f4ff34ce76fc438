// SPDX-License-Identifier: MIT
#include "cadena/nn/beam.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "cadena/base/error.h"
#include "cadena/base/rng.h"
#include "tests/support/threads.h"

namespace cadena {
namespace {

constexpr int32_t start = 9, end = 0;

// A model whose logits depend on the source and on all symbols so far.
struct Toy {
  int64_t symbols;
  uint64_t seed;
  std::vector<uint64_t> states{};  // of each row
  int64_t rows_read = 0;

  static uint64_t after(uint64_t state, int32_t symbol) {
    return state * 31 + static_cast<uint64_t>(symbol) + 1;
  }
  std::vector<float> logits(uint64_t state) const {
    Rng rng(seed, state);
    std::vector<float> all(static_cast<size_t>(symbols));
    for (float& value : all) value = 2 * rng.normal();
    return all;
  }
  uint64_t source(int32_t i) const { return 1000 + static_cast<uint64_t>(i); }

  // For the sources `which`.
  BeamStep step(const std::vector<int32_t>& which) {
    states.clear();
    for (int32_t i : which) states.push_back(source(i));
    return [this](std::span<const int32_t> last, std::span<const int32_t> from) {
      std::vector<uint64_t> next;
      Tensor scores(std::ssize(last), symbols);
      rows_read += std::ssize(last);
      for (size_t i = 0; i < last.size(); ++i) {
        next.push_back(after(states.at(static_cast<size_t>(from[i])), last[i]));
        std::ranges::copy(logits(next[i]), scores.data() + static_cast<int64_t>(i) * symbols);
      }
      states = next;
      return scores;
    };
  }
};

// All hypotheses of a source, best first.
struct Exhaustive {
  const Toy& toy;
  int most;
  float power;
  std::vector<Hypothesis> all{};

  Exhaustive(const Toy& model, int32_t source, int length, float alpha)
      : toy(model), most(length), power(alpha) {
    extend(Toy::after(toy.source(source), start), {}, 0);
    std::ranges::stable_sort(all, std::greater(), &Hypothesis::score);
  }
  void add(const std::vector<int32_t>& symbols, size_t length, double p) {
    const double penalty = std::pow((5.0 + static_cast<double>(length)) / 6, power);
    all.push_back({symbols, p, p / penalty});
  }
  void extend(uint64_t state, std::vector<int32_t> symbols, double p) {
    if (std::ssize(symbols) == most) return add(symbols, symbols.size(), p);
    const std::vector<float> logits = toy.logits(state);
    double sum = 0;
    for (float logit : logits) sum += std::exp(double{logit});
    for (int32_t s = 0; s < toy.symbols; ++s) {
      const double next = p + logits[static_cast<size_t>(s)] - std::log(sum);
      if (s == end) {
        add(symbols, symbols.size() + 1, next);
        continue;
      }
      symbols.push_back(s);
      extend(Toy::after(state, s), symbols, next);
      symbols.pop_back();
    }
  }
};

TEST(BeamSearch, AWideBeamFindsAllThatThereIsInOrder) {
  for (const float power : {0.0f, 0.6f, 1.0f, 3.0f})
    for (uint64_t seed = 1; seed <= 10; ++seed) {
      Toy toy{.symbols = 4, .seed = seed};
      const std::vector<Hypothesis> wanted = Exhaustive(toy, 0, 4, power).all;
      ASSERT_EQ(wanted.size(), 121u);
      for (const int n_best : {1, 5, 121}) {
        const auto got = beam_search(toy.step({0}), start, end, std::vector{4},
                                     {.width = 121, .length_power = power, .n_best = n_best})[0];
        ASSERT_EQ(std::ssize(got), n_best);
        for (size_t i = 0; i < got.size(); ++i) {
          EXPECT_EQ(got[i].symbols, wanted[i].symbols);
          EXPECT_NEAR(got[i].score, wanted[i].score, 1e-5);
          EXPECT_NEAR(got[i].log_probability, wanted[i].log_probability, 1e-5);
        }
      }
    }
}

TEST(BeamSearch, ABeamOfOneIsGreedy) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Toy toy{.symbols = 6, .seed = seed};
    std::vector<int32_t> wanted;
    uint64_t state = Toy::after(toy.source(0), start);
    while (wanted.size() < 12) {
      const std::vector<float> logits = toy.logits(state);
      const auto best = static_cast<int32_t>(std::ranges::max_element(logits) - logits.begin());
      if (best == end) break;
      wanted.push_back(best);
      state = Toy::after(state, best);
    }
    const auto got = beam_search(toy.step({0}), start, end, std::vector{12}, {.width = 1});
    EXPECT_EQ(got[0][0].symbols, wanted);
  }
}

TEST(BeamSearch, ABatchGivesEachSourceWhatItGetsAlone) {
  Toy toy{.symbols = 7, .seed = 3};
  const std::vector<int32_t> sources{0, 1, 2, 3, 4, 5};
  const std::vector<int> most{5, 9, 1, 0, 12, 3};
  const BeamOptions options{.width = 3, .n_best = 2};
  const auto together = beam_search(toy.step(sources), start, end, most, options);
  ASSERT_EQ(together.size(), sources.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    const auto alone =
        beam_search(toy.step({sources[i]}), start, end, std::span(most).subspan(i, 1), options)[0];
    ASSERT_EQ(together[i].size(), alone.size());
    EXPECT_LE(alone.size(), 2u);
    for (size_t j = 0; j < alone.size(); ++j) {
      EXPECT_EQ(together[i][j].symbols, alone[j].symbols);
      EXPECT_EQ(together[i][j].score, alone[j].score);
      EXPECT_LE(std::ssize(alone[j].symbols), most[i]);
    }
  }
  EXPECT_TRUE(together[3][0].symbols.empty()) << "no symbol allowed";
}

// Logits that depend on the last symbol only.
BeamStep chain(const std::map<int32_t, std::vector<float>>& probabilities) {
  return [probabilities](std::span<const int32_t> last, std::span<const int32_t>) {
    const auto columns = std::ssize(probabilities.begin()->second);
    Tensor logits(std::ssize(last), columns);
    for (size_t i = 0; i < last.size(); ++i)
      for (int64_t j = 0; j < columns; ++j)
        logits.data()[static_cast<int64_t>(i) * columns + j] =
            std::log(probabilities.at(last[i])[static_cast<size_t>(j)]);
    return logits;
  };
}

// The end at once has the probability 0.4; "1 2" and the end 0.6 · 0.7 · 0.9 = 0.378.
TEST(BeamSearch, TheLengthPowerFavoursTheLonger) {
  const BeamStep step =
      chain({{start, {0.4f, 0.6f, 0}}, {1, {0, 0.3f, 0.7f}}, {2, {0.9f, 0.1f, 0}}});
  const auto best = [&](float power) {
    return beam_search(step, start, end, std::vector{8}, {.width = 2, .length_power = power})[0][0];
  };
  EXPECT_TRUE(best(0).symbols.empty());
  EXPECT_NEAR(best(0).log_probability, std::log(0.4), 1e-6);
  EXPECT_EQ(best(0).score, best(0).log_probability);
  EXPECT_EQ(best(1).symbols, (std::vector<int32_t>{1, 2}));
  EXPECT_NEAR(best(1).score, std::log(0.378) / (8.0 / 6), 1e-6);
}

TEST(BeamSearch, OfEqualOnesTheLowerSymbolComesFirst) {
  const BeamStep step = chain({{start, {0, 0.5f, 0.5f}}, {1, {1, 0, 0}}, {2, {1, 0, 0}}});
  const auto answers = beam_search(step, start, end, std::vector{5}, {.width = 2, .n_best = 2})[0];
  EXPECT_EQ(answers[0].symbols, std::vector<int32_t>{1});
  EXPECT_EQ(answers[1].symbols, std::vector<int32_t>{2});
  EXPECT_EQ(beam_search(step, start, end, std::vector{5}, {.width = 1})[0][0].symbols,
            std::vector<int32_t>{1});
}

TEST(BeamSearch, DoesNotDependOnTheThreadsAndStopsEarly) {
  Toy toy{.symbols = 300, .seed = 8};
  const auto answer = [&] {
    return beam_search(toy.step({0, 1, 2}), start, end, std::vector{40, 40, 40}, {.width = 4});
  };
  const ThreadScope one(1);
  const auto wanted = answer();
  EXPECT_LT(toy.rows_read, 3 * 4 * 40);
  const ThreadScope four(4);
  const auto got = answer();
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(got[i][0].symbols, wanted[i][0].symbols);
    EXPECT_EQ(got[i][0].score, wanted[i][0].score);
  }
}

TEST(BeamSearch, RefusesWhatMakesNoSense) {
  Toy toy{.symbols = 3, .seed = 1};
  const auto search = [&](const BeamOptions& options) {
    return beam_search(toy.step({0}), start, end, std::vector{4}, options);
  };
  EXPECT_THROW(search({.width = 0}), Error);
  EXPECT_THROW(search({.width = 2, .n_best = 3}), Error);
  EXPECT_THROW(search({.width = 2, .n_best = 0}), Error);
  EXPECT_THROW(search({.length_power = -1}), Error);
  const BeamStep broken = [](std::span<const int32_t> last, std::span<const int32_t>) {
    return Tensor({std::ssize(last), 2}, {std::nanf(""), 0});
  };
  EXPECT_THROW(beam_search(broken, start, end, std::vector{4}, {}), Error);
}

}  // namespace
}  // namespace cadena
