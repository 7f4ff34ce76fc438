// SPDX-License-Identifier: MIT
#include "cadena/data/check.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cadena/base/error.h"
#include "tests/support/checkout.h"

namespace cadena {
namespace {

std::string write(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "cadena_check_" + name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::string lines(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& p : problems) text += std::to_string(p.line) + ": " + p.what + "\n";
  return text;
}

const std::string clean =
    "Ana B-PER\nGil I-PER\nvive O\n\nen O\nMadrid B-LOC\n. O\n\nAna B-PER\nvive O\n";

TEST(Check, CountsACleanFile) {
  const DataReport report = check_data(write("clean", clean));
  EXPECT_EQ(report.sentences, 3);
  EXPECT_EQ(report.tokens, 8);
  EXPECT_EQ(report.longest_sentence, 3);
  EXPECT_EQ(report.longest_sentence_line, 1);
  EXPECT_EQ(report.word_types, 6);
  EXPECT_EQ(report.singletons, 4);
  EXPECT_EQ(report.scheme, Scheme::iob2);
  EXPECT_EQ(report.entities, (std::map<std::string, int64_t>{{"LOC", 1}, {"PER", 2}}));
  EXPECT_EQ(report.tags.at("O"), 4);
  EXPECT_TRUE(report.problems.empty() && report.notes.empty());
  EXPECT_FALSE(report.overlap);
}

TEST(Check, ReadsFaultyFilesToTheEnd) {
  std::string text =
      "\xef\xbb\xbf"
      "Ana B-PER\r\nMadrid\nEspa\xf1"
      "a O\n\n\nGil\tI-PER\na b O\nx B\nAna B-PER\n\nAna B-PER\n\nsin O\n";
  text += '\0';
  text += "y O\n" + std::string(2 << 20, 'z') + "\nfin O";
  const DataReport report = check_data(write("faulty", text));
  EXPECT_EQ(lines(report.problems),
            "2: expected at least 2 columns, found 1: \"Madrid\"\n"
            "3: invalid UTF-8: byte 0xf1 (byte 5 of the line): \"Espa\\xf1a O\"\n"
            "6: columns parted by tabs, but in line 1 by spaces\n"
            "6: I-PER where no entity is open\n"
            "7: 3 columns, but line 1 has 2\n"
            "8: tag \"B\", expected O or a form like B-PER\n"
            "14: NUL byte (byte 1 of the line)\n"
            "15: line longer than 1048576 bytes\n");
  EXPECT_EQ(lines(report.notes),
            "0: 1 lines end with CR LF\n"
            "1: byte order mark at the start of the file\n"
            "5: empty line after an empty line\n"
            "11: same sentence as at line 1\n");
  EXPECT_EQ(report.sentences, 4);
  EXPECT_EQ(report.tokens, 8);
}

TEST(Check, EmptyFileAndPlainLabels) {
  EXPECT_EQ(lines(check_data(write("empty", "")).problems), "0: no sentence in it\n");
  const DataReport labels = check_data(write("labels", "el DET\nsol NOUN\n"));
  EXPECT_FALSE(labels.scheme);
  EXPECT_TRUE(labels.problems.empty());
  EXPECT_EQ(lines(labels.notes), "0: the last column holds no entity tags\n");
  EXPECT_THROW(check_data("/nowhere/x.conll"), Error);
}

TEST(Check, ReadsCommentsAsTheReaderDoes) {
  const std::string rest = "\t_\tX\t_\t_\t_\t_\t_\t_\n";
  const DataReport conllu = check_data(
      write("conllu", "# c\r\n# \xf1\n1-2\tdel" + rest + "1\tde" + rest + "# c\n2\tel\n\n# c\n\n"),
      {}, {.word = 2, .tag = 4});
  EXPECT_EQ(conllu.tokens, 1);
  EXPECT_EQ(conllu.longest_sentence_line, 4);
  EXPECT_EQ(lines(conllu.problems),
            "2: invalid UTF-8: byte 0xf1 (byte 3 of the line): \"# \\xf1\"\n"
            "6: expected at least 4 columns, found 2: \"2\"\n");
  EXPECT_EQ(lines(conllu.notes), "0: 1 lines end with CR LF\n0: column 4 holds no entity tags\n");

  const DataReport spaces = check_data(write("signs", "# O\r\n#\n"));
  EXPECT_EQ(spaces.tokens, 1);
  EXPECT_EQ(lines(spaces.problems), "2: expected at least 2 columns, found 1: \"#\"\n");
  EXPECT_EQ(lines(spaces.notes).find("CR LF"), lines(spaces.notes).rfind("CR LF"));
}

TEST(Check, WritesDownNoMoreThanAnybodyReads) {
  const std::string path = write("blank", "a O\n" + std::string(300'000, '\n'));
  EXPECT_EQ(check_data(path).notes.size(), Findings::most);
}

TEST(Check, ALineWithoutAnEndIsRefused) { EXPECT_THROW(check_data("/dev/zero"), Error); }

TEST(Check, OverlapAndText) {
  const std::string other =
      write("other", "Ana B-PER\nvive O\n\nen O\nMadrid B-LOC\n\nLugo B-LOC\nI-LOC I-LOC\n");
  const DataReport report = check_data(write("clean", clean), other);
  ASSERT_TRUE(report.overlap);
  EXPECT_EQ(report.overlap->sentences, 3);
  EXPECT_EQ(report.overlap->shared_sentences, 1);
  EXPECT_EQ(report.overlap->names, 3);
  EXPECT_EQ(report.overlap->shared_names, 2);
  EXPECT_EQ(report.overlap->words, 6);
  EXPECT_EQ(report.overlap->shared_words, 4);
  const std::string text = to_text(report, 10);
  EXPECT_NE(text.find("entities        LOC 1, PER 2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("sentences       1 of 3 (33.33%)\n"), std::string::npos) << text;
}

TEST(Check, ColumnsAndTheUnknownTag) {
  const std::string path = write("columns", "DET el _\nNOUN sol B-X\nVERB sale I-Y\nADV ya _\n");
  const DataReport report = check_data(path, {}, {.word = 2, .tag = 3, .unknown_tag = "_"});
  EXPECT_EQ(report.scheme, Scheme::iob2);
  EXPECT_EQ(report.unknown_tags, 2);
  EXPECT_EQ(report.tags, (std::map<std::string, int64_t>{{"B-X", 1}, {"I-Y", 1}}));
  EXPECT_EQ(lines(report.problems), "3: I-Y after B-X\n");
  EXPECT_NE(to_text(report, 0).find("unknown tags    2 of 4 tokens\n"), std::string::npos);
  EXPECT_EQ(to_json("tag", report).find("unknown_tags")->to_int(), 2);

  const DataReport classes = check_data(path, {}, {.word = -2, .tag = 1});
  EXPECT_EQ(classes.word_types, 4);
  EXPECT_EQ(lines(classes.notes), "0: column 1 holds no entity tags\n");
  EXPECT_FALSE(to_json("tag", classes).find("unknown_tags"));
  EXPECT_THROW(check_data(path, {}, {.word = 0}), Error);
}

TEST(Check, Json) {
  const std::string path = write("json", "a B-X\nb\n");
  const Json json = to_json("tag", check_data(path, path));
  const std::string expected =
      R"({"schema_version":1,"task":"tag","file":"FILE","sentences":1,"tokens":1,)"
      R"("longest_sentence":1,"longest_sentence_line":1,"word_types":1,"singletons":1,)"
      R"("scheme":"IOB2","entities":{"X":1},"tags":{"B-X":1},)"
      R"("problems":[{"line":2,"what":"expected at least 2 columns, found 1: \"b\""}],)"
      R"("notes":[],"overlap":{"file":"FILE","sentences":1,"shared_sentences":1,"names":1,)"
      R"("shared_names":1,"words":1,"shared_words":1}})";
  std::string found = json.dump();
  for (size_t at; (at = found.find(path)) != std::string::npos;)
    found.replace(at, path.size(), "FILE");
  EXPECT_EQ(found, expected);
}

TEST(Check, ARowOfCountsIsLimited) {
  std::map<std::string, int64_t> counts;
  for (int i = 0; i < 103; ++i) counts[std::to_string(i)] = 1;
  Tally tally;
  tally.counts("tags", counts);
  EXPECT_TRUE(tally.rows.ends_with(", ... and 3 more\n")) << tally.rows;
  EXPECT_EQ(tally.members.find("tags")->members().size(), 103u);
}

TEST(Check, TextIsLimited) {
  const DataReport report = check_data(write("limit", "a B-X\nb\nc\nd\n"));
  const std::string text = to_text(report, 2);
  EXPECT_NE(text.find("limit:2: expected"), std::string::npos) << text;
  EXPECT_NE(text.find("problems: 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("... and 1 more\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("\"d\""), std::string::npos) << text;
}

TEST(Check, Conll2002) {
  const std::filesystem::path folder = corpus("conll2002-es");
  if (!std::filesystem::exists(folder / "esp.train")) GTEST_SKIP() << "no " << folder;
  const DataReport report = check_data(folder / "esp.train", folder / "esp.testa");
  EXPECT_EQ(report.longest_sentence, 1238);
  EXPECT_EQ(report.word_types, 26099);
  EXPECT_EQ(report.scheme, Scheme::iob2);
  EXPECT_EQ(report.entities, (std::map<std::string, int64_t>{
                                 {"LOC", 4914}, {"MISC", 2173}, {"ORG", 7390}, {"PER", 4321}}));
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].line, 221619);
  EXPECT_EQ(report.problems[0].what, "I-LOC where no entity is open");
  EXPECT_EQ(report.overlap->sentences, 1915);
}

}  // namespace
}  // namespace cadena
