// SPDX-License-Identifier: MIT
#include "cadena/data/ngram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "cadena/base/error.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

using Ids = std::vector<int32_t>;

/// The formulas over a map of all n-grams. A symbol -1 stands before the text.
class Oracle {
 public:
  Oracle(const Ids& text, int order, int symbols) : order_(order), symbols_(symbols) {
    for (int n = 1; n <= order; ++n) {
      std::map<Ids, std::set<int>> before;
      for (int begin = 0; begin + n <= std::ssize(text); ++begin) {
        const Ids gram(text.begin() + begin, text.begin() + begin + n);
        before[gram].insert(n == order || begin == 0 ? -1 - begin : text[begin - 1]);
      }
      for (const auto& [gram, places] : before) counts_[gram] = std::ssize(places);
    }
  }

  double probability(const Ids& history, int symbol) const {
    return probability(history, symbol, std::min<int64_t>(std::ssize(history), order_ - 1));
  }

 private:
  double probability(const Ids& history, int symbol, int64_t length) const {
    if (length < 0) return 1.0 / symbols_;
    const double shorter = probability(history, symbol, length - 1);
    Ids gram(history.end() - length, history.end());
    double total = 0, followers = 0;
    for (const auto& [other, count] : counts_)
      if (std::ssize(other) == length + 1 && std::equal(gram.begin(), gram.end(), other.begin()))
        total += static_cast<double>(count), ++followers;
    if (total == 0) return shorter;
    gram.push_back(symbol);
    const double D = discount(length + 1);
    const double count = counts_.contains(gram) ? static_cast<double>(counts_.at(gram)) : 0;
    return std::max(count - D, 0.0) / total + D * followers / total * shorter;
  }

  double discount(int64_t n) const {
    double once = 0, twice = 0;
    for (const auto& [gram, count] : counts_)
      if (std::ssize(gram) == n) once += count == 1, twice += count == 2;
    return once > 0 && twice > 0 ? once / (once + 2 * twice) : 0.5;
  }

  int64_t order_;
  int symbols_;
  std::map<Ids, int64_t> counts_;
};

double sum_of_probabilities(const NgramModel& model, const Ids& history, int symbols) {
  double sum = 0;
  for (int symbol = 0; symbol < symbols; ++symbol)
    sum += std::exp(model.log_probability(history, symbol));
  return sum;
}

TEST(Ngram, AgreesWithTheFormulas) {
  Rng rng(1);
  constexpr int symbols = 6;  // the last never stands in a text
  for (int order = 1; order <= 5; ++order)
    for (int length : {0, 1, 2, 3, 7, 40, 150}) {
      const Ids text = random_ids(length, symbols - 1, rng);
      const NgramModel model(text, order, symbols);
      const Oracle oracle(text, order, symbols);
      for (int history_length = 0; history_length < 7; ++history_length) {
        const Ids history = random_ids(history_length, symbols, rng);
        for (int symbol = 0; symbol < symbols; ++symbol)
          EXPECT_NEAR(model.log_probability(history, symbol),
                      std::log(oracle.probability(history, symbol)), 1e-12);
      }
    }
}

TEST(Ngram, ProbabilitiesSumToOne) {
  Rng rng(2);
  constexpr int symbols = 50;
  Ids text(5000);
  for (int32_t& id : text) id = std::min({rng.below(49), rng.below(49), rng.below(49)});
  const NgramModel model(text, 4, symbols);
  const Ids unseen{49, 49, 49}, ending(text.end() - 3, text.end());
  EXPECT_NEAR(sum_of_probabilities(model, unseen, symbols), 1, 1e-12);
  EXPECT_NEAR(sum_of_probabilities(model, ending, symbols), 1, 1e-12);
  for (size_t i = 0; i < 100; ++i)
    EXPECT_NEAR(sum_of_probabilities(model, {text.begin(), text.begin() + i}, symbols), 1, 1e-12);
}

TEST(Ngram, CrossEntropyIsTheMean) {
  const Ids text{0, 1, 2, 0, 1, 2, 0, 1, 0, 2};
  const NgramModel model(text, 3, 3);
  double sum = 0;
  for (size_t i = 0; i < text.size(); ++i) sum -= model.log_probability({text.data(), i}, text[i]);
  EXPECT_DOUBLE_EQ(model.cross_entropy(text), sum / 10);
  EXPECT_EQ(model.cross_entropy({}), 0);
  EXPECT_DOUBLE_EQ(NgramModel({}, 3, 4).cross_entropy(text), std::log(4.0));
}

TEST(Ngram, LearnsARepeatingText) {
  Ids text;
  for (int i = 0; i < 3000; ++i) text.push_back("abacadabra"[i % 10] - 'a');
  EXPECT_LT(NgramModel(text, 5, 26).cross_entropy(text), 0.01);
}

TEST(Ngram, Errors) {
  const Ids text{0, 1, 2}, negative{-1};
  EXPECT_THROW(NgramModel(text, 0, 3), Error);
  EXPECT_THROW(NgramModel(text, NgramModel::highest_order + 1, 3), Error);
  EXPECT_THROW(NgramModel(text, 2, 0), Error);
  EXPECT_THROW(NgramModel(text, 2, 2), Error);
  EXPECT_THROW(NgramModel(negative, 2, 2), Error);
  const NgramModel model(text, NgramModel::highest_order, 3);
  EXPECT_THROW(model.log_probability({}, 3), Error);
  EXPECT_THROW(model.cross_entropy(negative), Error);
}

}  // namespace
}  // namespace cadena
