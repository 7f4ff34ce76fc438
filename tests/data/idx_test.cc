// SPDX-License-Identifier: MIT
#include "cadena/data/idx.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "cadena/data/series.h"
#include "tests/support/refused.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

using Values = std::vector<float>;

std::string idx(const std::vector<uint32_t>& shape, const std::string& data, char type = 8) {
  std::string file{'\0', '\0', type, static_cast<char>(shape.size())};
  for (uint32_t dimension : shape)
    for (int shift : {24, 16, 8, 0}) file += static_cast<char>(dimension >> shift & 0xff);
  return file + data;
}

TEST(Idx, Parse) {
  const std::string file = idx({1, 2, 300}, std::string(600, 'a'));
  const IdxArray array = parse_idx(file, 3, "x");
  EXPECT_EQ(array.shape, (std::vector<int64_t>{1, 2, 300}));
  EXPECT_EQ(array.data, std::string(600, 'a'));
}

TEST(Idx, Refused) {
  const std::string good = idx({2, 1, 3}, "abcdef");
  for (const std::string& bad :
       {std::string{}, good.substr(0, 3), good.substr(0, 4), good.substr(0, 15), good.substr(0, 16),
        good.substr(0, 21), good + "x", "x" + good, idx({6}, "abcdef"), idx({1, 2, 1, 3}, "abcdef"),
        idx({2, 1, 3}, "abcdef", 9), idx({2, 1, 3}, "abcdef", 13), idx({0, 1, 3}, ""),
        idx({2, 1, 0}, ""), idx({0xffffffff, 0xffffffff, 0xffffffff}, "abcdef"),
        idx({0x10000, 0x10000, 0x10000}, ""), idx({6, 6, 6}, "abcdef")})
    expect_refused(bad, {.file = "x"}, [&] { parse_idx(bad, 3, "x"); });
}

class IdxSeries : public testing::Test {
 protected:
  SeriesSet read(const SeriesOptions& options = {}) const {
    return read_series(scratch_.path("a-images-idx3-ubyte"), options);
  }

  Scratch scratch_;
};

TEST_F(IdxSeries, RowsAndPixels) {
  scratch_.write("a-images-idx3-ubyte", idx({2, 2, 2}, std::string("\0\x33\xff\0\1\2\3\4", 8)));
  scratch_.write("a-labels-idx1-ubyte", idx({2}, "\7\xc8"));
  const SeriesSet rows = read(), pixels = read({.pixels = true});
  EXPECT_EQ(rows.kind, SeriesKind::idx);
  EXPECT_EQ(rows.dimension, 2);
  EXPECT_EQ(rows.items[0].steps, 2);
  EXPECT_EQ(rows.items[0].label, "7");
  EXPECT_EQ(rows.items[1].label, "200");
  EXPECT_EQ(rows.items[0].values, (Values{0, 0.2f, 1, 0}));
  EXPECT_EQ(pixels.dimension, 1);
  EXPECT_EQ(pixels.items[1].steps, 4);
  EXPECT_EQ(pixels.items[1].values, rows.items[1].values);
}

TEST_F(IdxSeries, LabelsRefused) {
  const std::string images = scratch_.write("a-images-idx3-ubyte", idx({2, 1, 1}, "ab")),
                    labels = scratch_.path("a-labels-idx1-ubyte");
  expect_refused("missing", {.file = images}, [&] { read(); });
  EXPECT_EQ(read({.label_column = 0}).items[1].label, "");
  for (const std::string& bad :
       {std::string{}, idx({1}, "a"), idx({3}, "abc"), idx({3}, "ab"), idx({2, 1, 1}, "ab")}) {
    scratch_.write("a-labels-idx1-ubyte", bad);
    expect_refused(bad, {.file = labels}, [&] { read(); });
  }
  const std::string odd = scratch_.write("odd-idx3-ubyte", idx({2, 1, 1}, "ab"));
  expect_refused("no images in its name", {.file = odd}, [&] { read_series(odd, {}); });
  expect_refused("labels", {.file = labels}, [&] { read_series(labels, {}); });
}

}  // namespace
}  // namespace cadena
