// SPDX-License-Identifier: MIT
#include "cadena/data/npy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "cadena/data/series.h"
#include "tests/support/refused.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

using Values = std::vector<float>;

template <class Number>
std::string bytes_of(const std::vector<Number>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number)};
}

/// A file of version 1.0 or 2.0 with this header.
std::string npy(const std::string& header, const std::string& data, char version = 1) {
  std::string file = std::string("\x93NUMPY") + version + '\0';
  const size_t length = header.size() + 1;
  for (int i = 0; i < 2 * version; ++i) file += static_cast<char>(length >> (8 * i) & 0xff);
  return file + header + '\n' + data;
}

std::string npy(const std::string& type, const std::string& shape, const std::string& data) {
  return npy("{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }  ", data);
}

NpyArray parse(const std::string& file) { return parse_npy(file, "a.npy"); }

TEST(Npy, EveryType) {
  const auto check = [](const std::string& type, const std::string& data) {
    const std::string file = npy(type, "(3,)", data);
    const NpyArray array = parse(file);
    EXPECT_EQ(array.shape, std::vector<int64_t>{3}) << type;
    EXPECT_EQ(array.floats(0, 3), (Values{1, 2, 100})) << type;
    EXPECT_EQ(array.floats(2, 1), Values{100}) << type;
    EXPECT_EQ(array.integers(), type[1] != 'f') << type;
    if (array.integers()) {
      EXPECT_EQ(array.integer(2), 100) << type;
    }
  };
  check("<f4", bytes_of<float>({1, 2, 100}));
  check("<f8", bytes_of<double>({1, 2, 100}));
  check("|i1", bytes_of<int8_t>({1, 2, 100}));
  check("|u1", bytes_of<uint8_t>({1, 2, 100}));
  check("<i2", bytes_of<int16_t>({1, 2, 100}));
  check("<i4", bytes_of<int32_t>({1, 2, 100}));
  check("<i8", bytes_of<int64_t>({1, 2, 100}));
  const int64_t big = -(int64_t{1} << 60) - 1;
  const std::string file = npy("<i8", "(1,)", bytes_of<int64_t>({big}));
  EXPECT_EQ(parse(file).integer(0), big);
}

TEST(Npy, Headers) {
  for (const char* header :
       {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }",
        "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"|u1\"}      ",
        "{ 'shape' : ( 2 , 3 , ) , 'descr' : '|u1' , 'fortran_order' : False }"})
    for (char version : {'\1', '\2'}) {
      const std::string file = npy(header, "abcdef", version);
      const NpyArray array = parse(file);
      EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 3})) << header;
      EXPECT_EQ(array.data, "abcdef");
      EXPECT_EQ(array.size(), 6);
    }
  EXPECT_EQ(parse(npy("|u1", "()", "a")).shape, std::vector<int64_t>{});
  // The two orders are one where there is one dimension.
  EXPECT_EQ(parse(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (1,)}", "a")).size(), 1);
}

TEST(Npy, Refused) {
  const std::string good = npy("|u1", "(2, 3)", "abcdef");
  const auto header = [](const std::string& text) { return npy(text, "abcdef"); };
  const std::string shape = "'fortran_order': False, 'shape': (6,)",
                    descr = "'descr': '|u1', 'fortran_order': False";
  for (const std::string& bad :
       {std::string{},
        std::string("abc"),
        good.substr(0, 8),
        good.substr(0, 40),
        good.substr(0, good.size() - 1),
        good + "x",
        npy("{}", "", 2).replace(6, 1, "\3"),
        npy("|u1", "(3, 3)", "abcdef"),
        npy("|u1", "(2, 0)", ""),
        npy("|u1", "(-1, 6)", "abcdef"),
        npy("|u1", "(9223372036854775807, 9223372036854775807)", "abcdef"),
        npy("|u1", "(4294967296, 4294967296, 4294967296, 4294967296)", "abcdef"),
        npy("|u1", "(99999999999999999999,)", "abcdef"),
        npy("|u1", "(6)", "abcdef"),
        npy("|u1", "[6]", "abcdef"),
        npy("|u1", "(2 3)", "abcdef"),
        npy("|u1", "(6L,)", "abcdef"),
        npy("|u1", "(,)", "a"),
        npy(">f4", "(1,)", "abcd"),
        npy("<f2", "(3,)", "abcdef"),
        npy("|O", "(1,)", "abcdefgh"),
        npy("<U1", "(1,)", "abcd"),
        npy("|b1", "(6,)", "abcdef"),
        npy("<f4", "(2,)", "abcdef"),
        header("{" + shape + "}"),
        header("{" + descr + "}"),
        header("{" + descr + ", " + shape + "}"),
        header("{'descr': '|u1', 'x': 1, " + shape + "}"),
        header("{'descr': [('a', '<f4')], " + shape + "}"),
        header("{'descr': |u1, " + shape + "}"),
        header("{'descr': '|u1, " + shape + "}"),
        header("{'descr': '|u1', " + shape),
        header("{'descr': '|u1', " + shape + "} x"),
        header("{'descr': '|u1' " + shape + "}"),
        header("{'descr': '|u1', 'fortran_order': 0, 'shape': (6,)}"),
        header(""),
        header("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}")})
    expect_refused(bad, {.file = "a.npy"}, [&] { parse(bad); });
}

TEST(Npy, CutAnywhere) {
  const std::string good = npy("<f4", "(2, 3)", bytes_of<float>({1, 2, 3, 4, 5, 6}));
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_THROW(parse(good.substr(0, size)), Error);
}

TEST(Npy, NotFinite) {
  for (float bad : {std::nanf(""), std::numeric_limits<float>::infinity()})
    EXPECT_EQ(parse(npy("<f4", "(2,)", bytes_of<float>({1, bad}))).floats(0, 2), std::nullopt);
  const std::string file = npy("<f8", "(2,)", bytes_of<double>({1, 1e39}));
  EXPECT_EQ(parse(file).floats(0, 2), std::nullopt);
  EXPECT_EQ(parse(file).floats(0, 1), Values{1});
}

class NpySeries : public testing::Test {
 protected:
  std::string x_ = npy("<f4", "(2, 2, 1)", bytes_of<float>({1, 2, 3, 4}));
  std::string y_ = npy("<i8", "(2,)", bytes_of<int64_t>({7, -8}));
  Scratch scratch_;
};

TEST_F(NpySeries, LabelsStandBeside) {
  for (const auto& [x, y] :
       {std::pair("X.npy", "y.npy"), std::pair("X_train.npy", "y_train.npy"),
        std::pair("max-x-X.npy", "max-x-y.npy"), std::pair("x-Xa_xb.npy", "y-Xa_xb.npy")}) {
    scratch_.write(y, y_);
    const SeriesSet set = read_series(scratch_.write(x, x_), {});
    EXPECT_EQ(set.kind, SeriesKind::npy);
    EXPECT_EQ(set.dimension, 1);
    ASSERT_EQ(set.items.size(), 2u);
    EXPECT_EQ(set.items[0].label, "7");
    EXPECT_EQ(set.items[1].label, "-8");
    EXPECT_EQ(set.items[1].values, (Values{3, 4}));
    EXPECT_EQ(set.items[1].steps, 2);
    EXPECT_EQ(set.items[1].line, 0);
  }
  scratch_.write("y_test.txt", "one\r\n two \n");
  EXPECT_EQ(read_series(scratch_.write("X_test.npy", x_), {}).items[1].label, "two");
  EXPECT_EQ(read_series(scratch_.write("plain.npy", x_), {.label_column = 0}).items[1].label, "");
}

TEST_F(NpySeries, AVectorEachIsATable) {
  const SeriesSet set = read_series(scratch_.write("X.npy", npy("|u1", "(3, 2)", "\1\2\3\4\5\6")),
                                    {.label_column = 0});
  EXPECT_EQ(set.kind, SeriesKind::table);
  EXPECT_EQ(set.dimension, 2);
  EXPECT_EQ(set.items[2].steps, 1);
  EXPECT_EQ(set.items[2].values, (Values{5, 6}));
}

TEST_F(NpySeries, LabelsRefused) {
  const std::string alone = scratch_.write("Xtrain.npy", x_), x = scratch_.write("X.npy", x_);
  expect_refused("no X alone", {.file = alone}, [&] { read_series(alone, {}); });
  expect_refused("missing", {.file = x}, [&] { read_series(x, {}); });
  for (const auto& [text, line] : {std::pair("", 0), std::pair("a\n", 0), std::pair("a\nb\nc\n", 0),
                                   std::pair("a\n\n", 2), std::pair("a\n\xff\n", 2)}) {
    const std::string file = scratch_.write("y.txt", text);
    expect_refused(text, {.file = file, .line = line}, [&] { read_series(x, {}); });
  }
  for (const std::string& y :
       {std::string{}, npy("<i4", "(1,)", "abcd"), npy("|u1", "(3,)", "abc"),
        npy("|u1", "(2, 1)", "ab"), npy("|u1", "()", "a"), npy("<f4", "(2,)", "abcdefgh")}) {
    const std::string file = scratch_.write("y.npy", y);
    expect_refused(y, {.file = file}, [&] { read_series(x, {}); });
  }
}

TEST_F(NpySeries, ValuesRefused) {
  for (const std::string& bad :
       {npy("|u1", "(2,)", "ab"), npy("|u1", "(1, 1, 1, 2)", "ab"), npy("|u1", "()", "a"),
        npy("<f4", "(2, 1)", bytes_of<float>({1, std::nanf("")}))}) {
    const std::string path = scratch_.write("X.npy", bad);
    expect_refused(bad, {.file = path}, [&] { read_series(path, {.label_column = 0}); });
  }
  const std::string path =
      scratch_.write("X.npy", npy("<f4", "(3, 1)", bytes_of<float>({1, std::nanf(""), 2})));
  int faults = 0;
  EXPECT_EQ(read_series(path, {.label_column = 0}, [&](const Error&) { ++faults; }).items.size(),
            2u);
  EXPECT_EQ(faults, 1);
}

TEST_F(NpySeries, InAList) {
  scratch_.write("a.npy", npy("|u1", "(2, 3)", "\1\2\3\4\5\6"));
  const std::string line = scratch_.write("line.npy", npy("|u1", "(2,)", "\1\2")),
                    list = scratch_.path("list.tsv");
  const SeriesSet set = read_series(scratch_.write("list.tsv", "a\ta.npy\n"), {});
  EXPECT_EQ(set.dimension, 3);
  EXPECT_EQ(set.items[0].values, (Values{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(read_series(scratch_.write("one.tsv", "a\tline.npy\n"), {}).items[0].steps, 2);
  scratch_.write("list.tsv", "a\ta.npy\nb\tline.npy\n");
  expect_refused("dimension", {.file = list, .line = 2}, [&] { read_series(list, {}); });
  for (const std::string& bad :
       {std::string{}, npy("|u1", "(1, 1, 2)", "ab"), npy("|u1", "()", "a"),
        npy("<f4", "(1,)", bytes_of<float>({std::nanf("")}))}) {
    scratch_.write("line.npy", bad);
    expect_refused(bad, {.file = line}, [&] { read_series(list, {}); });
  }
}

}  // namespace
}  // namespace cadena
