// SPDX-License-Identifier: MIT
#include "cadena/data/parallel_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>

#include "cadena/base/rng.h"
#include "tests/support/checkout.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

using Items = std::vector<std::tuple<std::string, std::string, int64_t>>;
using Lines = std::vector<std::string>;

Items items(const std::vector<TextPair>& pairs) {
  Items items;
  for (const TextPair& pair : pairs) items.emplace_back(pair.source, pair.target, pair.line);
  return items;
}

Items read(const std::string& text) {
  const Scratch folder;
  return items(read_pairs({folder.write("t.tsv", text)}).pairs);
}

Items read(const std::string& sources, const std::string& targets) {
  const Scratch folder;
  return items(read_pairs({folder.write("s", sources), folder.write("t", targets)}).pairs);
}

/// "FILE:LINE: MESSAGE" of each fault, the folder left out.
Lines faults(const std::function<ParallelText(const OnFault&)>& reading, Items* found = nullptr) {
  Lines all;
  const auto keep = [&](const Error& error) {
    EXPECT_NE(error.hint(), "") << error.what();
    std::string message = error.message();
    if (const size_t at = message.find("/"); at != message.npos)
      message.erase(at, message.rfind('/') + 1 - at);
    all.push_back(std::filesystem::path(error.place().file).filename().string() + ":" +
                  std::to_string(error.place().line) + ": " + message);
  };
  try {
    const ParallelText text = reading(keep);
    if (found) *found = items(text.pairs);
  } catch (const Error& error) {
    keep(error);
  }
  return all;
}

Lines faults(const std::string& text, Items* found = nullptr) {
  const Scratch folder;
  return faults([&](const OnFault& keep) { return read_pairs({folder.write("s", text)}, keep); },
                found);
}

Lines faults(const std::string& sources, const std::string& targets, Items* found = nullptr) {
  const Scratch folder;
  return faults(
      [&](const OnFault& keep) {
        return read_pairs({folder.write("s", sources), folder.write("t", targets)}, keep);
      },
      found);
}

TEST(ParallelText, Tables) {
  EXPECT_EQ(read("\xef\xbb\xbfGo.\tVe.\r\n \t \n\n Hi there \t\u3000Hola\u00a0  \tCC-BY #1 \t#2\n"
                 "No end\tSin fin"),
            (Items{{"Go.", "Ve.", 1}, {"Hi there", "Hola", 4}, {"No end", "Sin fin", 5}}));
}

TEST(ParallelText, TwoFiles) {
  EXPECT_EQ(read("one\n\n two\tb \n", "uno\r\n \r\ndos"),
            (Items{{"one", "uno", 1}, {"two\tb", "dos", 3}}));
}

TEST(ParallelText, FaultsOfTables) {
  EXPECT_EQ(faults("one\n"), (Lines{"s:1: no tab: \"one\"", "s:0: no pair of texts in it"}));
  EXPECT_EQ(faults("a\tb\none uno\n"), Lines{"s:2: no tab: \"one uno\""});
  EXPECT_EQ(faults("a\tb\n\tuno\n"), Lines{"s:2: no source for \"uno\""});
  EXPECT_EQ(faults("a\tb\none\t \n"), Lines{"s:2: no target for \"one\""});
  EXPECT_EQ(faults("a\tb\none\t\tuno\n"), Lines{"s:2: no target for \"one\""});
  EXPECT_EQ(faults("a\tb\none\t\xf1\n"),
            Lines{"s:2: invalid UTF-8: byte 0xf1 (byte 5 of the line): \"one\\t\\xf1\""});
  EXPECT_EQ(faults(std::string("a\tb\na\0\tb\n", 9)), Lines{"s:2: NUL byte (byte 2 of the line)"});
  EXPECT_EQ(faults("a\tb\n" + std::string(2 << 20, 'x') + "\ty\n"),
            Lines{"s:2: line longer than 1048576 bytes"});
  for (const char* nothing : {"", "\n \t\n", "\t\n"})
    EXPECT_EQ(faults(nothing), Lines{"s:0: no pair of texts in it"});
  Items found;
  EXPECT_EQ(faults("a\n\tb\nc\td\n\xff\te\nf\tg", &found).size(), 3u);
  EXPECT_EQ(found, (Items{{"c", "d", 3}, {"f", "g", 5}}));
  EXPECT_THROW(read("a\tb\nc\n"), Error);
}

TEST(ParallelText, FaultsOfTwoFiles) {
  EXPECT_EQ(faults("a\nb\n", "c\nd\ne\n\n"), Lines{"s:3: 2 lines, but t has 4"});
  EXPECT_EQ(faults("a\nb\nc", "d"), Lines{"t:2: 1 lines, but s has 3"});
  EXPECT_EQ(faults("a\nb", "c\n \n"), Lines{"t:2: no target for \"b\""});
  EXPECT_EQ(faults("a\n\n", "c\nd\n"), Lines{"s:2: no source for \"d\""});
  EXPECT_EQ(faults("a\n\xff\nb\n", "c\nd\n\xff\n"),
            (Lines{"s:2: invalid UTF-8: byte 0xff (byte 1 of the line): \"\\xff\"",
                   "t:3: invalid UTF-8: byte 0xff (byte 1 of the line): \"\\xff\""}));
  EXPECT_EQ(faults("", "a\n"), (Lines{"s:1: 0 lines, but t has 1", "s:0: no pair of texts in it"}));
  EXPECT_EQ(faults("\n", "\n"), Lines{"s:0: no pair of texts in it"});
  Items found;
  faults("a\nb\nc\nd", "e\n\ng", &found);
  EXPECT_EQ(found, (Items{{"a", "e", 1}, {"c", "g", 3}}));
  EXPECT_THROW(read("a\n", "b\nc\n"), Error);
  EXPECT_THROW(read_pairs({"/nowhere/a"}), Error);
  EXPECT_THROW(read_pairs({"/dev/null", "/nowhere/b"}), Error);
  EXPECT_THROW(read_pairs({"-", "-"}), Error);
}

TEST(ParallelText, SuccessivePairsOfOneSourceAreReferences) {
  const auto texts = references_of(
      {{"a", "x", 1}, {"a", "y", 2}, {"b", "y", 3}, {"a", "x", 4}, {"A", "x", 5}, {"A", "x", 9}});
  std::vector<std::pair<std::string, Lines>> found;
  for (const TextReferences& text : texts) found.emplace_back(text.source, text.targets);
  EXPECT_EQ(found, (std::vector<std::pair<std::string, Lines>>{
                       {"a", {"x", "y"}}, {"b", {"y"}}, {"a", {"x"}}, {"A", {"x", "x"}}}));
  EXPECT_TRUE(references_of({}).empty());
}

std::vector<TextPair> made_up(int64_t count, uint32_t texts, uint64_t seed) {
  Rng rng(seed);
  std::vector<TextPair> pairs;
  for (int64_t i = 1; i <= count; ++i)
    pairs.push_back(
        {"s" + std::to_string(rng.below(texts)), "t" + std::to_string(rng.below(texts)), i});
  return pairs;
}

/// Whether no text is in both parts, and every pair in one.
void expect_apart(const PairSplit& split, size_t count) {
  std::set<std::string> seen;
  for (const TextPair& pair : split.rest) seen.insert({pair.source, pair.target});
  for (const TextPair& pair : split.held_out)
    EXPECT_FALSE(seen.contains(pair.source) || seen.contains(pair.target)) << pair.line;
  EXPECT_EQ(split.rest.size() + split.held_out.size(), count);
  for (const auto& part : {split.rest, split.held_out})
    EXPECT_TRUE(std::ranges::is_sorted(part, {}, &TextPair::line));
}

TEST(ParallelText, SplitsKeepTextsApart) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const PairSplit split = split_pairs(made_up(500, 700, seed), 0.1, seed);
    expect_apart(split, 500);
    EXPECT_LE(split.held_out.size(), 50u);
    EXPECT_GE(split.held_out.size(), 45u);
  }
  // All tied together: nothing fits.
  expect_apart(split_pairs({{"a", "x", 1}, {"b", "x", 2}, {"b", "y", 3}}, 0.5, 1), 3);
  EXPECT_TRUE(split_pairs({{"a", "x", 1}, {"b", "x", 2}, {"b", "y", 3}}, 0.5, 1).held_out.empty());
  EXPECT_EQ(split_pairs(made_up(9, 5, 1), 1, 1).rest.size(), 0u);
  EXPECT_EQ(split_pairs(made_up(9, 5, 1), 0, 1).held_out.size(), 0u);
  EXPECT_EQ(split_pairs({}, 0.1, 1).rest.size(), 0u);
}

TEST(ParallelText, SplitsDependOnPairsAndSeed) {
  std::vector<TextPair> pairs = made_up(300, 1000, 5);
  const Items held_out = items(split_pairs(pairs, 0.2, 1).held_out);
  EXPECT_NE(items(split_pairs(pairs, 0.2, 2).held_out), held_out);
  Rng rng(1);
  rng.shuffle(pairs);
  Items shuffled = items(split_pairs(pairs, 0.2, 1).held_out);
  std::ranges::sort(shuffled, {}, [](const auto& item) { return std::get<2>(item); });
  EXPECT_EQ(shuffled, held_out);
  // Written down: a change of these would change every published figure.
  EXPECT_EQ(std::get<2>(held_out.front()), 5);
  EXPECT_EQ(std::get<2>(held_out.back()), 293);
}

TEST(ParallelText, FirstWords) {
  EXPECT_EQ(first_words(" a  b\tc d ", 3), "a  b\tc");
  EXPECT_EQ(first_words(" a  b ", 9), "a  b");
  EXPECT_EQ(first_words(" a ", 0), "");
  EXPECT_EQ(first_words("  ", 2), "");
  EXPECT_EQ(mean_target_words(std::vector<TextPair>{{"a", "b", 1}, {"a", "b c d e", 2}}), 3);
  EXPECT_EQ(mean_target_words({}), 1);
}

TEST(ParallelText, ReadsCorpora) {
  const std::filesystem::path english = corpus("multi30k/val.lc.norm.tok.en"),
                              german = corpus("multi30k/val.lc.norm.tok.de");
  if (!exists(english) || !exists(german)) GTEST_SKIP() << "no " << english;
  const ParallelText text = read_pairs({english, german});
  EXPECT_EQ(text.pairs.size(), 1014u);
  EXPECT_EQ(mean_target_words(text.pairs), 13);  // 12828 words
}

}  // namespace
}  // namespace cadena
