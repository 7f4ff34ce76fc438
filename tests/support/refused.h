// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {

inline constexpr int64_t any_line = -1, anywhere = -2;

/// Where the fault of an input must be told to be.
struct Expected {
  std::string file;
  int64_t line = 0;  ///< 0: the file as a whole; any_line: one of its lines; anywhere: either
  bool hint = true;  ///< whether something is left to say beyond the message
};

inline bool one_line(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

inline int64_t peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

inline void expect_helpful(const std::string& name, const Error& error, const Expected& expected) {
  const std::string all = printable(name) + ": " + error.what();
  EXPECT_EQ(error.fault(), Fault::input) << all;
  EXPECT_EQ(error.place().file, expected.file) << all;
  const int64_t line = error.place().line;
  const bool right =
      expected.line == anywhere || (expected.line == any_line ? line > 0 : line == expected.line);
  EXPECT_TRUE(right) << all << ": expected line " << expected.line;
  EXPECT_FALSE(error.message().empty()) << all;
  EXPECT_LT(error.message().size(), 600u) << all;
  EXPECT_TRUE(one_line(error.what())) << all;
  EXPECT_TRUE(one_line(error.hint())) << all;
  EXPECT_FALSE(expected.hint && error.hint().empty()) << all << ": no hint";
}

/// What bad input must give: one Error that helps, at once, in little memory. `name` is the case,
/// for messages.
inline void expect_refused(const std::string& name, const Expected& expected,
                           const std::function<void()>& action) {
  constexpr int64_t most_kilobytes = 64 << 10;
  const int64_t memory = peak_kilobytes();
  const std::clock_t start = std::clock();
  try {
    action();
    ADD_FAILURE() << printable(name) << ": no error";
  } catch (const Error& error) {
    expect_helpful(name, error, expected);
  } catch (const std::exception& other) {
    ADD_FAILURE() << printable(name) << ": another exception: " << other.what();
  }
  EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC) << printable(name);
  EXPECT_LT(peak_kilobytes() - memory, most_kilobytes) << printable(name);
}

}  // namespace cadena
