// SPDX-License-Identifier: MIT
#include "cadena/data/tags.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cadena/base/rng.h"

namespace cadena {
namespace {

using Tags = std::vector<std::string>;

Tags split(const std::string& text) {
  std::istringstream in(text);
  Tags tags;
  for (std::string tag; in >> tag;) tags.push_back(tag);
  return tags;
}

std::string shown(const std::vector<Entity>& entities) {
  std::string text;
  for (const Entity& e : entities)
    text += e.type + std::to_string(e.begin) + "-" + std::to_string(e.end) + " ";
  return text;
}

TEST(Tags, Form) {
  for (const char* tag : {"O", "B-PER", "I-X-Y", "E-1", "S-LOC"}) EXPECT_TRUE(is_tag_form(tag));
  for (const char* tag : {"", "B", "B-", "X-PER", "o", "O-PER", "-PER", "BI-PER", "PER"})
    EXPECT_FALSE(is_tag_form(tag)) << tag;
}

TEST(Tags, EntitiesAsConlleval) {
  const struct {
    const char *tags, *expected;
  } cases[] = {
      {"", ""},
      {"O O", ""},
      {"B-P I-P O B-L", "P0-2 L3-4 "},
      {"I-P I-P O I-L", "P0-2 L3-4 "},  // may start with I-
      {"B-P B-P I-P", "P0-1 P1-3 "},
      {"B-P I-L I-L", "P0-1 L1-3 "},  // a change of type starts another
      {"I-P B-P I-P", "P0-1 P1-3 "},  // IOB1
      {"S-P S-P B-P E-P S-L", "P0-1 P1-2 P2-4 L4-5 "},
      {"B-P E-P B-P I-P E-P", "P0-2 P2-5 "},
      {"E-P E-P I-P O", "P0-1 P1-2 P2-3 "},  // IOE
      {"I-P E-P I-P", "P0-2 P2-3 "},
      {"[-P ]-P [-P O", "P0-1 P1-2 P2-3 "},
      {"B I O", "0-2 "},     // no type
      {"X-P X-P", "P0-2 "},  // an unknown prefix with a type
      {"B-P . B-P", "P0-1 P2-3 "},
      {"NOUN VERB", ""},
      {"B-P-Q I-P-Q", "P-Q0-2 "},
  };
  for (const auto& c : cases) EXPECT_EQ(shown(entities(split(c.tags))), c.expected) << c.tags;
}

TEST(Tags, WritesEachScheme) {
  const Tags tags = split("B-P I-P B-P O B-L B-P I-P I-P");
  EXPECT_EQ(convert(tags, Scheme::iob2), tags);
  EXPECT_EQ(convert(tags, Scheme::iob1), split("I-P I-P B-P O I-L I-P I-P I-P"));
  EXPECT_EQ(convert(tags, Scheme::bioes), split("B-P E-P S-P O S-L B-P I-P E-P"));
}

TEST(Tags, ConversionMends) {
  EXPECT_EQ(convert(split("O I-P I-P B-L I-P"), Scheme::iob2), split("O B-P I-P B-L B-P"));
  EXPECT_EQ(convert(split("B-P I-P O"), Scheme::bioes), split("B-P E-P O"));
}

TEST(Tags, RoundTripsAndIsLegal) {
  const Tags alphabet = split("O B-P I-P E-P S-P B-L I-L E-L S-L");
  Rng rng(1);
  for (int trial = 0; trial < 2000; ++trial) {
    Tags tags(rng.below(8));
    for (std::string& tag : tags) tag = alphabet[rng.below(9)];
    const std::vector<Entity> expected = entities(tags);
    for (Scheme scheme : {Scheme::iob1, Scheme::iob2, Scheme::bioes}) {
      const Tags written = convert(tags, scheme);
      EXPECT_EQ(entities(written), expected) << name(scheme);
      EXPECT_TRUE(tag_faults(written, scheme).empty()) << name(scheme);
    }
  }
}

TEST(Tags, DetectsTheScheme) {
  const Tags iob2 = split("B-P I-P O B-P B-L O B-L");
  EXPECT_EQ(detect_scheme(std::vector<Tags>{iob2}), Scheme::iob2);
  EXPECT_EQ(detect_scheme(std::vector<Tags>{convert(iob2, Scheme::iob1)}), Scheme::iob1);
  EXPECT_EQ(detect_scheme(std::vector<Tags>{convert(iob2, Scheme::bioes)}), Scheme::bioes);
  EXPECT_EQ(detect_scheme({}), Scheme::iob2);
  // A few faults do not change the answer.
  EXPECT_EQ(detect_scheme(std::vector<Tags>{iob2, split("O I-L"), split("S-P")}), Scheme::iob2);
}

TEST(Tags, Transitions) {
  const auto iob2 = [](auto from, auto to) { return legal_transition(Scheme::iob2, from, to); };
  EXPECT_TRUE(iob2("B-P", "I-P") && iob2("I-P", "I-P") && iob2("I-P", "B-L") && iob2("", "B-P"));
  EXPECT_TRUE(iob2("B-P", "") && iob2("O", "O") && iob2("", ""));
  EXPECT_FALSE(iob2("O", "I-P") || iob2("", "I-P") || iob2("B-L", "I-P") || iob2("O", "S-P"));
  EXPECT_FALSE(iob2("B", "O") || iob2("O", "X-P") || iob2("O", "B-"));

  const auto iob1 = [](auto from, auto to) { return legal_transition(Scheme::iob1, from, to); };
  EXPECT_TRUE(iob1("", "I-P") && iob1("I-P", "B-P") && iob1("B-P", "I-L") && iob1("I-L", ""));
  EXPECT_FALSE(iob1("", "B-P") || iob1("O", "B-P") || iob1("I-L", "B-P"));

  const auto bioes = [](auto from, auto to) { return legal_transition(Scheme::bioes, from, to); };
  EXPECT_TRUE(bioes("B-P", "E-P") && bioes("B-P", "I-P") && bioes("E-P", "S-P") &&
              bioes("S-P", ""));
  EXPECT_FALSE(bioes("B-P", "O") || bioes("I-P", "") || bioes("B-P", "E-L") || bioes("E-P", "I-P"));
  EXPECT_FALSE(bioes("B-P", "B-P") || bioes("", "E-P") || bioes("S-P", "E-P"));
}

TEST(Tags, FaultsAreNamed) {
  const auto all = [](const char* text, Scheme scheme) {
    std::string lines;
    for (const TagFault& fault : tag_faults(split(text), scheme))
      lines += std::to_string(fault.token) + ": " + fault.what + "\n";
    return lines;
  };
  EXPECT_EQ(all("I-P O I-P B-L I-P", Scheme::iob2),
            "0: I-P where no entity is open\n2: I-P after O\n4: I-P after B-L\n");
  EXPECT_EQ(all("B X-PER B- S-P", Scheme::iob2),
            "0: tag \"B\", expected O or a form like B-PER\n"
            "1: tag \"X-PER\", expected O or a form like B-PER\n"
            "2: tag \"B-\", expected O or a form like B-PER\n"
            "3: tag \"S-P\", which the scheme does not have\n");
  EXPECT_EQ(all("B-P O B-P", Scheme::bioes),
            "1: O after B-P\n2: the sentence ends after B-P, its entity not finished\n");
}

}  // namespace
}  // namespace cadena
