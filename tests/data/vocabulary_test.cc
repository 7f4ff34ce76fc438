// SPDX-License-Identifier: MIT
#include "cadena/data/vocabulary.h"

#include <gtest/gtest.h>

#include "cadena/base/error.h"

namespace cadena {
namespace {

const SymbolCounts counts = {{"de", 9}, {"la", 7}, {"el", 7}, {"Madrid", 2}, {"ñu", 1}, {"u", 1}};

std::vector<std::string> symbols(const Vocabulary& vocabulary) {
  std::vector<std::string> texts;
  for (int i = 0; i < vocabulary.size(); ++i) texts.push_back(vocabulary.text(i));
  return texts;
}

TEST(Vocabulary, OrderedByCountThenText) {
  const Vocabulary all = Vocabulary::from_counts(counts);
  EXPECT_EQ(symbols(all),
            (std::vector<std::string>{"<unk>", "de", "el", "la", "Madrid", "u", "ñu"}));
  EXPECT_EQ(all.id("la"), 3);
  EXPECT_EQ(all.count(3), 7);
  EXPECT_EQ(all.id("nunca"), Vocabulary::unknown);
  EXPECT_EQ(all.id("<unk>"), Vocabulary::unknown);
  EXPECT_EQ(all.count(0), 0);
}

TEST(Vocabulary, LimitsCountTheRestAsUnknown) {
  const Vocabulary common = Vocabulary::from_counts(counts, {.min_count = 2});
  EXPECT_EQ(common.size(), 5);
  EXPECT_EQ(common.count(0), 2);
  const Vocabulary few = Vocabulary::from_counts(counts, {.min_count = 2, .max_size = 2});
  EXPECT_EQ(symbols(few), (std::vector<std::string>{"<unk>", "de", "el"}));
  EXPECT_EQ(few.count(0), 11);
  EXPECT_EQ(Vocabulary::from_counts({{"<unk>", 5}, {"a", 1}}).count(0), 5);
}

TEST(Vocabulary, FromSymbolsKeepsTheOrder) {
  const Vocabulary tags = Vocabulary::from_symbols({"O", "B-PER"}, {5, 6});
  EXPECT_EQ(tags.id("B-PER"), 2);
  EXPECT_EQ(Vocabulary().size(), 1);
  EXPECT_THROW(Vocabulary::from_symbols({"a", "a"}, {1, 1}), Error);
  EXPECT_THROW(Vocabulary::from_symbols({"a"}, {}), Error);
  EXPECT_THROW(Vocabulary::from_symbols({""}, {1}), Error);
  EXPECT_THROW(Vocabulary::from_symbols({"<unk>"}, {1}), Error);
  EXPECT_THROW(Vocabulary::from_symbols({"a"}, {-1}), Error);
}

TEST(Vocabulary, TextRoundTrip) {
  const Vocabulary before = Vocabulary::from_counts(
      {{"\t", 4}, {"\n", 3}, {"\\n", 2}, {"\r", 2}, {" ", 2}, {"x", 1}}, {.min_count = 2});
  const std::string text = before.to_text();
  EXPECT_EQ(text, "<unk>\t1\n\\t\t4\n\\n\t3\n\\r\t2\n \t2\n\\\\n\t2\n");
  const Vocabulary after = Vocabulary::from_text(text);
  EXPECT_EQ(symbols(after), symbols(before));
  EXPECT_EQ(after.count(0), 1);
  EXPECT_EQ(after.id("\\n"), before.id("\\n"));
}

TEST(Vocabulary, HostileText) {
  const std::string first = "<unk>\t0\n";
  for (const std::string& text :
       {std::string(), std::string("a\t1\n"), std::string("<unk>\t-1\n"), first + "a\n",
        first + "a\t\n", first + "a\t1x\n", first + "a\t-1\n", first + "a\t99999999999999999999\n",
        first + "a\t1\t2\n", first + "\t1\n", first + "\n", first + "a\t1\na\t1\n",
        first + "<unk>\t1\n", first + "a\\\t1\n", first + "a\\x\t1\n", first + "\xff\t1\n"})
    EXPECT_THROW(Vocabulary::from_text(text), Error) << text;
  try {
    Vocabulary::from_text(first + "a\t1\na\t1\n");
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "vocabulary:3: symbol \"a\" comes twice");
  }
}

}  // namespace
}  // namespace cadena
