// SPDX-License-Identifier: MIT
// Every file of tests/fuzz/corpus once more through its reader: samples, and what fuzzing has
// found.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/fuzz/heap.h"
#include "tests/fuzz/readers.h"
#include "tests/support/checkout.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

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
    const size_t before = heap_size();
    take_heap_peak();
    GetParam().read(std::as_bytes(std::span(bytes)));
    EXPECT_LE(take_heap_peak() - before, (16 << 20) + 2 * bytes.size());
    EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC);
  }
}

TEST(Heap, IsCounted) {
  if (heap_size() == 0) GTEST_SKIP() << "built with a sanitizer";
  const size_t before = heap_size();
  take_heap_peak();
  std::vector<char> some(1 << 20);
  EXPECT_GE(heap_size() - before, some.size());
  some = std::vector<char>(1 << 10);
  EXPECT_LT(heap_size() - before, size_t{1} << 20);
  EXPECT_GE(take_heap_peak() - before, size_t{1} << 20);
}

INSTANTIATE_TEST_SUITE_P(Readers, Replay, testing::ValuesIn(readers().begin(), readers().end()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cadena
