// SPDX-License-Identifier: MIT
#include "cadena/base/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "cadena/base/error.h"
#include "cadena/base/rng.h"

namespace cadena {
namespace {

std::string error_of(std::string_view text, JsonLimits limits = {}) {
  try {
    Json::parse(text, limits);
  } catch (const Error& error) {
    return error.message();
  }
  return "none";
}

TEST(Json, BuildsAndDumps) {
  Json json =
      Json::object({{"f1", 0.8}, {"types", Json::array({"PER", "LOC"})}, {"none", nullptr}});
  json.push("count", 3);
  json.push("ok", true);
  EXPECT_EQ(json.dump(), R"({"f1":0.8,"types":["PER","LOC"],"none":null,"count":3,"ok":true})");
  EXPECT_EQ(Json::object({{"a", Json::array({1, Json::object()})}, {"b", "x"}}).dump(2),
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x\"\n}");
  EXPECT_EQ(Json().dump(), "null");
}

TEST(Json, NumbersReadBackEqual) {
  const int64_t whole[] = {0, -1, 1'000'000'000'000'000'000, INT64_MAX, INT64_MIN};
  for (int64_t value : whole) {
    EXPECT_EQ(Json(value).dump(), std::to_string(value));
    EXPECT_EQ(Json::parse(Json(value).dump()), Json(value));
  }
  Rng rng(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<double>(uint64_t{rng.next()} << 32 | rng.next());
    if (!std::isfinite(value)) continue;
    const double again = Json::parse(Json(value).dump()).to_double();
    ASSERT_EQ(std::bit_cast<uint64_t>(again), std::bit_cast<uint64_t>(value)) << value;
  }
  EXPECT_EQ(Json(3.0).dump(), "3.0");
  EXPECT_EQ(Json(-0.0).dump(), "-0.0");
  EXPECT_EQ(Json(1e300).dump(), "1e+300");
  EXPECT_EQ(Json(uint64_t{1} << 63).dump(), "9223372036854775808.0");
}

TEST(Json, NumbersThatAreNotFiniteBecomeNull) {
  EXPECT_EQ(Json::array({NAN, INFINITY, -INFINITY}).dump(), "[null,null,null]");
}

TEST(Json, TextsRoundTrip) {
  const std::string text("\"\\/\b\f\n\r\t\x01\x7f ñ 漢 😀\0", 23);
  EXPECT_EQ(Json::parse(Json(text).dump()).to_string(), text);
  EXPECT_EQ(Json::parse(R"("\u00f1\ud83d\ude00")").to_string(), "ñ😀");
  EXPECT_THROW(Json("\xff").dump(), Error);
  EXPECT_THROW(Json::object({{"\xc3", 1}}).dump(), Error);
}

TEST(Json, ParsesInOrder) {
  const Json json = Json::parse(R"( {"z": [1, -2.5, true, null], "a": {"k": "v"}, "": ""} )");
  ASSERT_EQ(json.members().size(), 3U);
  EXPECT_EQ(json.members()[0].first, "z");
  EXPECT_EQ(json.find("z")->items()[0].to_int(), 1);
  EXPECT_EQ(json.find("z")->items()[0].to_double(), 1.0);
  EXPECT_EQ(json.find("z")->items()[1].to_double(), -2.5);
  EXPECT_TRUE(json.find("z")->items()[2].to_bool());
  EXPECT_TRUE(json.find("z")->items()[3].is_null());
  EXPECT_EQ(json.find("a")->find("k")->to_string(), "v");
  EXPECT_EQ(json.find("b"), nullptr);
  EXPECT_EQ(json.dump(), R"({"z":[1,-2.5,true,null],"a":{"k":"v"},"":""})");
}

TEST(Json, TypesAreChecked) {
  try {
    Json("x").to_int();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "JSON: expected a whole number, found a text");
  }
  EXPECT_THROW(Json(1.0).to_int(), Error);
  EXPECT_THROW(Json(1).to_bool(), Error);
  EXPECT_THROW(Json(1).items(), Error);
  EXPECT_THROW(Json::array().find("x"), Error);
}

TEST(Json, ErrorsTellThePlace) {
  EXPECT_EQ(error_of(""),
            "JSON: line 1, column 1: syntax error while parsing value - unexpected end of input; "
            "expected '[', '{', or a literal");
  EXPECT_EQ(error_of("{\n\"a\": 1,\n  ñ}").substr(0, 24), "JSON: line 3, column 3: ");
  EXPECT_EQ(error_of(R"({"a":1,"b":{"a":2},"a":3})"), R"(JSON: the key "a" is given twice)");
}

TEST(Json, RejectsWhatIsNotJson) {
  for (std::string_view text : {"{",
                                "[1,]",
                                "{\"a\" 1}",
                                "[1 2]",
                                "01",
                                "+1",
                                "1e999",
                                "-",
                                "nan",
                                "Infinity",
                                "'a'",
                                "\"a",
                                "\"\n\"",
                                "\"\\x\"",
                                "\"\\ud800\"",
                                "\"\xff\"",
                                "\"\xc0\xaf\"",
                                "\"\xed\xa0\x80\"",
                                "\"\xf5\x80\x80\x80\"",
                                "{1:2}",
                                "1 1",
                                "[1]]",
                                "/* c */ 1",
                                "tru",
                                "\xff",
                                "{,}"})
    EXPECT_NE(error_of(text), "none") << text;
  EXPECT_EQ(error_of(std::string_view("1\0{", 3)), "JSON: a zero byte");
  EXPECT_LT(error_of("[1" + std::string(100'000, 'x')).size(), 200U);
  EXPECT_LT(error_of(std::string(100'000, '9') + "e999").size(), 200U);
}

TEST(Json, LimitsDepthAndValues) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(error_of(nested(32)), "none");
  EXPECT_EQ(error_of(nested(33)), "JSON: nested deeper than 32 levels");
  EXPECT_EQ(error_of(std::string(1'000'000, '[')), "JSON: nested deeper than 32 levels");
  EXPECT_EQ(error_of("[1,2,3]", {.max_values = 4}), "none");
  EXPECT_EQ(error_of("[1,2,3,4]", {.max_values = 4}), "JSON: more than 4 values");
}

}  // namespace
}  // namespace cadena
