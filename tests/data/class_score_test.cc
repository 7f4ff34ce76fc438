// SPDX-License-Identifier: MIT
#include "cadena/data/class_score.h"

#include <gtest/gtest.h>

namespace cadena {
namespace {

struct Answers {
  const char *gold, *predicted;
  int times;
};

ClassScore score_of(const std::vector<Answers>& all) {
  ClassScore score;
  for (const Answers& answers : all)
    for (int i = 0; i < answers.times; ++i) score.add(answers.gold, answers.predicted);
  return score;
}

// Precision, recall and F1: no 3/4, 3/5 and 6/9; sí 4/6, 4/5 and 8/11.
const std::vector<Answers> two_classes{
    {"no", "no", 3}, {"no", "sí", 2}, {"sí", "no", 1}, {"sí", "sí", 4}};

TEST(ClassScore, ByHand) {
  const ClassScore score = score_of(two_classes);
  EXPECT_EQ(score.items(), 10);
  EXPECT_DOUBLE_EQ(score.accuracy(), 70);
  EXPECT_DOUBLE_EQ(score.macro_f1(), 100 * (6 / 9.0 + 8 / 11.0) / 2);
}

TEST(ClassScore, AllRightOrAllWrong) {
  const ClassScore right = score_of({{"a", "a", 3}, {"b", "b", 1}});
  EXPECT_EQ(right.accuracy(), 100);
  EXPECT_EQ(right.macro_f1(), 100);
  const ClassScore wrong = score_of({{"a", "b", 3}, {"b", "a", 1}});
  EXPECT_EQ(wrong.accuracy(), 0);
  EXPECT_EQ(wrong.macro_f1(), 0);
}

// F1: a 2/3, b 2/3; "c", never right because it is no gold label, would make the mean 4/9.
TEST(ClassScore, ClassesThatAreOnlyPredictedDoNotCount) {
  const ClassScore score = score_of({{"a", "a", 1}, {"a", "c", 1}, {"b", "b", 1}, {"b", "c", 1}});
  EXPECT_DOUBLE_EQ(score.accuracy(), 50);
  EXPECT_DOUBLE_EQ(score.macro_f1(), 200 / 3.0);
}

// F1: a 2·3/7, b, never predicted, 0.
TEST(ClassScore, ClassesThatAreNeverPredictedCount) {
  EXPECT_DOUBLE_EQ(score_of({{"a", "a", 3}, {"b", "a", 1}}).macro_f1(), 300 / 7.0);
}

TEST(ClassScore, ReportOfTwoClasses) {
  EXPECT_EQ(score_of(two_classes).report(),
            "accuracy   70.00 %  (7 of 10)\n"
            "macro F1   69.70 %\n"
            "\n"
            "class  precision  recall      F1  items\n"
            "no         75.00   60.00   66.67      5\n"
            "sí         66.67   80.00   72.73      5\n"
            "\n"
            "confusion: a line for each right class, a column for each answer\n"
            "no   3   2\n"
            "sí   1   4\n");
}

TEST(ClassScore, LongLabelsAndCountsKeepTheColumns) {
  EXPECT_EQ(score_of({{"negación", "negación", 1234}, {"x", "negación", 1}}).report(),
            "accuracy   99.92 %  (1234 of 1235)\n"
            "macro F1   49.98 %\n"
            "\n"
            "class     precision  recall      F1  items\n"
            "negación      99.92  100.00   99.96   1234\n"
            "x              0.00    0.00    0.00      1\n"
            "\n"
            "confusion: a line for each right class, a column for each answer\n"
            "negación 1234    0\n"
            "x           1    0\n");
}

TEST(ClassScore, ConfusionOfAFewClassesOnly) {
  ClassScore score;
  for (int i = 0; i < 20; ++i) score.add(std::to_string(i), "0");
  EXPECT_NE(score.report().find("\nconfusion: "), std::string::npos);
  score.add("0", "one more");
  EXPECT_EQ(score.report().find("confusion"), std::string::npos);
}

TEST(ClassScore, Json) {
  EXPECT_EQ(score_of({{"a", "a", 1}, {"b", "a", 3}, {"b", "b", 1}}).json().dump(),
            R"({"items":5,"accuracy":0.4,"macro_f1":0.4,"classes":{)"
            R"("a":{"precision":0.25,"recall":1.0,"f1":0.4,"items":1},)"
            R"("b":{"precision":1.0,"recall":0.25,"f1":0.4,"items":4}},)"
            R"("confusion":[{"gold":"a","predicted":"a","items":1},)"
            R"({"gold":"b","predicted":"a","items":3},{"gold":"b","predicted":"b","items":1}]})");
}

TEST(ClassScore, Empty) {
  const ClassScore score;
  EXPECT_EQ(score.items(), 0);
  EXPECT_EQ(score.accuracy(), 0);
  EXPECT_EQ(score.macro_f1(), 0);
  EXPECT_TRUE(score.report().starts_with("accuracy    0.00 %  (0 of 0)\nmacro F1    0.00 %\n"));
  EXPECT_EQ(score.json().dump(),
            R"({"items":0,"accuracy":0.0,"macro_f1":0.0,"classes":{},"confusion":[]})");
}

}  // namespace
}  // namespace cadena
