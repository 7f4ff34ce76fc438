// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cadena {

/// Longest line in bytes that a reader takes; what is longer is no line of text.
inline constexpr size_t longest_line = size_t{1} << 20;

struct Line {
  int64_t number = 0;     ///< from 1
  std::string_view text;  ///< without its end and a byte order mark; lives until the next line
  bool byte_order_mark = false;
  bool carriage_return = false;  ///< it ended with CR LF
  bool cut = false;              ///< longer than longest_line: the rest was skipped
};

/// A text file line by line in bounded memory. It judges nothing: see line_fault.
class LineReader {
 public:
  /// "-" is the standard input. Errors, here and at next(): as open_input, which also unpacks gzip.
  explicit LineReader(const std::string& path);
  /// `in` outlives the reader; `file` is its name in errors.
  LineReader(std::istream& in, std::string file);

  const std::string& file() const { return file_; }
  /// The next line, or nothing at the end. Errors: the file cannot be read; the line before was
  /// longer than 64 MiB.
  std::optional<Line> next();

 private:
  std::string file_;
  std::unique_ptr<std::istream> opened_;
  std::istream* in_;
  std::unique_ptr<char[]> buffer_;
  int64_t number_ = 0;
  bool skip_ = false;  // the rest of a line that was cut
};

/// The lines of a text in memory.
std::vector<std::string> split_lines(std::string_view text);

/// What is wrong at one line, and what to do about it.
struct LineFault {
  std::string what, hint;
};

/// Why the line is no text: too long, a NUL byte, not UTF-8.
std::optional<LineFault> line_fault(const Line& line);
/// Errors: it is no text, with the line of `file`.
void expect_text(const Line& line, const std::string& file);

}  // namespace cadena
