// SPDX-License-Identifier: MIT
#include "cadena/base/buffer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <new>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace cadena {
namespace {

constexpr int64_t kibi = 1024 / sizeof(float), mebi = 1024 * kibi;

TEST(Buffer, HoldsItsFloatsFromTheStartOfACacheLine) {
  for (const int64_t size : {int64_t{0}, int64_t{1}, int64_t{15}, int64_t{16}, int64_t{17}, kibi,
                             32 * kibi - 1, 32 * kibi, 100'003 * int64_t{1}, 3 * mebi}) {
    const Buffer buffer(size);
    EXPECT_TRUE(buffer) << "also without floats: null says that something is not wanted";
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
    EXPECT_EQ(buffer.size(), size);
    EXPECT_EQ(std::ssize(buffer.values()), size);
    EXPECT_EQ(buffer.values().data(), buffer.data());
    std::ranges::fill(buffer.values(), 1.0f);
    EXPECT_EQ(&buffer[size], buffer.data() + size);
  }
}

TEST(Buffer, IsEmptyAtFirst) {
  const Buffer none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.size(), 0);
  EXPECT_TRUE(none.values().empty());
}

TEST(Buffer, Moves) {
  static_assert(!std::is_copy_constructible_v<Buffer>);
  static_assert(std::is_nothrow_move_constructible_v<Buffer>);
  Buffer a(3);
  a[2] = 5;
  const float* floats = a.data();
  Buffer b = std::move(a);
  EXPECT_FALSE(a);
  EXPECT_EQ(a.size(), 0);
  EXPECT_EQ(b.data(), floats);
  Buffer c(40);
  c = std::move(b);
  EXPECT_FALSE(b);
  EXPECT_EQ(c.data(), floats);
  EXPECT_EQ(c.size(), 3);
  EXPECT_EQ(c[2], 5);
  Buffer& same = c;
  c = std::move(same);
  EXPECT_EQ(c.data(), floats);
}

// The floats of the last one are still there, so its pages are.
TEST(Buffer, UsesTheMemoryOfALargeOneAgain) {
  for (const int64_t size : {40 * kibi, 3 * mebi, 50 * mebi}) {
    const float* floats = nullptr;
    {
      const Buffer first(size);
      std::ranges::fill(first.values(), 7.0f);
      floats = first.data();
    }
    const Buffer again(size + size / 64);
    EXPECT_EQ(again.data(), floats) << size;
    EXPECT_EQ(std::ranges::count(again.values().first(static_cast<size_t>(size)), 7), size);
    const Buffer other(size);
    EXPECT_NE(other.data(), floats) << "still in use";
  }
}

TEST(Buffer, BelongsToOneOwnerAtATime) {
  const auto work = [](int number) {
    std::vector<Buffer> held(4);
    const auto value = static_cast<float>(number);
    for (int round = 0; round < 2000; ++round) {
      Buffer& buffer = held[static_cast<size_t>(round) % held.size()];
      for (const float v : buffer.values()) ASSERT_EQ(v, value);
      buffer = Buffer((30 + round % 13) * kibi);
      std::ranges::fill(buffer.values(), value);
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(work, i);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they have other allocators

int64_t address_space() {
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

// Memory that nobody writes costs nothing, so these may be larger than all other tests.
TEST(Buffer, KeepsALimitedPartOfTheMost) {
  constexpr int64_t bytes = sizeof(float) * mebi, limit = 650 * bytes;  // 1.5 · 400 and rounding
  EXPECT_THROW(Buffer(int64_t{1} << 58), std::bad_alloc) << "which does not raise the limit";
  const int64_t before = address_space();
  { const Buffer first(256 * mebi); }
  int64_t most = 0;
  {
    const Buffer larger(400 * mebi);
    most = address_space();
    EXPECT_LE(most - before, limit) << "the first one has gone";
  }
  EXPECT_EQ(address_space(), most) << "is kept";
  {
    const Buffer some(100 * mebi), more(200 * mebi);
    EXPECT_LE(address_space() - before, limit) << "the larger one has gone";
  }
  EXPECT_LE(address_space() - before, limit);
}

TEST(Buffer, RefusesWhatNoMemoryHolds) {
  for (const int power : {58, 60, 61, 62})
    EXPECT_THROW(Buffer(int64_t{1} << power), std::bad_alloc) << power;
  EXPECT_THROW(Buffer(INT64_MAX), std::bad_alloc);
}

#endif

}  // namespace
}  // namespace cadena
