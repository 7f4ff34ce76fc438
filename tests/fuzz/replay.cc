// SPDX-License-Identifier: MIT
// Every file of tests/fuzz/corpus once more through its reader: samples, and what fuzzing has
// found.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/data/png_bytes.h"
#include "tests/fuzz/heap.h"
#include "tests/fuzz/readers.h"
#include "tests/support/checkout.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

int64_t peak_of(const Reader& reader, const std::string& bytes) {
  return heap_of([&] { reader.read(std::as_bytes(std::span(bytes))); });
}

const Reader& reader_of(const std::string& name) {
  return *std::ranges::find(readers(), name, &Reader::name);
}

class Replay : public testing::TestWithParam<Reader> {};

std::vector<std::string> files_of(const Reader& reader) {
  std::vector<std::string> files;
  const std::string folder = in_checkout("tests/fuzz/corpus/" + std::string(reader.name));
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

TEST_P(Replay, TakesLittleTimeAndMemory) {
  const std::vector<std::string> files = files_of(GetParam());
  EXPECT_FALSE(files.empty());
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    const std::string bytes = contents(file);
    const std::clock_t start = std::clock();
    EXPECT_LE(peak_of(GetParam(), bytes), GetParam().heap(bytes.size()));
    EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC);
  }
}

TEST(Heap, IsCounted) {
  const int64_t before = heap_size();
  take_heap_peak();
  std::vector<char> some(1 << 20);
  EXPECT_GE(heap_size() - before, 1 << 20);
  some = std::vector<char>(1 << 10);
  EXPECT_LT(heap_size() - before, 1 << 20);
  EXPECT_GE(take_heap_peak() - before, 1 << 20);
}

/// A file that makes much of each of its bytes.
struct Dense {
  std::string reader, begin, unit, end = {};
};

std::string bytes_of(const Dense& dense, size_t size) {
  std::string bytes = dense.begin;
  while (bytes.size() + dense.end.size() < size) bytes += dense.unit;
  return bytes + dense.end;
}

/// Bytes of heap that one of a file of 4 MiB takes, above 16 MiB.
double heap_per_byte(const Dense& dense) {
  constexpr size_t size = 4 << 20;
  const auto peak = static_cast<double>(peak_of(reader_of(dense.reader), bytes_of(dense, size)));
  std::printf("%-12s %5.1f bytes of heap a byte\n", dense.reader.c_str(), peak / size);
  return (peak - (16 << 20)) / size;
}

/// What a file holds stays where it is, or is not kept.
TEST(Heap, IsTwiceALargeFile) {
  const std::string header("\0\0\x3f\0\0\0\0\0", 8);  // nearly 4 MiB
  for (const Dense& dense : std::vector<Dense>{{"safetensors", header, "{\"a\":["},
                                               {"safetensors", header + "{\"a\":[", "1,"},
                                               {"settings", "", "#\n"},
                                               {"settings", "[model]\nhidden=[", "1,\n", "1]"},
                                               {"lines", "", "\n"},
                                               {"csv", "", "1,b\n"},
                                               {"ts", "@classLabel true\n@data\n", "1:a\n"},
                                               {"pnm", "P2 2000 1000 9\n", "1 "},
                                               {"idx", {"\0\0\x08\1\0\x3f\xff\xf8", 8}, "a"}})
    EXPECT_LE(heap_per_byte(dense), 2) << dense.reader << ": " << dense.unit;
}

/// Eight pixels of a byte are unpacked a row at a time.
TEST(Heap, IsTwiceALargePng) {
  const PngFile png{.width = 6000, .height = 6000, .depth = 1, .colour_type = 0, .samples = {}};
  const std::string rows(6000 * (1 + 6000 / 8), '\0');
  const std::string bytes =
      png.header() + png_chunk("IDAT", stored_zlib(rows)) + png_chunk("IEND", "");
  const Reader& reader = reader_of("png");
  EXPECT_LE(peak_of(reader, bytes), reader.heap(bytes.size()));
}

/// A table in memory has for each word, value or line an object of its own: the smallest cost most.
TEST(Heap, IsBoundedForTables) {
  for (const Dense& dense : std::vector<Dense>{{"json", "[", "1,", "1]"},
                                               {"conll", "", "a b\n\n"},
                                               {"texts", "", "a b\n"},
                                               {"vectors", "", "a 1\n"},
                                               {"pairs", "", "a\tb\n"},
                                               {"forecast", "", "1\n"},
                                               {"utf8", "", "a "},
                                               {"byte_pairs", "\n\n", "a"}})
    EXPECT_LE(heap_per_byte(dense), 64) << dense.reader << ": " << dense.unit;
}

INSTANTIATE_TEST_SUITE_P(Readers, Replay, testing::ValuesIn(readers().begin(), readers().end()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cadena
