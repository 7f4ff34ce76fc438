// SPDX-License-Identifier: MIT
#include "cadena/data/captions.h"

#include <gtest/gtest.h>

#include <limits>

#include "cadena/data/pnm.h"
#include "tests/data/png_bytes.h"
#include "tests/support/refused.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

using Values = std::vector<float>;
using Sentences = std::vector<std::string>;

std::string npy(const std::string& shape, const Values& values) {
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "}\n";
  return std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size()) + '\0' + header +
         std::string(reinterpret_cast<const char*>(values.data()), 4 * values.size());
}

class Captions : public testing::Test {
 protected:
  Captions() {
    for (const char* name : {"a.pgm", "b.PGM"}) scratch_.write(name, "P2 2 1 5\n0 5");
    scratch_.write("c.ppm", "P3 1 1 5\n0 5 5");
    scratch_.write("d.png", PngFile{1, 1, 8, 0, {51}}.bytes());
    scratch_.write("v.npy", npy("(3,)", {1, 2, 3}));
    scratch_.write("w.npy", npy("(3,)", {4, 5, 6}));
    scratch_.write("short.npy", npy("(2,)", {1, 2}));
    scratch_.write("matrix.npy", npy("(1, 3)", {1, 2, 3}));
    scratch_.write("nan.npy", npy("(3,)", {1, std::numeric_limits<float>::quiet_NaN(), 3}));
    scratch_.write("cut.png", PngFile{1, 1, 8, 0, {51}}.bytes().substr(0, 50));
    scratch_.write("text.png", "hola");
    scratch_.write("foto.jpg", "\xff\xd8\xff");
  }

  CaptionSet read(std::string_view list, CaptionOptions options = {}) const {
    if (options.image == CaptionOptions{}.image) options.image = {1, 2, 1};
    return read_captions(scratch_.write("list.tsv", list), options);
  }

  Scratch scratch_;
};

TEST_F(Captions, PicturesOfAnyFileInOneShape) {
  const CaptionSet set =
      read("a.pgm\tuno dos\r\n\nc.ppm\t  tres \n./d.png\tcuatro\nb.PGM\tcinco\na.pgm\tseis\n");
  EXPECT_EQ(set.kind, FeatureKind::image);
  EXPECT_EQ(set.dimension, 2);
  ASSERT_EQ(set.items.size(), 4u);
  EXPECT_EQ(set.items[0].name, "a.pgm");
  EXPECT_EQ(set.items[0].values, (Values{0, 1}));
  EXPECT_EQ(set.items[0].sentences, (Sentences{"uno dos", "seis"}));
  EXPECT_EQ(set.items[1].line, 3);
  EXPECT_EQ(set.items[1].values, (Values{0.701f, 0.701f}));
  EXPECT_EQ(set.items[1].sentences, Sentences{"tres"});
  EXPECT_EQ(set.items[2].values, (Values{0.2f, 0.2f}));
  EXPECT_EQ(set.items[3].line, 5);
}

TEST_F(Captions, Vectors) {
  const CaptionSet set = read("v.npy\tuno\nw.npy\tdos");
  EXPECT_EQ(set.kind, FeatureKind::vector);
  EXPECT_EQ(set.dimension, 3);
  EXPECT_EQ(set.items[1].values, (Values{4, 5, 6}));
}

TEST_F(Captions, WithoutSentences) {
  const CaptionSet set = read("a.pgm\nd.png\tuno\n", {.sentences = false});
  EXPECT_TRUE(set.items[0].sentences.empty());
  EXPECT_EQ(set.items[1].sentences, Sentences{"uno"});
  const std::string matrix = scratch_.write("M.npy", npy("(2, 2)", {1, 2, 3, 4}));
  EXPECT_EQ(read_captions(matrix, {.sentences = false}).items.size(), 2u);
}

TEST_F(Captions, Matrix) {
  const std::string matrix = scratch_.write("M.npy", npy("(2, 3)", {1, 2, 3, 4, 5, 6}));
  scratch_.write("M.txt", "uno dos\ntres\n");
  const CaptionSet set = read_captions(matrix);
  EXPECT_EQ(set.kind, FeatureKind::vector);
  EXPECT_EQ(set.dimension, 3);
  EXPECT_EQ(set.items[1].name, "row 2");
  EXPECT_EQ(set.items[1].values, (Values{4, 5, 6}));
  EXPECT_EQ(set.items[1].sentences, Sentences{"tres"});
}

TEST_F(Captions, ListsRefused) {
  const std::string file = scratch_.path("list.tsv");
  const auto refuse = [&](std::string_view list, int64_t line, const CaptionOptions& options = {}) {
    expect_refused(std::string(list), {.file = file, .line = line}, [&] { read(list, options); });
  };
  refuse("", 0);
  refuse("\n \n", 0);
  refuse("a.pgm\n", 1);
  refuse("a.pgm\t\n", 1);
  refuse("a.pgm\t \n", 1, {.sentences = false});
  refuse("\tuno\n", 1);
  refuse("a.pgm\tuno\tdos\n", 1);
  refuse("a.pgm uno\n", 1);
  refuse("a.pgm\tuno\nb.pgm\tdos\n", 2);  // B.PGM is another file
  refuse("a.pgm\tuno\nfoto.jpg\tdos\n", 2);
  refuse("a.pgm\tuno\n.\tdos\n", 2);
  refuse("a.pgm\tuno\ncut.png\tdos\n", 2);
  refuse("a.pgm\tuno\ntext.png\tdos\n", 2);
  refuse("a.pgm\tuno\nv.npy\tdos\n", 2);
  refuse("v.npy\tuno\na.pgm\tdos\n", 2);
  refuse("v.npy\tuno\nw.npy\tdos\nshort.npy\ttres\n", 3);
  refuse("matrix.npy\tuno\n", 1);
  refuse("nan.npy\tuno\n", 1);
  refuse("a.pgm\tuno\nd.png\tdos\xff\n", 2);
  refuse(std::string_view("a.pgm\tuno\0\n", 11), 1);
  refuse("a.pgm\tuno\n", 1, {.kind = FeatureKind::vector});
  refuse("v.npy\tuno\n", 1, {.kind = FeatureKind::image});
  refuse("v.npy\tuno\n", 1, {.dimension = 4});
}

TEST_F(Captions, MatricesRefused) {
  const std::string matrix = scratch_.path("M.npy"), text = scratch_.path("M.txt");
  const auto refuse = [&](const std::string& name, const Expected& expected,
                          const CaptionOptions& options = {}) {
    expect_refused(name, expected, [&] { read_captions(matrix, options); });
  };
  scratch_.write("M.npy", npy("(2, 3)", {1, 2, 3, 4, 5, 6}));
  refuse("no sentences", {.file = text});
  for (const auto& [lines, line] : {std::pair("", 0),
                                    {"a\n", 0},
                                    {"a\nb\nc\n", 0},
                                    {"a\n\n", 2},
                                    {"\nb\n", 1},
                                    {"a\nb\xff\n", 2}}) {
    scratch_.write("M.txt", lines);
    refuse(lines, {.file = text, .line = line});
  }
  scratch_.write("M.txt", "a\nb\n");
  refuse("kind", {.file = matrix}, {.kind = FeatureKind::image});
  refuse("dimension", {.file = matrix}, {.dimension = 2});
  scratch_.write("M.npy", npy("(2, 1)", {1, std::numeric_limits<float>::infinity()}));
  refuse("infinite", {.file = matrix});
  scratch_.write("M.npy", npy("(2,)", {1, 2}));
  refuse("one dimension", {.file = matrix});
  scratch_.write("M.npy", "hola");
  refuse("no array", {.file = matrix});
}

TEST_F(Captions, ReadsOnAfterAFault) {
  std::vector<int64_t> lines;
  const auto keep = [&](const Error& error) { lines.push_back(error.place().line); };
  const CaptionSet set = read_captions(
      scratch_.write(
          "list.tsv",
          "cut.png\tuno\nd.png\tdos\n\xff\ncut.png\ttres\nd.png\ta\tb\nv.npy\tx\nd.png\ty"),
      {}, keep);
  EXPECT_EQ(lines, (std::vector<int64_t>{1, 3, 5, 6}));  // a file at fault is told once
  ASSERT_EQ(set.items.size(), 1u);
  EXPECT_EQ(set.items[0].sentences, (Sentences{"dos", "y"}));

  lines.clear();
  const std::string matrix =
      scratch_.write("M.npy", npy("(4, 1)", {1, 2, std::numeric_limits<float>::infinity(), 4}));
  scratch_.write("M.txt", "a\n\nc\nd\n");
  const CaptionSet rows = read_captions(matrix, {}, keep);
  EXPECT_EQ(lines, (std::vector<int64_t>{2, 0}));
  ASSERT_EQ(rows.items.size(), 2u);
  EXPECT_EQ(rows.items[1].name, "row 4");
  EXPECT_EQ(rows.items[1].sentences, Sentences{"d"});
}

TEST_F(Captions, FeaturesOfOneFile) {
  EXPECT_EQ(read_features(scratch_.path("v.npy"), {}).values, (Values{1, 2, 3}));
  EXPECT_EQ(read_features(scratch_.path("d.png"), {1, 1, 1}).values, Values{0.2f});
  for (const char* name : {"foto.jpg", "cut.png", "nan.npy", "nada.png"})
    expect_refused(name, {.file = scratch_.path(name)}, [&] {
      read_features(scratch_.path(name), {1, 1, 1});
    });
}

}  // namespace
}  // namespace cadena
