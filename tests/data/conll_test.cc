// SPDX-License-Identifier: MIT
#include "cadena/data/conll.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cadena/base/error.h"
#include "cadena/data/tags.h"
#include "tests/data/corpus.h"

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
