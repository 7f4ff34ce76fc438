// SPDX-License-Identifier: MIT
#include "cadena/data/texts.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <tuple>

#include "tests/support/checkout.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

using Item = std::tuple<std::string, std::string, int64_t>;
using Items = std::vector<Item>;

Items items(const Texts& texts) {
  Items items;
  for (const LabelledText& item : texts.items) items.emplace_back(item.label, item.text, item.line);
  return items;
}

Items read(const std::string& text) {
  const Scratch folder;
  return items(read_texts(folder.write("in", text)));
}

/// "LINE: MESSAGE" of each fault, and the texts that were read all the same.
std::vector<std::string> faults(const std::string& text, Items* found = nullptr) {
  const Scratch folder;
  std::vector<std::string> faults;
  const auto keep = [&](const Error& error) {
    EXPECT_NE(error.hint(), "") << error.what();
    faults.push_back(std::to_string(error.place().line) + ": " + error.message());
  };
  try {
    const Texts texts = read_texts(folder.write("in", text), keep);
    if (found) *found = items(texts);
  } catch (const Error& error) {
    keep(error);
  }
  return faults;
}

std::string fault(const std::string& line, const std::string& before = "") {
  const std::vector<std::string> all = faults(before + line + "\n");
  return all.empty() ? "none" : all.front();
}

TEST(Texts, ThreeForms) {
  const Items wanted = {{"good", "a film", 2}, {"bad", "two  words", 4}};
  EXPECT_EQ(read("\n__label__good a film\n \t\n__label__bad \t two  words "), wanted);
  EXPECT_EQ(read("\r\ngood\ta film\r\n\r\nbad \t two  words \r\n"), wanted);
  EXPECT_EQ(read("\ngood a film\n\nbad  two  words\n"), wanted);
  EXPECT_EQ(read("\xef\xbb\xbfvery good\ta film\n"), (Items{{"very good", "a film", 1}}));
  EXPECT_EQ(read("__label__né\ta __label b__label__\n"),
            (Items{{"né", "a __label b__label__", 1}}));
}

TEST(Texts, FaultsSayWhere) {
  EXPECT_EQ(fault("good"), "1: no text after the label \"good\"");
  EXPECT_EQ(fault("good  "), "1: no text after the label \"good\"");
  EXPECT_EQ(fault(" a film"), "1: no label: \" a film\"");
  EXPECT_EQ(fault("\ta film"), "1: no label: \"\\ta film\"");
  EXPECT_EQ(fault("good\t "), "1: no text after the label \"good\"");
  EXPECT_EQ(fault("__label__ a"), "1: no label: \"__label__ a\"");
  EXPECT_EQ(fault("__label__a"), "1: no text after the label \"a\"");
  EXPECT_EQ(fault("__label__a __label__b c"), "1: several labels: \"__label__a __label__b c\"");
  EXPECT_EQ(fault("__label__a b __label__c"), "1: several labels: \"__label__a b __label__c\"");
  EXPECT_EQ(fault("a\tb\tc"), "1: more than one tab: \"a\\tb\\tc\"");
  EXPECT_EQ(fault("a\x01 b"), "1: control character in the label \"a\\x01\"");
  EXPECT_EQ(fault("a\xc2\x85 b"), "1: control character in the label \"a\\x85\"");
  EXPECT_EQ(fault("b\tc", "a b\n"),
            "2: expected 'LABEL TEXT' as in line 1, found 'LABEL<tab>TEXT': \"b\\tc\"");
  EXPECT_EQ(fault("b c", "\na\tb\n"),
            "3: expected 'LABEL<tab>TEXT' as in line 2, found 'LABEL TEXT': \"b c\"");
  EXPECT_EQ(fault("b\tc", "__label__a b\n"),
            "2: expected '__label__LABEL TEXT' as in line 1, found 'LABEL<tab>TEXT': \"b\\tc\"");
  EXPECT_EQ(fault("a \xf1"), "1: invalid UTF-8: byte 0xf1 (byte 3 of the line): \"a \\xf1\"");
  for (const char* nothing : {"", "\n", " \n\t\n"})
    EXPECT_EQ(faults(nothing), std::vector<std::string>{"0: no text in it"});
  EXPECT_THROW(read_texts("/nowhere/x"), Error);
}

TEST(Texts, ReadsOnAfterAFault) {
  Items found;
  EXPECT_EQ(faults("\xff\na b\nc\nd\te\nf g\n", &found).size(), 3u);
  EXPECT_EQ(found, (Items{{"a", "b", 2}, {"f", "g", 5}}));
  EXPECT_THROW(read("a b\nc\n"), Error);
}

TEST(Texts, ReadsCorpora) {
  const std::filesystem::path sst = corpus("sst/stsa.binary.train"),
                              trec = corpus("trec/TREC.train.all");
  if (!exists(sst) || !exists(trec)) GTEST_SKIP() << "no " << sst << " or " << trec;
  const Texts texts = read_texts(sst);
  EXPECT_EQ(texts.items.size(), 6920u);
  std::set<std::string> labels;
  for (const LabelledText& item : texts.items) labels.insert(item.label);
  EXPECT_EQ(labels, (std::set<std::string>{"0", "1"}));
  try {
    read_texts(trec);
    FAIL() << "Latin-1 was taken for UTF-8";
  } catch (const Error& error) {
    EXPECT_GT(error.place().line, 0);
    EXPECT_NE(error.hint().find("iconv"), std::string::npos);
  }
}

}  // namespace
}  // namespace cadena
