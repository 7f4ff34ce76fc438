// SPDX-License-Identifier: MIT
#include "cadena/io/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "cadena/base/error.h"

namespace cadena {
namespace {

std::string with_length(uint64_t length, const std::string& rest) {
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + rest;
}

/// A file of this header and so many bytes of values.
std::string file_of(const std::string& header, size_t bytes) {
  return with_length(header.size(), header + std::string(bytes, '\0'));
}

SafetensorsHeader parse(const std::string& file) {
  return parse_safetensors(std::as_bytes(std::span(file)));
}

std::string error_of(const std::string& file) {
  try {
    parse(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    return error.message();
  }
  return "none";
}

const std::string good =
    R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
    R"("b":{"dtype":"F32","shape":[],"data_offsets":[24,28]}})";

/// `good` with one part replaced.
std::string edited(const std::string& part, const std::string& by) {
  std::string header = good;
  EXPECT_NE(header.find(part), header.npos) << part;
  return file_of(header.replace(header.find(part), part.size(), by), 28);
}

TEST(Safetensors, Parses) {
  const SafetensorsHeader header = parse(file_of(good, 28));
  EXPECT_EQ(header.metadata, (std::map<std::string, std::string>{{"k", "v"}}));
  ASSERT_EQ(header.tensors.size(), 2U);
  EXPECT_EQ(header.tensors[0].name, "a");
  EXPECT_EQ(header.tensors[0].shape, (Shape{2, 3}));
  EXPECT_EQ(header.tensors[0].offset, static_cast<int64_t>(8 + good.size()));
  EXPECT_EQ(header.tensors[0].bytes, 24);
  EXPECT_EQ(header.tensors[1].shape, Shape{});
  EXPECT_EQ(header.tensors[1].offset, static_cast<int64_t>(8 + good.size() + 24));
  EXPECT_TRUE(parse(file_of("{}", 0)).tensors.empty());
}

TEST(Safetensors, SortsByTheValues) {
  const SafetensorsHeader header =
      parse(file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                    R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}   )",
                    8));
  EXPECT_EQ(header.tensors[0].name, "b");
  EXPECT_EQ(header.tensors[1].name, "a");
}

TEST(Safetensors, HeaderRoundTrip) {
  const std::map<std::string, std::string> metadata = {{"ñ\"\\\n", "😀"}, {"", ""}};
  const std::vector<NamedShape> tensors = {{"z.w", {3, 2}}, {"a", {}}, {"m\"", {1, 2, 3, 4}}};
  const std::string text = safetensors_header(metadata, tensors);
  EXPECT_EQ(text.size() % 8, 0U);
  const SafetensorsHeader header = parse(text + std::string(24 + 4 + 96, '\0'));
  EXPECT_EQ(header.metadata, metadata);
  ASSERT_EQ(header.tensors.size(), tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ(header.tensors[i].name, tensors[i].name);
    EXPECT_EQ(header.tensors[i].shape, tensors[i].shape);
  }
  EXPECT_EQ(safetensors_header({}, {}), with_length(8, "{}      "));
}

TEST(Safetensors, RefusesToWriteWhatItCouldNotRead) {
  using Metadata = std::map<std::string, std::string>;
  const auto header = [](const Metadata& metadata, std::vector<NamedShape> tensors) {
    return safetensors_header(metadata, tensors);
  };
  EXPECT_THROW(header({}, {{"a", {1}}, {"a", {1}}}), Error);
  EXPECT_THROW(header({}, {{"__metadata__", {1}}}), Error);
  EXPECT_THROW(header({}, {{"a", {0}}}), Error);
  EXPECT_THROW(header({}, {{"a", Shape(9, 1)}}), Error);
  EXPECT_THROW(header({}, {{"a", {int64_t{1} << 60}}, {"b", {int64_t{1} << 60}}}), Error);
  EXPECT_THROW(header({}, {{"\xff", {1}}}), Error);
  EXPECT_THROW(header({{"k", "\xff"}}, {}), Error);
  try {
    header({{"k", std::string(17 << 20, 'x')}}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::limit);
  }
}

TEST(Safetensors, BadLengths) {
  EXPECT_NE(error_of(""), "none");
  EXPECT_NE(error_of("1234567"), "none");
  EXPECT_NE(error_of(with_length(0, "")), "none");
  EXPECT_NE(error_of(with_length(1, "")), "none");
  EXPECT_NE(error_of(with_length(3, "{}")), "none");
  EXPECT_NE(error_of(with_length(UINT64_MAX, "{}")), "none");
  EXPECT_NE(error_of(with_length(UINT64_MAX - 7, "{}")), "none");
  EXPECT_NE(error_of(with_length((16 << 20) + 1, std::string((16 << 20) + 1, ' '))), "none");
  EXPECT_NE(error_of(file_of(good, 27)), "none");
  EXPECT_NE(error_of(file_of(good, 29)), "none");
  EXPECT_NE(error_of(file_of(good, 0)), "none");
  EXPECT_NE(error_of(file_of("{}", 4)), "none");
}

const std::string end_of_b = R"("data_offsets":[24,28]}})";
/// What to replace in `good`, and by what.
const std::pair<std::string, std::string> edits[] = {
    {"{\"__", " {\"__"},                       // does not start with {
    {end_of_b, R"("data_offsets":[24,28]})"},  // cut
    {end_of_b, end_of_b + "x"},
    {end_of_b, end_of_b + std::string(1, '\0')},
    {R"("b":)", R"("a":)"},  // a name twice
    {R"("b":)", R"("__metadata__":)"},
    {R"({"k":"v"})", R"({"k":"v","k":"w"})"},
    {R"({"k":"v"})", R"({"k":1})"},
    {R"({"k":"v"})", R"({"k":{"v":"w"}})"},
    {R"({"k":"v"})", R"(["k"])"},
    {R"({"k":"v"})", "{\"k\":\"\xff\"}"},
    {R"({"k":"v"})", "null"},
    {R"("F32")", R"("F16")"},
    {R"("F32")", R"("f32")"},
    {R"("F32")", "32"},
    {R"("dtype":"F32",)", ""},
    {R"("dtype":"F32",)", R"("dtype":"F32","dtype":"F32",)"},
    {R"("dtype":"F32",)", R"("dtype":"F32","extra":1,)"},
    {R"("shape":[2,3],)", ""},
    {"[2,3]", "[2,4]"},
    {"[2,3]", "[6,0]"},
    {"[2,3]", "[-2,-3]"},
    {"[2,3]", "[2.0,3]"},
    {"[2,3]", "[\"2\",3]"},
    {"[2,3]", "6"},
    {"[2,3]", "[[2,3]]"},
    {"[2,3]", "[1,1,1,1,1,1,1,2,3]"},
    {"[2,3]", "[4611686018427387904,4,6]"},  // the product wraps round to 0 and on
    {"[2,3]", "[18446744073709551615,3]"},
    {"[2,3]", "[99999999999999999999999,3]"},
    {"[0,24]", "[0,20]"},
    {"[0,24]", "[4,28]"},  // overlaps b
    {"[0,24]", "[24,0]"},
    {"[0,24]", "[-24,0]"},
    {"[0,24]", "[9223372036854775807,-9223372036854775785]"},
    {"[0,24]", "[0.0,24]"},
    {"[0,24]", "[0]"},
    {"[0,24]", "[0,24,48]"},
    {"[0,24]", "{}"},
    {"[24,28]", "[20,24]"},
    {"[24,28]", "[28,32]"},  // a gap, and past the end
    {"[24,28]", "[0,4]"},
    {R"({"dtype":"F32","shape":[],"data_offsets":[24,28]})", "[]"},
    {R"({"dtype":"F32","shape":[],"data_offsets":[24,28]})", std::string(9, '[')},
};

TEST(Safetensors, BadHeaders) {
  for (const auto& [part, by] : edits) EXPECT_NE(error_of(edited(part, by)), "none") << by;
  EXPECT_EQ(error_of(edited("F32", "BF16")),
            "safetensors: 'a' is of type BF16, only F32 and F64 are read");
  EXPECT_EQ(error_of(file_of("[]", 0)), "safetensors: the header does not start with '{'");
}

TEST(Safetensors, LimitsTheCount) {
  const auto many = [](size_t count) {
    std::string header = "{";
    for (size_t i = 0; i < count; ++i)
      header += (i ? ",\"" : "\"") + std::to_string(i) +
                R"(":{"dtype":"F32","shape":[],"data_offsets":[)" + std::to_string(4 * i) + "," +
                std::to_string(4 * i + 4) + "]}";
    return file_of(header + "}", 4 * count);
  };
  EXPECT_EQ(error_of(many(65536)), "none");
  EXPECT_EQ(error_of(many(65537)), "safetensors: more than 65536 tensors");
}

}  // namespace
}  // namespace cadena
