// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <streambuf>
#include <string>

namespace cadena {

/// A file, a pipe or the standard input for a std::istream, which can tell whether reading a line
/// would wait. A failed read makes the stream bad.
class Input : public std::streambuf {
 public:
  /// "-" is standard input. Errors: the file cannot be opened.
  explicit Input(const std::string& path);
  ~Input() override;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// Whether the next line, or the end, can be read without waiting.
  bool line_ready();

 protected:
  int_type underflow() override;

 private:
  enum class Outcome { more, end, failed };
  /// Waits for bytes and puts them behind those that are not read yet; there must be room.
  Outcome fill();
  bool full() const;

  int descriptor_;
  std::unique_ptr<char[]> buffer_;
  bool ended_ = false;
};

}  // namespace cadena
