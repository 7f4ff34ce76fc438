// SPDX-License-Identifier: MIT
#include "cadena/data/series.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <utility>

#include "tests/support/refused.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

using Values = std::vector<float>;

/// What is wrong with a file, where, and a part of what is said.
struct Bad {
  std::string text;
  int64_t line;
  std::string message;
};

class SeriesTest : public testing::Test {
 protected:
  SeriesSet read(const std::string& name, const std::string& text,
                 const SeriesOptions& options = {}) const {
    return read_series(scratch_.write(name, text), options);
  }

  void expect_all_refused(const std::string& name, const std::vector<Bad>& cases,
                          const SeriesOptions& options = {}) const {
    for (const Bad& bad : cases) {
      const std::string path = scratch_.write(name, bad.text);
      expect_refused(bad.text.substr(0, 60), {.file = path, .line = bad.line}, [&] {
        try {
          read_series(path, options);
        } catch (const Error& error) {
          EXPECT_NE(error.message().find(bad.message), std::string::npos) << error.what();
          throw;
        }
      });
    }
  }

  Scratch scratch_;
};

std::vector<Series> read_stream(const std::string& text, SeriesKind kind, int dimension,
                                const SeriesOptions& options = {}) {
  std::istringstream in(text);
  SeriesReader reader(in, "stdin", kind, options, dimension);
  std::vector<Series> all;
  while (std::optional<Series> series = reader.next()) all.push_back(std::move(*series));
  return all;
}

std::vector<std::string> labels(const std::vector<Series>& items) {
  std::vector<std::string> all;
  for (const Series& series : items) all.push_back(series.label);
  return all;
}

TEST_F(SeriesTest, KindByName) {
  for (const auto& [name, kind] :
       {std::pair("a.csv", SeriesKind::table), std::pair("x/A.CSV.gz", SeriesKind::table),
        std::pair("a.ts", SeriesKind::ts), std::pair("X.npy.gz", SeriesKind::npy),
        std::pair("train-images-idx3-ubyte", SeriesKind::idx),
        std::pair("t.idx3-ubyte.gz", SeriesKind::idx)})
    EXPECT_EQ(series_kind(name), kind) << name;
  for (const char* name :
       {"", "-", "csv", "a.txt", "a.conll", "idx-ubyte", "idx3", "/nowhere/a.tsv"})
    EXPECT_EQ(series_kind(name), std::nullopt) << name;
  EXPECT_EQ(series_kind(scratch_.write("a.tsv", "zero\tb/0.WAV\n")), SeriesKind::list);
  EXPECT_EQ(series_kind(scratch_.write("a.txt", "zero\t0.npy.gz\r\n")), SeriesKind::list);
  EXPECT_EQ(series_kind(scratch_.write("b.tsv", "0.wav\tzero\n")), std::nullopt);
  EXPECT_EQ(series_kind(scratch_.write("c.tsv", "")), std::nullopt);
  expect_refused("no kind", {.file = "a.conll"}, [] { read_series("a.conll", {}); });
}

TEST_F(SeriesTest, Table) {
  const SeriesSet set =
      read("a.csv", "5.1,3.5,setosa\n\n 4.9 , +3 ,\"Iris, \"\"v\"\"\"\r\n1e-60,-2,x");
  EXPECT_EQ(set.kind, SeriesKind::table);
  EXPECT_EQ(set.dimension, 2);
  EXPECT_EQ(labels(set.items), (std::vector<std::string>{"setosa", "Iris, \"v\"", "x"}));
  EXPECT_EQ(set.items[0].values, (Values{5.1f, 3.5f}));
  EXPECT_EQ(set.items[1].values, (Values{4.9f, 3}));
  EXPECT_EQ(set.items[2].values, (Values{0, -2}));
  EXPECT_EQ(set.items[1].line, 3);
  EXPECT_EQ(set.items[1].steps, 1);
}

TEST_F(SeriesTest, TableColumnsAndSeparators) {
  for (const char* text : {"1;a;2\n", "1\ta\t2\n", "\"1\",\"a\",\"2\"\n", "u,kind,v\n1,a,2\n",
                           "\xef\xbb\xbfu;;v\n1;a;2\n"})
    for (int column : {2, -2}) {
      const SeriesSet set = read("a.csv", text, {.label_column = column});
      ASSERT_EQ(labels(set.items), std::vector<std::string>{"a"}) << text;
      EXPECT_EQ(set.items[0].values, (Values{1, 2})) << text;
    }
  const SeriesSet bare = read("a.csv", "1,2\n3,4\n", {.label_column = 0});
  EXPECT_EQ(bare.dimension, 2);
  EXPECT_EQ(bare.items[1].values, (Values{3, 4}));
  EXPECT_EQ(bare.items[1].label, "");
}

TEST_F(SeriesTest, TableRefused) {
  expect_all_refused("a.csv", {{"", 0, "no series"},
                               {"a,b,label\n", 0, "no series"},
                               {"1,2,a\n1,b\n", 2, "expected 3 columns, found 2"},
                               {"1,2,a\n1,2,3,b\n", 2, "found 4"},
                               {"u,v,label\n1,a\n", 2, "expected 3 columns"},
                               {"1,2,a\n1,x,b\n", 2, "column 2: \"x\" is not a finite number"},
                               {"1,nan,a\n", 1, "\"nan\""},
                               {"1,?,a\n", 1, "\"?\""},
                               {"1,,a\n", 1, "column 2: no value"},
                               {"1,1e39,a\n", 1, "\"1e39\""},
                               {"1,2,a\n1,-inf,b\n", 2, "\"-inf\""},
                               {"1,2,a\n0x10,2,b\n", 2, "\"0x10\""},
                               {"1,2,a\n1 2,2,b\n", 2, "\"1 2\""},
                               {"1,2,a\n\n1,2,\n", 3, "no label"},
                               {"1,2,\"a\n", 1, "quote"},
                               {"1,2,\"a\"b\n", 1, "after a quoted field"},
                               {"5.1\n", 1, "no values"},
                               {"1,2,a\n1,2,\xff\n", 2, "UTF-8"},
                               {std::string("1,2,a\n1,\0,b\n", 12), 2, "NUL"},
                               {"1,2,a\n" + std::string(longest_line + 1, '1'), 2, "longer than"}});
  expect_all_refused("a.csv", {{"1,2,a\n", 1, "no column 4"}}, {.label_column = 4});
  expect_all_refused("a.csv", {{"1,2\n1,2,a\n", 2, "found 3"}}, {.label_column = 0});
}

TEST_F(SeriesTest, ReadsOnAfterFaults) {
  const std::string path = scratch_.write("a.csv", "1,2,a\n1,b\n3,x,c\n5,6,d\n");
  std::vector<int64_t> lines;
  const SeriesSet set =
      read_series(path, {}, [&](const Error& error) { lines.push_back(error.place().line); });
  EXPECT_EQ(lines, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(labels(set.items), (std::vector<std::string>{"a", "d"}));
}

TEST_F(SeriesTest, Ts) {
  const SeriesSet set = read("a.ts",
                             "# about\n@problemName x\n\n@UNIVARIATE false\n@timestamps FALSE\n"
                             "@dimensions 2\n@classLabel true a b\n@data\n"
                             "1,2,3 : 4,5,6 : a\n# more\n7:8:b\r\n");
  EXPECT_EQ(set.kind, SeriesKind::ts);
  EXPECT_EQ(set.dimension, 2);
  EXPECT_EQ(labels(set.items), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(set.items[0].steps, 3);
  EXPECT_EQ(set.items[0].values, (Values{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(set.items[1].values, (Values{7, 8}));
  EXPECT_EQ(set.items[1].line, 11);
  const SeriesSet plain = read("b.ts", "@classLabel true 1 2\n@data\n1,2:1\n");
  EXPECT_EQ(plain.dimension, 1);
  EXPECT_EQ(plain.items[0].values, (Values{1, 2}));
  for (const char* header : {"@data\n", "@classLabel false\n@data\n"}) {
    const SeriesSet bare = read("b.ts", header + std::string("1,2:3,4\n"), {.label_column = 0});
    EXPECT_EQ(bare.dimension, 2);
    EXPECT_EQ(bare.items[0].label, "");
    EXPECT_EQ(read("b.ts", header + std::string("5\n"), {.label_column = 0}).dimension, 1);
  }
}

TEST_F(SeriesTest, TsRefused) {
  const std::string header = "@dimensions 2\n@classLabel true a b\n@data\n";
  expect_all_refused(
      "a.ts",
      {{"", 0, "no series"},
       {header, 0, "no series"},
       {"@timeStamps true\n@data\n", 1, "time stamps"},
       {"@timeStamps maybe\n", 1, "expected true or false"},
       {"@univariate\n", 1, "expected true or false"},
       {"@dimensions x\n", 1, "\"x\""},
       {"@dimensions 0\n", 1, "\"0\""},
       {"@univariate true\n@dimensions 2\n", 2, "expected 1 dimensions, found 2"},
       {"@classLabel false\n@data\n", 2, "no class"},
       {"@data\n1,2:a\n", 1, "no class"},
       {"@classLabel true a\n1:a\n", 2, "before @data"},
       {"1:2:a\n", 1, "before @data"},
       {header + "1:a\n", 4, "expected 3 fields separated by ':', found 2"},
       {header + "1:2:3:a\n", 4, "found 4"},
       {header + "1:2:a\n1,2:3:b\n", 5, "dimension 2 has length 1, the first 2"},
       {header + "1:2:c\n", 4, "\"c\" is none of the classes"},
       {header + "1:2:\n", 4, "no class"},
       {header + "1,?:3,4:a\n", 4, "dimension 1, step 2: \"?\""},
       {header + "1,2:3,NaN:a\n", 4, "dimension 2, step 2: \"NaN\""},
       {header + "1,2:3,:a\n", 4, "no value"},
       {header + ":2:a\n", 4, "no value"},
       {header + "(0,1):(0,2):a\n", 4, "\"(0\""},
       {header + std::string(200000, ':'), 4, "found 200001"},
       {"@classLabel true a\n@data\n" + std::string(300000, ',') + std::string(300000, ':') + "a\n",
        3, "dimension 2 has length 1"},
       {"@classLabel true 1 2\n@data\n3\n", 3, "expected 2 fields"}});
}

TEST_F(SeriesTest, TsGivesUpAfterAFaultOfTheHeader) {
  const std::string path = scratch_.write("a.ts", "@timeStamps true\n@data\n(0,1):a\n(0,2):a\n");
  int faults = 0;
  EXPECT_TRUE(read_series(path, {}, [&](const Error&) { ++faults; }).items.empty());
  EXPECT_EQ(faults, 1);
}

TEST_F(SeriesTest, List) {
  std::filesystem::create_directory(scratch_.path("sub"));
  scratch_.write("sub/a.csv", "u;v\n1;2\n\n3;4\n");
  const std::string b = scratch_.write("b.csv", "5,6\n");
  const SeriesSet set = read("list.tsv", "first one\tsub/a.csv\n\n two \t " + b + " \r\n");
  EXPECT_EQ(set.kind, SeriesKind::list);
  EXPECT_EQ(set.dimension, 2);
  EXPECT_EQ(labels(set.items), (std::vector<std::string>{"first one", "two"}));
  EXPECT_EQ(set.items[0].values, (Values{1, 2, 3, 4}));
  EXPECT_EQ(set.items[0].steps, 2);
  EXPECT_EQ(set.items[1].line, 3);
  EXPECT_EQ(read("list.tsv", "a\tb.csv\nb.csv\n", {.label_column = 0}).items[1].label, "");
}

TEST_F(SeriesTest, ListRefused) {
  scratch_.write("two.csv", "1,2\n");
  scratch_.write("three.csv", "1,2,3\n");
  const std::string first = "a\ttwo.csv\n";
  expect_all_refused("list.tsv", {{first + "two.csv\n", 2, "no label before the path"},
                                  {first + "\ttwo.csv\n", 2, "no label"},
                                  {first + "b\t\n", 2, "no sequence by its name"},
                                  {first + "b\ttwo.txt\n", 2, "\"two.txt\" is no sequence"},
                                  {first + "b\tlist.tsv\n", 2, "no sequence"},
                                  {first + "b\t-\n", 2, "no sequence"},
                                  {first + "b\ttwo.csv\tc\n", 2, "no sequence"},
                                  {first + "b\tthree.csv\n", 2,
                                   "expected 2 values a step, found 3: \"three.csv\""},
                                  {first + "\n\xff\ttwo.csv\n", 3, "UTF-8"},
                                  {first + std::string("b\0\ttwo.csv\n", 11), 2, "NUL"}});
}

TEST_F(SeriesTest, FaultsInsideAFileOfAList) {
  for (const auto& [text, line] :
       {std::pair("", 0), std::pair("a,b\n", 0), std::pair("1,2\n3\n", 2),
        std::pair("1,2\n3,x\n", 2), std::pair("1,2\n\n3,nan\n", 3), std::pair("1,\n", 1)}) {
    const std::string inner = scratch_.write("a.csv", text),
                      list = scratch_.write("list.tsv", "a\ta.csv\n");
    expect_refused(text, {.file = inner, .line = line}, [&] {
      try {
        read_series(list, {});
      } catch (const Error& error) {
        EXPECT_TRUE(error.hint().ends_with("named in " + list + ":1)")) << error.hint();
        throw;
      }
    });
  }
  for (const char* kind : {".csv", ".wav", ".npy"})
    expect_refused(kind, {.file = scratch_.path(std::string("none") + kind)},
                   [&] { read("list.tsv", std::string("a\tnone") + kind + "\n"); });
}

TEST_F(SeriesTest, StreamsMayLackLabels) {
  const std::vector<Series> table = read_stream("u,v\n1,2\n", SeriesKind::table, 2);
  ASSERT_EQ(table.size(), 1u);
  EXPECT_EQ(table[0].values, (Values{1, 2}));
  EXPECT_EQ(table[0].line, 2);
  EXPECT_EQ(labels(read_stream("1,2\na,1,2\n", SeriesKind::table, 2, {.label_column = 1})),
            (std::vector<std::string>{"", "a"}));
  EXPECT_EQ(labels(read_stream("1,2:3,4\n5:6:b\n", SeriesKind::ts, 2)),
            (std::vector<std::string>{"", "b"}));
  EXPECT_EQ(labels(read_stream("@classLabel true a\n@data\n1\n2:a\n", SeriesKind::ts, 1)),
            (std::vector<std::string>{"", "a"}));
  const std::string path = scratch_.write("a.csv", "1,2\n");
  EXPECT_EQ(labels(read_stream(path + "\nb\t" + path, SeriesKind::list, 2)),
            (std::vector<std::string>{"", "b"}));
}

TEST_F(SeriesTest, StreamsHaveTheDimension) {
  const std::string path = scratch_.write("a.csv", "1,2\n");
  for (const auto& [text, kind] :
       {std::pair(std::string("1,2\n"), SeriesKind::table),
        std::pair(std::string("1,2,3,4,a\n"), SeriesKind::table),
        std::pair(std::string("1:2\n"), SeriesKind::ts), std::pair(path, SeriesKind::list),
        std::pair(std::string("@dimensions 2\n"), SeriesKind::ts),
        std::pair(std::string("@classLabel false\n@data\n1:2:3:a\n"), SeriesKind::ts)})
    expect_refused(text, {.file = "stdin", .line = any_line}, [&] { read_stream(text, kind, 3); });
  expect_refused("kind", {.file = "stdin"}, [] { read_stream("", SeriesKind::npy, 3); });
}

}  // namespace
}  // namespace cadena
