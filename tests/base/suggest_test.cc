// SPDX-License-Identifier: MIT
#include "cadena/base/suggest.h"

#include <gtest/gtest.h>

#include <vector>

namespace cadena {
namespace {

const std::vector<std::string> known = {"model.cell",   "model.hidden",    "model.layers",
                                        "train.epochs", "train.rate",      "train.batch_rows",
                                        "--overwrite",  "--learning-rate", "seed"};

TEST(Suggest, FindsTheNearest) {
  EXPECT_EQ(nearest("hiden", known), "model.hidden");
  EXPECT_EQ(nearest("model.hidden", known), "model.hidden");
  EXPECT_EQ(nearest("modle.hiddn", known), "model.hidden");
  EXPECT_EQ(nearest("encoder.hidden", known), "model.hidden");
  EXPECT_EQ(nearest("ovewrite", std::vector<std::string>{"overwrite"}), "overwrite");
  EXPECT_EQ(nearest("sede", known), "seed");
}

TEST(Suggest, IgnoresCaseAndDashes) {
  EXPECT_EQ(nearest("Train.Batch-Rows", known), "train.batch_rows");
  EXPECT_EQ(nearest("--LEARNING_RATE", known), "--learning-rate");
}

TEST(Suggest, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest("zebra", known), std::nullopt);
  EXPECT_EQ(nearest("", known), std::nullopt);
  EXPECT_EQ(nearest(".", known), std::nullopt);
  EXPECT_EQ(nearest("x", known), std::nullopt);
  EXPECT_EQ(nearest("hidden", {}), std::nullopt);
  EXPECT_EQ(nearest(std::string(1'000'000, 'h'), known), std::nullopt);
}

TEST(Suggest, ASwapIsOneEdit) {
  // One swap from "ab.xy", two changes from "ab.yz".
  EXPECT_EQ(nearest("ab.yx", std::vector<std::string>{"ab.zz", "ab.xy"}), "ab.xy");
}

TEST(Suggest, TheFirstOfEqualsWins) {
  EXPECT_EQ(nearest("rat", std::vector<std::string>{"rate", "rats"}), "rate");
  EXPECT_EQ(nearest("rat", std::vector<std::string>{"rats", "rate"}), "rats");
}

TEST(Suggest, JoinsWords) {
  EXPECT_EQ(joined(std::vector<std::string>{"a", "b", "c"}), "a, b, c");
  EXPECT_EQ(joined(std::vector<std::string>{"a", "b"}, "; "), "a; b");
  EXPECT_EQ(joined({}), "");
}

}  // namespace
}  // namespace cadena
