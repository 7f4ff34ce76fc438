// SPDX-License-Identifier: MIT
#include "cadena/io/record.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cadena/base/error.h"
#include "tests/support/bits.h"
#include "tests/support/refused.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

struct Inner {
  int count = 3;
  std::vector<float> values{1, -0.0f, 0.1f};
  void record(Record& r) {
    r("count", count);
    r("values", std::span(values));
  }
};

struct Outer {
  bool flag = true;
  uint64_t large = std::numeric_limits<uint64_t>::max();
  double tenth = 0.1, none = -INFINITY;
  float third = 1.0f / 3;
  std::string text = "línea\n2";
  Rng rng{7, 3};
  std::vector<double> numbers{1e300, -0x1p60, 0.3}, empty{};
  Inner inner{};
  void record(Record& r) {
    r("flag", flag);
    r("large", large);
    r("tenth", tenth);
    r("none", none);
    r("third", third);
    r("text", text);
    r("rng", rng);
    r("numbers", numbers);
    r("empty", empty);
    r("inner", inner);
  }
};

class RecordTest : public testing::Test {
 protected:
  void save(Outer& outer) {
    Record record;
    outer.record(record);
    record.save(path_);
  }
  const Scratch scratch_;
  const std::string path_ = scratch_.path("record");
};

TEST_F(RecordTest, ReadsWhatItWroteToTheBit) {
  Outer before;
  for (int i = 0; i < 5; ++i) before.rng.next();
  save(before);
  Outer after{.flag = false,
              .large = 0,
              .tenth = 0,
              .none = 0,
              .third = 0,
              .text = "",
              .rng = Rng(1),
              .numbers = {},
              .empty = {1},
              .inner = {0, {0, 0, 0}}};
  Record record(path_);
  after.record(record);
  EXPECT_TRUE(after.flag);
  EXPECT_EQ(after.large, before.large);
  EXPECT_EQ(after.tenth, before.tenth);
  EXPECT_EQ(after.none, before.none);
  EXPECT_EQ(after.third, before.third);
  EXPECT_EQ(after.text, before.text);
  EXPECT_EQ(after.numbers, before.numbers);
  EXPECT_TRUE(after.empty.empty());
  EXPECT_EQ(after.inner.count, 3);
  EXPECT_TRUE(same_bits(after.inner.values, before.inner.values));
  for (int i = 0; i < 9; ++i) EXPECT_EQ(after.rng.next(), before.rng.next());
  EXPECT_EQ(after.rng.split().next(), before.rng.split().next());
}

TEST_F(RecordTest, TheSameGivesTheSameBytes) {
  Outer outer;
  save(outer);
  const std::string first = contents(path_);
  save(outer);
  EXPECT_EQ(contents(path_), first);
}

TEST_F(RecordTest, RefusesAnotherSizeAndWhatIsNotThere) {
  Outer outer;
  save(outer);
  Record record(path_);
  std::vector<float> four(4);
  int number = 0;
  EXPECT_THROW(record("inner.values", std::span(four)), Error);
  EXPECT_THROW(record("nothing", number), Error);
  EXPECT_THROW(record("text", number), Error);
  double real = 0;
  EXPECT_THROW(record("text", real), Error);
  EXPECT_THROW(record("numbers", std::span(four)), Error) << "of another type";
}

TEST_F(RecordTest, RefusesEveryCutAndEveryChangedByte) {
  Outer outer;
  save(outer);
  const std::string sound = contents(path_);
  for (size_t i = 0; i < sound.size(); ++i) {
    std::string changed = sound;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    scratch_.write("record", changed);
    EXPECT_THROW(Record{path_}, Error) << "byte " << i;
    scratch_.write("record", sound.substr(0, i));
    EXPECT_THROW(Record{path_}, Error) << "cut after " << i;
  }
}

}  // namespace
}  // namespace cadena
