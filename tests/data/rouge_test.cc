// SPDX-License-Identifier: MIT
#include "cadena/data/rouge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "cadena/base/error.h"
#include "cadena/base/rng.h"

namespace cadena {
namespace {

using Words = std::vector<std::string>;

RougeResult rouge(const std::string& output, const std::string& reference) {
  Rouge score;
  score.add(output, reference);
  return score.result();
}

TEST(Rouge, Words) {
  EXPECT_EQ(rouge_words("The U.S. isn't 3.5%  OK_go\n"),
            (Words{"the", "u", "s", "isn", "t", "3", "5", "ok", "go"}));
  EXPECT_EQ(rouge_words("¡Ñandú! Cafe\u0301—ΣΟΦΌΣ"), (Words{"ñandú", "cafe\u0301", "σοφόσ"}));
  EXPECT_EQ(rouge_words(" /-"), Words{});
}

// The cases of the tests of rouge_score.
TEST(Rouge, PublishedFigures) {
  EXPECT_DOUBLE_EQ(rouge("testing", "testing one two").rouge_1, 50);
  EXPECT_DOUBLE_EQ(rouge("testing one", "testing one two").rouge_2, 200.0 / 3);
  EXPECT_DOUBLE_EQ(rouge("testing one", "testing one two").rouge_l, 80);
  EXPECT_DOUBLE_EQ(rouge("testing two", "testing one two").rouge_l, 80);
  for (const auto& [output, reference] :
       {std::pair("", "testing one"), {"w1", ""}, {"/", "w1"}, {"", ""}}) {
    const RougeResult nothing = rouge(output, reference);
    EXPECT_EQ(nothing.rouge_1 + nothing.rouge_2 + nothing.rouge_l, 0);
  }
}

TEST(Rouge, MeanOverTexts) {
  EXPECT_EQ(Rouge().report(), "ROUGE-1 0.00  ROUGE-2 0.00  ROUGE-L 0.00\n");
  Rouge score;
  score.add("The cat sat.", "the CAT sat");
  score.add("one", "two");
  EXPECT_EQ(score.report(), "ROUGE-1 50.00  ROUGE-2 50.00  ROUGE-L 50.00\n");
  EXPECT_EQ(score.result().texts, 2);
  EXPECT_EQ(score.json().find("rouge_l")->to_double(), 50);
}

// For each figure by itself, as score_multi of rouge_score.
TEST(Rouge, TheBestReferenceCounts) {
  Rouge score;
  score.add("a b c d", Words{"a b x y", "d c b a"});
  const RougeResult best = score.result();
  EXPECT_DOUBLE_EQ(best.rouge_1, 100);
  EXPECT_DOUBLE_EQ(best.rouge_2, 100.0 / 3);
  EXPECT_DOUBLE_EQ(best.rouge_l, 50);
  EXPECT_EQ(best.texts, 1);
  EXPECT_THROW(score.add("a", Words{}), Error);
}

/// By the table of all prefixes.
int64_t longest_common(const Words& a, const Words& b) {
  std::vector<std::vector<int64_t>> table(a.size() + 1, std::vector<int64_t>(b.size() + 1));
  for (size_t i = 1; i <= a.size(); ++i)
    for (size_t j = 1; j <= b.size(); ++j)
      table[i][j] = a[i - 1] == b[j - 1] ? table[i - 1][j - 1] + 1
                                         : std::max(table[i - 1][j], table[i][j - 1]);
  return table[a.size()][b.size()];
}

int64_t common_in_maps(const Words& a, const Words& b) {
  std::map<std::string, std::pair<int64_t, int64_t>> counts;
  for (const std::string& word : a) ++counts[word].first;
  for (const std::string& word : b) ++counts[word].second;
  int64_t common = 0;
  for (const auto& [word, both] : counts) common += std::min(both.first, both.second);
  return common;
}

Words pairs_of(const Words& words) {
  Words pairs;
  for (size_t i = 1; i < words.size(); ++i) pairs.push_back(words[i - 1] + " " + words[i]);
  return pairs;
}

TEST(Rouge, SameAsTablesAndMaps) {
  Rng rng(13);
  const auto f1 = [](int64_t common, const Words& a, const Words& b) {
    const double precision = static_cast<double>(common) / std::max(1.0, double(a.size())),
                 recall = static_cast<double>(common) / std::max(1.0, double(b.size()));
    return common == 0 ? 0 : 200 * precision * recall / (precision + recall);
  };
  for (int trial = 0; trial < 600; ++trial) {
    // Up to 4 blocks of 64 words, and lengths about a block.
    const uint32_t longest = trial % 3 == 0 ? 8 : 260, symbols = 2 + rng.below(12);
    Words sides[2];
    std::string texts[2];
    for (int side : {0, 1}) {
      sides[side].resize(trial % 7 == 0 ? 63 + rng.below(3) : rng.below(longest));
      for (std::string& word : sides[side]) {
        word = std::to_string(rng.below(symbols));
        texts[side] += word + " ";
      }
    }
    const auto& [a, b] = sides;
    const RougeResult result = rouge(texts[0], texts[1]);
    EXPECT_NEAR(result.rouge_1, f1(common_in_maps(a, b), a, b), 1e-9);
    EXPECT_NEAR(result.rouge_2,
                f1(common_in_maps(pairs_of(a), pairs_of(b)), pairs_of(a), pairs_of(b)), 1e-9);
    EXPECT_NEAR(result.rouge_l, f1(longest_common(a, b), a, b), 1e-9);
  }
}

}  // namespace
}  // namespace cadena
