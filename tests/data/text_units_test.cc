// SPDX-License-Identifier: MIT
#include "cadena/data/text_units.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cadena/base/error.h"

namespace cadena {
namespace {

using namespace std::string_literals;

using Lines = std::vector<std::string>;

const char* const kinds[] = {"character", "word", "subword"};
const Lines poem{"la luna vino a la fragua", "con su polisón de nardos", "", "el niño la mira mira",
                 "el niño la está mirando"};

std::vector<int32_t> encoded(const TextUnits& units, std::string_view line) {
  std::vector<int32_t> ids;
  units.encode(line, ids);
  return ids;
}

std::string decoded(const TextUnits& units, const std::vector<int32_t>& ids) {
  std::string text;
  for (size_t i = 0; i < ids.size(); ++i) text += units.decode(ids[i], i == 0);
  return text;
}

std::string round_trip(const TextUnits& units, std::string_view line) {
  return decoded(units, encoded(units, line));
}

TEST(TextUnits, LinesComeBack) {
  for (const char* kind : kinds)
    for (int merges : {0, 3, 4000}) {
      const TextUnits units({.unit = kind, .merges = merges}, poem);
      for (const std::string& line : poem) EXPECT_EQ(round_trip(units, line), line) << kind;
    }
}

TEST(TextUnits, CharactersAreCodePointsBlanksToo) {
  const Lines text{" a\t 🙂ñ", "e\u0301\r a  "};
  const TextUnits units({}, text);
  EXPECT_EQ(encoded(units, text[0]).size(), 6u);
  for (const std::string& line : text) EXPECT_EQ(round_trip(units, line), line);
  EXPECT_EQ(units.size(), 2 + 8) << "<unk>, the end of line, a blank, a, tab, 🙂, ñ, e, ´, CR";
}

TEST(TextUnits, WordsStandBetweenBlanks) {
  const TextUnits units({.unit = "word"}, Lines{"  uno,\tdos  (tres) ", "uno, \t "});
  EXPECT_EQ(units.size(), 2 + 3);
  EXPECT_EQ(encoded(units, "  uno,\tdos  (tres) ").size(), 3u);
  EXPECT_EQ(round_trip(units, "  uno,\tdos  (tres) "), "uno, dos (tres)");
  EXPECT_EQ(encoded(units, " \t "), std::vector<int32_t>());
  EXPECT_EQ(encoded(units, "uno"), std::vector<int32_t>{Vocabulary::unknown}) << "a comma less";
}

TEST(TextUnits, SubwordsJoinWhatIsFrequent) {
  const TextUnits units({.unit = "subword"}, Lines(50, "casa casas"));
  EXPECT_EQ(encoded(units, "casa casas").size(), 2u);
  EXPECT_EQ(round_trip(units, "  casas \t casa"), "casas casa");
  const TextUnits letters({.unit = "subword", .merges = 0}, Lines(50, "casa casas"));
  EXPECT_EQ(letters.size(), 2 + 4) << "a blank and three letters";
  EXPECT_EQ(encoded(letters, "casa casas").size(), 11u);
  EXPECT_EQ(letters.merges_text(), "");
}

// Pieces in the middle of a line start with a blank where a word does.
TEST(TextUnits, SubwordsAreWrittenOneByOne) {
  const TextUnits units({.unit = "subword", .merges = 0}, Lines{"ab b"});
  const std::vector<int32_t> ids = encoded(units, "ab b");
  ASSERT_EQ(ids.size(), 5u);
  EXPECT_EQ(units.decode(ids[0], true), "");
  EXPECT_EQ(units.decode(ids[0], false), " ");
  EXPECT_EQ(units.decode(ids[1], true), "a");
  EXPECT_EQ(units.decode(ids[1], false), "a");
}

TEST(TextUnits, WhatIsNotKnownIsUnknown) {
  const TextUnits characters({}, poem);
  EXPECT_EQ(encoded(characters, "z"), std::vector<int32_t>{Vocabulary::unknown});
  EXPECT_EQ(encoded(characters, "\xff"), std::vector<int32_t>{Vocabulary::unknown});
  EXPECT_EQ(round_trip(characters, "luz"), "lu<unk>");
  const TextUnits words({.unit = "word"}, poem);
  EXPECT_EQ(round_trip(words, "la lunas vino"), "la <unk> vino");
  EXPECT_EQ(encoded(words, "<unk>"), std::vector<int32_t>{Vocabulary::unknown});
  const TextUnits subwords({.unit = "subword"}, poem);
  EXPECT_EQ(round_trip(subwords, "la luz"), "la lu<unk>");
}

TEST(TextUnits, MinCount) {
  const TextUnits words({.unit = "word", .min_count = 2}, poem);
  EXPECT_EQ(round_trip(words, poem[0]), "la <unk> <unk> <unk> la <unk>");
  EXPECT_EQ(round_trip(words, poem[3]), "el niño la mira mira");
  EXPECT_EQ(words.size(), 2 + 4);
  const TextUnits none({.unit = "word", .min_count = 100}, poem);
  EXPECT_EQ(none.size(), 2) << "an end of line is always known";
  EXPECT_NE(none.line_end(), Vocabulary::unknown);
}

TEST(TextUnits, MaxUnits) {
  const TextUnits words({.unit = "word", .max_units = 3}, poem);
  EXPECT_EQ(words.size(), 1 + 3) << "the end of line (5), la (4), el (2)";
  EXPECT_EQ(round_trip(words, poem[4]), "el <unk> la <unk> <unk>");
  EXPECT_NE(words.line_end(), Vocabulary::unknown);
}

TEST(TextUnits, TheEndOfALineIsAUnit) {
  for (const char* kind : kinds) {
    const TextUnits units({.unit = kind}, poem);
    EXPECT_NE(units.line_end(), Vocabulary::unknown);
    for (bool first : {true, false}) EXPECT_EQ(units.decode(units.line_end(), first), "\n");
    for (const std::string& line : poem)
      EXPECT_EQ(std::ranges::count(encoded(units, line), units.line_end()), 0);
    EXPECT_EQ(encoded(units, ""), std::vector<int32_t>());
  }
  EXPECT_EQ(TextUnits({}, Lines{}).size(), 2) << "no text";
}

TEST(TextUnits, EncodeAdds) {
  const TextUnits units({}, poem);
  std::vector<int32_t> ids{7};
  units.encode("la", ids);
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(ids[0], 7);
}

TEST(TextUnits, BackFromTexts) {
  const Lines strange{"\\n \\ \\t <unk> ▁ ▁a", "🙂 \u00a0 a\rb"};
  for (const char* kind : kinds)
    for (const Lines& lines : {poem, strange, Lines{}}) {
      const TextUnits before({.unit = kind}, lines);
      const TextUnits after(kind, before.vocabulary_text(), before.merges_text());
      EXPECT_EQ(after.vocabulary_text(), before.vocabulary_text());
      EXPECT_EQ(after.merges_text(), before.merges_text());
      EXPECT_EQ(after.line_end(), before.line_end());
      for (const std::string& line : lines) {
        EXPECT_EQ(encoded(after, line), encoded(before, line)) << kind;
        EXPECT_EQ(round_trip(after, line), round_trip(before, line)) << kind;
      }
    }
}

TEST(TextUnits, TheOrderOfLinesDoesNotMatter) {
  const Lines reversed(poem.rbegin(), poem.rend());
  for (const char* kind : kinds) {
    const TextUnits one({.unit = kind, .merges = 20}, poem),
        other({.unit = kind, .merges = 20}, reversed);
    EXPECT_EQ(one.vocabulary_text(), other.vocabulary_text());
    EXPECT_EQ(one.merges_text(), other.merges_text());
  }
}

TEST(TextUnits, DamagedTextsAreRefused) {
  const TextUnits units({.unit = "subword", .merges = 5}, poem);
  const std::string vocabulary = units.vocabulary_text(), merges = units.merges_text();
  EXPECT_NO_THROW(TextUnits("subword", vocabulary, merges));
  for (const std::string& text :
       {""s, "\n"s, vocabulary.substr(1), vocabulary + "x", vocabulary + "x\t1\nx\t1\n",
        vocabulary + "x\ty\n", vocabulary + "\t1\n", vocabulary + "\\x\t1\n",
        vocabulary + "\xff\t1\n", "<unk>\t1\n"s, "<unk>\t1\na\t2\n"s})
    EXPECT_THROW(TextUnits("subword", text, merges), Error) << text;
  for (const std::string& text :
       {"\n"s, "ab"s, "ab c\n"s, merges + merges, merges + "\xff a\n", merges + "a ▁\n"})
    EXPECT_THROW(TextUnits("subword", vocabulary, text), Error) << text;
}

}  // namespace
}  // namespace cadena
