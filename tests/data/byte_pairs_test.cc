// SPDX-License-Identifier: MIT
#include "cadena/data/byte_pairs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/rng.h"

namespace cadena {
namespace {

using Strings = std::vector<std::string>;
using Pair = std::pair<std::string, std::string>;

const std::string mark = "\u2581";

// ---- the same by brute force, for words of ASCII

Strings characters(const std::string& word) {
  Strings symbols = {mark};
  for (char c : word) symbols.emplace_back(1, c);
  return symbols;
}

void join(const Pair& pair, Strings& symbols) {
  Strings joined;
  for (size_t i = 0; i < symbols.size(); ++i) {
    joined.push_back(symbols[i]);
    if (symbols[i] != pair.first || i + 1 == symbols.size() || symbols[i + 1] != pair.second)
      continue;
    joined.back() += symbols[++i];
  }
  symbols = joined;
}

std::vector<Pair> naive_merges(const SymbolCounts& words, size_t most) {
  std::vector<std::pair<Strings, int64_t>> all;
  for (const auto& [word, count] : words) all.emplace_back(characters(word), count);
  std::vector<Pair> merges;
  while (merges.size() < most) {
    std::map<Pair, int64_t> counts;
    for (const auto& [symbols, count] : all)
      for (size_t i = 1; i < symbols.size(); ++i) counts[{symbols[i - 1], symbols[i]}] += count;
    const auto best = std::ranges::max_element(counts, {}, &std::pair<const Pair, int64_t>::second);
    if (best == counts.end() || best->second < 2) break;
    for (auto& [symbols, count] : all) join(best->first, symbols);
    if (std::ranges::find(merges, best->first) == merges.end()) merges.push_back(best->first);
  }
  return merges;
}

Strings naive_pieces(const std::vector<Pair>& merges, const std::string& word) {
  Strings symbols = characters(word);
  for (;;) {
    const auto applies = [&](const Pair& pair) {
      for (size_t i = 1; i < symbols.size(); ++i)
        if (symbols[i - 1] == pair.first && symbols[i] == pair.second) return true;
      return false;
    };
    const auto first = std::ranges::find_if(merges, applies);
    if (first == merges.end()) return symbols;
    join(*first, symbols);
  }
}

std::string text_of(const std::vector<Pair>& merges) {
  std::string text;
  for (const auto& [left, right] : merges) text += left + " " + right + "\n";
  return text;
}

std::string random_word(Rng& rng, uint32_t letters, uint32_t longest) {
  std::string word(1 + rng.below(longest), 'a');
  for (char& c : word) c = static_cast<char>('a' + rng.below(letters));
  return word;
}

TEST(BytePairs, AgreesWithBruteForce) {
  Rng rng(3);
  for (int round = 0; round < 300; ++round) {
    const uint32_t letters = 1 + rng.below(4);
    SymbolCounts words;
    for (uint32_t i = 0; i < 1 + rng.below(20); ++i)
      words[random_word(rng, letters, 12)] += 1 + rng.below(5);
    const int most = static_cast<int>(rng.below(40));
    const std::vector<Pair> merges = naive_merges(words, static_cast<size_t>(most));
    const BytePairs pairs = BytePairs::learn(words, most);
    ASSERT_EQ(pairs.to_text(), text_of(merges)) << round;
    for (int i = 0; i < 20; ++i) {
      const std::string word = random_word(rng, letters + 1, 30);
      ASSERT_EQ(pairs.pieces(word), naive_pieces(merges, word)) << round << ": " << word;
    }
  }
}

TEST(BytePairs, AgreesWithBruteForceForAnyMerges) {
  // No learner makes these: what a merge makes is often the left of one before it.
  Rng rng(4);
  for (int round = 0; round < 300; ++round) {
    std::vector<Pair> merges;
    Strings symbols = {"a", "b", "c"};
    for (int i = 0; i < 30; ++i) {
      const auto any = [&] { return symbols[rng.below(static_cast<uint32_t>(symbols.size()))]; };
      const Pair pair{any(), any()};
      if (pair.first.size() + pair.second.size() > 6) continue;
      if (std::ranges::find(merges, pair) != merges.end()) continue;
      merges.push_back(pair);
      symbols.push_back(pair.first + pair.second);
    }
    const BytePairs pairs = BytePairs::from_text(text_of(merges));
    for (int i = 0; i < 20; ++i) {
      const std::string word = random_word(rng, 3, 40);
      ASSERT_EQ(pairs.pieces(word), naive_pieces(merges, word)) << text_of(merges) << word;
    }
  }
}

TEST(BytePairs, LearnsTheExampleOfThePaper) {
  // Sennrich et al., algorithm 1, there with a mark at the end of a word.
  const BytePairs pairs =
      BytePairs::learn({{"low", 5}, {"lower", 2}, {"newest", 6}, {"widest", 3}}, 3);
  EXPECT_EQ(pairs.to_text(), "e s\nes t\nl o\n");
  EXPECT_EQ(pairs.pieces("lowest"), (Strings{mark, "lo", "w", "est"}));
}

TEST(BytePairs, GivesTheTextBack) {
  const BytePairs pairs = BytePairs::learn({{"año", 3}, {"niño", 3}, {"日本", 2}}, 100);
  EXPECT_EQ(pairs.pieces("año niños"), (Strings{mark + "año", mark + "niño", "s"}));
  for (const char* text : {"", "año", "niñoaño 日本日本 año", "a b\u00a0c", "🇪🇸é e\u0301 x"}) {
    EXPECT_EQ(BytePairs::joined(pairs.pieces(text)), text);
    EXPECT_EQ(BytePairs::joined(BytePairs().pieces(text)), text);
  }
  const auto back = [&](std::string_view text) { return BytePairs::joined(pairs.pieces(text)); };
  EXPECT_EQ(back(" \t año \r\n\v\fniño  "), "año niño");
  EXPECT_EQ(back("a\u2581 \u2581"), "a_ _");
  EXPECT_EQ(back("a\xf1\xff"), "a\ufffd\ufffd");
  EXPECT_EQ(BytePairs::joined(Strings{"o", mark, mark + "a"}), "o  a");
}

TEST(BytePairs, LearnsWithinWords) {
  const BytePairs pairs = BytePairs::learn({{"ab ab", 1}, {" ab\tc", 1}, {"", 9}}, 100);
  EXPECT_EQ(pairs.to_text(), "a b\n" + mark + " ab\n");
  EXPECT_EQ(BytePairs::learn({{"xy", 1}}, 100).merges(), 0);
  EXPECT_EQ(BytePairs::learn({{"xy", 2}}, 0).merges(), 0);
  EXPECT_EQ(BytePairs::learn({{"xy", -2}}, 9).merges(), 0);
}

TEST(BytePairs, TextForm) {
  const BytePairs pairs = BytePairs::learn({{"año", 3}, {"años", 2}, {"sano", 2}}, 100);
  const BytePairs same = BytePairs::from_text(pairs.to_text());
  EXPECT_EQ(same.to_text(), pairs.to_text());
  EXPECT_EQ(same.pieces("un año sano"), pairs.pieces("un año sano"));
  EXPECT_EQ(BytePairs::from_text("").merges(), 0);
  EXPECT_EQ(BytePairs::from_text("a b\nab c").pieces("abc"), (Strings{mark, "abc"}));
}

TEST(BytePairs, RefusesHostileText) {
  const auto fault = [](std::string_view text) {
    try {
      BytePairs::from_text(text);
    } catch (const Error& error) {
      EXPECT_NE(error.hint(), "");
      return std::to_string(error.place().line) + ": " + error.message();
    }
    return std::string("none");
  };
  EXPECT_EQ(fault("a b\n\n"), "2: no pair: \"\"");
  EXPECT_EQ(fault("a\n"), "1: no pair: \"a\"");
  EXPECT_EQ(fault("a b\na b\n"), "2: a merge that comes twice: \"a b\"");
  EXPECT_EQ(fault("a \xf1\n"), "1: invalid UTF-8: \"a \\xf1\"");
  for (const char* line : {"a ", " a", "a  b", "a b c", "ab c", "a bc", "a \t", "a \u2581"})
    EXPECT_TRUE(fault(line).starts_with("1: a merge of no symbols: ")) << line;
}

TEST(BytePairs, LongWordsAndManyMerges) {
  Rng rng(5);
  const std::string longest = std::string(1 << 20, 'a') + random_word(rng, 3, 1000);
  const BytePairs pairs = BytePairs::learn({{longest, 1}}, 3000);
  EXPECT_EQ(BytePairs::joined(pairs.pieces(longest)), longest);
  SymbolCounts words;
  for (int i = 0; i < 20'000; ++i) words[random_word(rng, 20, 12)] += 2;
  EXPECT_EQ(BytePairs::learn(words, 10'000).merges(), 10'000);
}

}  // namespace
}  // namespace cadena
