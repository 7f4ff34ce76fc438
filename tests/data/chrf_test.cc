// SPDX-License-Identifier: MIT
#include "cadena/data/chrf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/base/rng.h"

namespace cadena {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

double chrf(const Pairs& pairs) {
  Chrf score;
  for (const auto& [output, reference] : pairs) score.add(output, reference);
  return score.score();
}

// Figures of the tests of sacreBLEU that do not depend on beta, and of the card of chrF at Hugging
// Face, which sacreBLEU counted.
TEST(Chrf, PublishedFigures) {
  EXPECT_DOUBLE_EQ(chrf({{"a", "a"}}), 100);
  EXPECT_DOUBLE_EQ(chrf({{"", "reference"}}), 0);
  EXPECT_DOUBLE_EQ(chrf({{"", "c"}}), 0);
  EXPECT_DOUBLE_EQ(chrf({{"a b c", "abc"}}), 100);
  EXPECT_DOUBLE_EQ(chrf({{"a", "a"}, {"b", "c"}}), 50);
  EXPECT_DOUBLE_EQ(chrf({{"aa", "ab"}}), 25);
  EXPECT_NEAR(chrf({{"The relationship between cats and dogs is not exactly friendly.",
                     "The relationship between dogs and cats is not exactly friendly."},
                    {"a good bookshop is just a genteel black hole that knows how to read.",
                     "A good bookshop is just a genteel Black Hole that knows how to read."}}),
              84.64214891738334, 1e-11);
}

TEST(Chrf, HandCase) {
  // 1-grams: 3 of 4 and of 3; 2-grams 1 of 3 and of 2; 3-grams 0 of 2 and of 1; a 4-gram of the
  // output that no reference can have.
  const double precision = (3.0 / 4 + 1.0 / 3 + 0) / 3, recall = (1 + 1.0 / 2 + 0) / 3;
  EXPECT_NEAR(chrf({{"ñ axb", "ñ\u00a0a\tb"}}), 500 * precision * recall / (4 * precision + recall),
              1e-12);
  // Nor does it count in a corpus whose other reference is long enough.
  EXPECT_DOUBLE_EQ(chrf({{"abcdef", "abcdef"}, {"aa", "a"}}),
                   500 * ((7.0 / 8 + 5) / 6) / (4 * ((7.0 / 8 + 5) / 6) + 1));
  EXPECT_EQ(chrf({}), 0);
  EXPECT_EQ(chrf({{" ", " "}}), 0);
  EXPECT_EQ(Chrf().report(),
            "chrF2|nrefs:0|case:mixed|eff:yes|nc:6|nw:0|space:no|version:cadena-1 = 0.00\n");
  EXPECT_EQ(Chrf().json().find("score")->to_double(), 0);
}

using Texts = std::vector<std::string>;

// Of several references one counts, chosen for each output by itself.
TEST(Chrf, TheBestReferenceCounts) {
  const std::vector<std::pair<std::string, Texts>> corpus = {
      {"the dog", {"a cat", "the dog", "the dogs"}},
      {"abc", {"abd", "bca"}},
      {"x", {"y"}},
      {"x", {"a long way", "no"}}};
  Chrf score;
  Pairs chosen;
  for (const auto& [output, references] : corpus) {
    score.add(output, references);
    chosen.emplace_back(output, *std::ranges::max_element(references, {}, [&](const auto& one) {
                          return chrf({{output, one}});
                        }));
  }
  EXPECT_EQ(chosen[0].second, "the dog");
  EXPECT_EQ(chosen[3].second, "a long way") << "of equals the first";
  EXPECT_EQ(score.score(), chrf(chosen));
  EXPECT_TRUE(score.signature().starts_with("nrefs:var|")) << score.signature();
  EXPECT_THROW(score.add("a", Texts{}), Error);
}

double recounted(const Pairs& pairs) {
  double precision = 0, recall = 0, orders = 0;
  for (size_t n = 1; n <= 6; ++n) {
    double ours = 0, theirs = 0, common = 0;
    for (const auto& [output, reference] : pairs) {
      std::map<std::string, std::pair<int, int>> grams;
      for (size_t i = 0; i + n <= output.size(); ++i) ++grams[output.substr(i, n)].first;
      for (size_t i = 0; i + n <= reference.size(); ++i) ++grams[reference.substr(i, n)].second;
      for (const auto& [gram, counts] : grams) {
        if (reference.size() >= n) ours += counts.first;
        theirs += counts.second;
        common += std::min(counts.first, counts.second);
      }
    }
    if (ours == 0 || theirs == 0) continue;
    precision += common / ours;
    recall += common / theirs;
    ++orders;
  }
  if (precision == 0) return 0;
  return 500 * precision * recall / (4 * precision + recall) / orders;
}

TEST(Chrf, SameAsCountingInMaps) {
  Rng rng(12);
  const auto text = [&] {
    std::string text(rng.below(10), ' ');
    for (char& c : text) c = "abc"[rng.below(3)];
    return text;
  };
  for (int trial = 0; trial < 500; ++trial) {
    Pairs pairs(1 + rng.below(3));
    for (auto& [output, reference] : pairs) {
      output = text();
      reference = text();
    }
    EXPECT_NEAR(chrf(pairs), recounted(pairs), 1e-9);
  }
}

}  // namespace
}  // namespace cadena
