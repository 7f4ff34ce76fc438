// SPDX-License-Identifier: MIT
#include "cadena/data/check_pairs.h"

#include <gtest/gtest.h>

#include "cadena/base/error.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

std::string lines(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& p : problems) text += std::to_string(p.line) + ": " + p.what + "\n";
  return text;
}

const std::string table =
    "Go.\tVe.\nGo.\tVaya.\nno\tno\nGo.\tVe.\nGo.\tVe.\none two three\tuno dos tres\nx\t\nhi\n";

TEST(CheckPairs, CountsAndNotes) {
  const Scratch folder;
  const PairCheck check = check_pairs({folder.write("t", table)});
  EXPECT_EQ(check.counts.rows,
            "  pairs           6\n"
            "  sources         3 different; words: half have up to 1, 90% up to 1, 99% up to 1, "
            "the longest 3, at line 6\n"
            "  targets         4 different; words: half have up to 1, 90% up to 1, 99% up to 1, "
            "the longest 3, at line 6\n"
            "  ratio           1.00 words of target for a word of source\n");
  EXPECT_EQ(lines(check.findings.problems), "7: no target for \"x\"\n8: no tab: \"hi\"\n");
  EXPECT_EQ(lines(check.findings.notes),
            "3: source and target are equal (1 in all)\n4: same pair as before (2 in all)\n");
  const Json json = to_json("translate", check.findings, check.counts, check.overlap);
  EXPECT_EQ(json.find("pairs")->to_int(), 6);
  EXPECT_EQ(json.find("repeated")->to_int(), 2);
  EXPECT_EQ(json.find("source")->find("different")->to_int(), 3);
  EXPECT_FALSE(json.find("overlap"));
}

TEST(CheckPairs, OddLengths) {
  const Scratch folder;
  std::string text;
  for (int i = 0; i < 50; ++i) text += "a b c d e\tf g h i j\n";
  text += "a\t1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n";
  const PairCheck check = check_pairs({folder.write("t", text)});
  EXPECT_EQ(lines(check.findings.notes),
            "2: same pair as before (49 in all)\n"
            "51: 23 words of target for 1 of source, far from 1.09 for one (1 in all)\n");
}

TEST(CheckPairs, TwoFilesAndAnother) {
  const Scratch folder;
  const PairFiles here{folder.write("s", "a\nb\nc\n"), folder.write("t", "d\ne\n")};
  const PairFiles other{folder.write("other", "a\tx\na\td\nz\te\n\xff\n")};
  const PairCheck check = check_pairs(here, other);
  EXPECT_EQ(lines(check.findings.problems),
            "0: " + here.targets + ":3: 2 lines, but " + here.path + " has 3\n");
  EXPECT_EQ(check.overlap.rows, "seen here, of " + other.path +
                                    "\n  sources         1 of 2 (50.00%)\n"
                                    "  targets         2 of 3 (66.67%)\n");
}

TEST(CheckPairs, NoPair) {
  const Scratch folder;
  const PairCheck check = check_pairs({folder.write("t", "a\n")});
  EXPECT_EQ(lines(check.findings.problems), "0: no pair of texts in it\n1: no tab: \"a\"\n");
  EXPECT_EQ(check.counts.rows, "  pairs           0\n");
  EXPECT_THROW(check_pairs({folder.write("empty", "")}), Error);
  EXPECT_THROW(check_pairs({"/nowhere/t"}), Error);
}

}  // namespace
}  // namespace cadena
