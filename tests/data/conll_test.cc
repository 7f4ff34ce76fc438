// SPDX-License-Identifier: MIT
#include "cadena/data/conll.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cadena/base/error.h"
#include "cadena/data/tags.h"
#include "tests/support/checkout.h"

namespace cadena {
namespace {

using Words = std::vector<std::string>;

const ConllColumns word_and_tag{{1, -1}};

Error error_of(std::string_view text, const ConllColumns& columns = word_and_tag) {
  try {
    parse_conll(text, "x.conll", columns);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error("none");
}

TEST(Conll, ReadsColumnsAndLines) {
  const Table table = parse_conll("El DA O\nPapa NC B-PER\n\nHabló VM O\n", "x", word_and_tag);
  ASSERT_EQ(table.sentences.size(), 2u);
  EXPECT_EQ(table.sentences[0].fields, (std::vector<Words>{{"El", "Papa"}, {"O", "B-PER"}}));
  EXPECT_EQ(table.sentences[1].lines, std::vector<int64_t>{4});
  EXPECT_EQ(table.tokens(), 3);
  const Table middle = parse_conll("El DA O\n", "x", {{2}});
  EXPECT_EQ(middle.sentences[0].fields, (std::vector<Words>{{"DA"}}));
}

TEST(Conll, ForgivesForm) {
  // Mark, CRLF, blanks, several empty lines, a document start, tabs and spaces, no final newline.
  const Table table = parse_conll(
      "\xef\xbb\xbf-DOCSTART- -X- O\r\n\r\n\r\na  b   O\r\n \t \r\n\n# c\tO\n-DOCSTART-\nd e O",
      "x", word_and_tag);
  ASSERT_EQ(table.sentences.size(), 3u);
  EXPECT_EQ(table.sentences[0].fields[0], Words{"a"});
  EXPECT_EQ(table.sentences[1].fields, (std::vector<Words>{{"# c"}, {"O"}}));
  EXPECT_EQ(table.sentences[2].fields, (std::vector<Words>{{"d"}, {"O"}}));
  EXPECT_EQ(table.sentences[2].lines, std::vector<int64_t>{9});
}

TEST(Conll, CommentsWhereTabsPart) {
  const std::string text =
      "\xef\xbb\xbf# licence\r\n\n-DOCSTART-\n#\n# a\nEl\tDA\n# within\nsol\tNC\n#\tFz\n\n# end\n";
  const Table table = parse_conll(text, "x", word_and_tag);
  ASSERT_EQ(table.sentences.size(), 1u);
  EXPECT_EQ(table.sentences[0].fields,
            (std::vector<Words>{{"El", "sol", "#"}, {"DA", "NC", "Fz"}}));
  EXPECT_EQ(table.sentences[0].lines, (std::vector<int64_t>{6, 8, 9}));
  EXPECT_STREQ(error_of("# a b\nEl\tDA\n# c\nsol\n").what(),
               "x.conll:4: expected at least 2 columns, found 1: \"sol\"");
  EXPECT_EQ(error_of("# a\n# \xf1\nEl\tDA\n").place().line, 2);
}

TEST(Conll, HashSignsAreTokensWhereSpacesPart) {
  const Table table = parse_conll("# Fz\n#a X\n\n# b\nEl DA\n# Fz\nsol\tNC\n", "x", word_and_tag);
  ASSERT_EQ(table.sentences.size(), 2u);
  EXPECT_EQ(table.sentences[0].fields, (std::vector<Words>{{"#", "#a"}, {"Fz", "X"}}));
  EXPECT_EQ(table.sentences[0].lines, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(table.sentences[1].fields,
            (std::vector<Words>{{"#", "El", "#", "sol"}, {"b", "DA", "Fz", "NC"}}));
  EXPECT_EQ(table.sentences[1].lines, (std::vector<int64_t>{4, 5, 6, 7}));
  EXPECT_EQ(parse_conll("#\n# a\n\n#", "x", {{1}}).tokens(), 3);
  EXPECT_STREQ(error_of("#\nEl DA\n").what(),
               "x.conll:1: expected at least 2 columns, found 1: \"#\"");
}

TEST(Conll, HashSignsAreHeldBackWithinABound) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "# a\n";
  EXPECT_EQ(parse_conll(text + "El\tDA\n", "x", word_and_tag).tokens(), 1);
  while (text.size() <= size_t{1} << 20) text += "# a\n";
  const int64_t lines = static_cast<int64_t>(text.size() / 4);
  EXPECT_EQ(parse_conll(text + "El\tDA\n# a\n", "x", word_and_tag).tokens(), lines + 2);
}

TEST(Conll, RangesAndEmptyNodesOfConllU) {
  const std::string rest = "\tl\tNOUN\t_\t_\t0\troot\t_\t_\n";
  const Table table = parse_conll("# c\n1-2\tdel" + rest + "1\tde" + rest + "2\tel" + rest +
                                      "8.1\tx" + rest + "3.\ty" + rest + "-4\tz" + rest,
                                  "x", {{2, 4}});
  ASSERT_EQ(table.sentences.size(), 1u);
  EXPECT_EQ(table.sentences[0].fields[0], (Words{"de", "el", "y", "z"}));
  EXPECT_EQ(table.sentences[0].lines, (std::vector<int64_t>{3, 4, 6, 7}));
  for (const char* other :
       {"1-2\ta\n", "1-2 a 3 4 5 6 7 8 9 a\n", "1-2\t2\t3\t4\t5\t6\t7\t8\t9\t10\ta\n"})
    EXPECT_EQ(parse_conll(other, "x", word_and_tag).sentences[0].fields[0], Words{"1-2"});
}

TEST(Conll, ErrorsSayWhere) {
  EXPECT_STREQ(error_of("a O\nMadrid\n").what(),
               "x.conll:2: expected at least 2 columns, found 1: \"Madrid\"");
  EXPECT_STREQ(error_of("a\t\tO\n", {{2}}).what(), "x.conll:1: column 2 is empty");
  EXPECT_STREQ(error_of("a O\n\nEspa\xf1"
                        "a O\n")
                   .what(),
               "x.conll:3: invalid UTF-8: byte 0xf1 (byte 5 of the line): \"Espa\\xf1a O\"");
  EXPECT_NE(error_of("\xf1 O\n").hint().find("iconv"), std::string::npos);
  EXPECT_STREQ(error_of(std::string_view("a\0 O\n", 5)).what(),
               "x.conll:1: NUL byte (byte 2 of the line)");
  EXPECT_STREQ(error_of("").what(), "x.conll: no sentence in it");
  EXPECT_STREQ(error_of("\n\n-DOCSTART- O\n").what(), "x.conll: no sentence in it");
  EXPECT_STREQ(error_of("a O\n", {{0}}).what(), "there is no column 0");
}

TEST(Conll, LongestLine) {
  const std::string fits = std::string(longest_line - 2, 'x') + " O";
  for (const char* end : {"", "\n", "\r\n", "\nb O\n"})
    EXPECT_NO_THROW(parse_conll(fits + end, "x", word_and_tag));
  for (const char* more : {"x", "xx", "xxxxxxxx"}) {
    const Error error = error_of(fits + more + "\nb O\n");
    EXPECT_STREQ(error.what(), "x.conll:1: line longer than 1048576 bytes");
  }
}

TEST(Conll, ReaderStreams) {
  std::istringstream in("a O\n\nb O\nc O\n");
  ConllReader reader(in, "stdin", word_and_tag);
  EXPECT_EQ(reader.next()->fields[0], Words{"a"});
  EXPECT_EQ(reader.next()->fields[0], (Words{"b", "c"}));
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.next());
}

/// What is left of a stream tells how far a reader read ahead.
TEST(Conll, ReaderWaitsForNoMoreThanTheFirstToken) {
  std::istringstream in("# c\n\n# a\n1\tO\n\n# b\n2\tO\n");
  ConllReader reader(in, "stdin", word_and_tag);
  EXPECT_EQ(reader.next()->fields[0], Words{"1"});
  EXPECT_EQ(in.tellg(), 14);
  EXPECT_EQ(reader.next()->lines, std::vector<int64_t>{7});
  EXPECT_FALSE(reader.next());
}

TEST(Conll, FilesThatCannotBeOpened) {
  const auto fault = [](const std::string& path) {
    try {
      read_conll(path, word_and_tag);
    } catch (const Error& error) {
      EXPECT_FALSE(error.hint().empty());
      return std::pair(error.fault(), error.message());
    }
    return std::pair(Fault::limit, std::string());
  };
  EXPECT_EQ(fault("/nowhere/at.all"), std::pair(Fault::input, std::string("no such file")));
  EXPECT_EQ(fault("/tmp").first, Fault::input);
  if (geteuid() == 0) return;  // root may read everything
  const std::string path = testing::TempDir() + "cadena_forbidden.conll";
  std::ofstream(path) << "a O\n";
  std::filesystem::permissions(path, std::filesystem::perms::none);
  EXPECT_EQ(fault(path).first, Fault::environment);
  std::filesystem::remove(path);
}

TEST(Conll, CountsOfFilesWithComments) {
  const struct {
    const char* file;
    ConllColumns columns;
    size_t sentences;
    int64_t tokens;
  } cases[] = {{"ud-en-partut/en_partut-ud-train.conllu", {{2, 4}}, 1781, 43504},
               {"ud-en-partut/en_partut-ud-dev.conllu", {{2, 4}}, 156, 2722},
               {"ud-en-partut/en_partut-ud-test.conllu", {{2, 4}}, 153, 3408},
               {"ud-es-gsd-devtest/es_gsd-ud-dev.conllu", {{2, 4}}, 1400, 37154},
               {"ud-es-gsd-devtest/es_gsd-ud-test.conllu", {{2, 4}}, 427, 12002},
               {"cess-esp/cess_esp.tsv.gz", {{1, 2}}, 6030, 188803}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.file);
    const std::filesystem::path path = corpus(c.file);
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
    const Table table = read_conll(path, c.columns);
    EXPECT_EQ(table.sentences.size(), c.sentences);
    EXPECT_EQ(table.tokens(), c.tokens);
  }
}

TEST(Conll, CountsOfConll2002) {
  const std::filesystem::path folder = corpus("conll2002-es");
  if (!std::filesystem::exists(folder / "esp.train")) GTEST_SKIP() << "no " << folder;
  const struct {
    const char* file;
    size_t sentences;
    int64_t tokens;
    size_t entities;
  } cases[] = {{"esp.train", 8323, 264715, 18798}, {"esp.testa", 1915, 52923, 4352}};
  for (const auto& c : cases) {
    const Table table = read_conll(folder / c.file, word_and_tag);
    EXPECT_EQ(table.sentences.size(), c.sentences);
    EXPECT_EQ(table.tokens(), c.tokens);
    size_t found = 0;
    SchemeDetector detector;
    for (const Sentence& sentence : table.sentences) {
      found += entities(sentence.fields[1]).size();
      detector.add(sentence.fields[1]);
    }
    EXPECT_EQ(found, c.entities);
    EXPECT_EQ(detector.scheme(), Scheme::iob2);
  }
}

}  // namespace
}  // namespace cadena
