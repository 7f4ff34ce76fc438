// SPDX-License-Identifier: MIT
#include "cadena/data/lines.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <limits>
#include <system_error>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {

namespace {

constexpr std::string_view mark = "\xef\xbb\xbf";
// A line of the greatest length, with its mark, carriage return, newline and the final NUL.
constexpr size_t capacity = longest_line + mark.size() + 3;

std::unique_ptr<std::ifstream> open(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw Error(Place{path}, "is a directory, not a file", "name a file in it");
  errno = 0;
  auto in = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (*in) return in;
  const int code = errno;
  if (code == ENOENT || code == ENOTDIR)
    throw Error(Place{path}, "no such file",
                "check the spelling; a path is taken from the current directory");
  throw Error(Place{path}, "cannot open: " + std::generic_category().message(code),
              "check the permissions of the file and its folders", Fault::environment);
}

}  // namespace

LineReader::LineReader(const std::string& path)
    : file_(path == "-" ? "stdin" : path),
      opened_(path == "-" ? nullptr : open(path)),
      in_(opened_ ? opened_.get() : &std::cin),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity)) {}

LineReader::LineReader(std::istream& in, std::string file)
    : file_(std::move(file)), in_(&in), buffer_(std::make_unique_for_overwrite<char[]>(capacity)) {}

std::optional<Line> LineReader::next() {
  in_->getline(buffer_.get(), static_cast<std::streamsize>(capacity));
  auto count = static_cast<size_t>(in_->gcount());
  if (in_->bad())
    throw Error(Place{file_, number_}, "cannot read on", "is the disk or the connection all right?",
                Fault::environment);
  if (in_->eof() && count == 0) return std::nullopt;
  Line line;
  line.number = ++number_;
  if (in_->fail() && !in_->eof()) {
    line.cut = true;
    in_->clear();
    in_->ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  } else if (!in_->eof()) {
    --count;  // the newline
  }
  line.text = {buffer_.get(), count};
  if (number_ == 1 && line.text.starts_with(mark)) {
    line.byte_order_mark = true;
    line.text.remove_prefix(mark.size());
  }
  if (!line.cut && line.text.ends_with('\r')) {
    line.carriage_return = true;
    line.text.remove_suffix(1);
  }
  if (line.text.size() > longest_line) {
    line.cut = true;
    line.text = line.text.substr(0, longest_line);
  }
  return line;
}

std::optional<LineFault> line_fault(const Line& line) {
  if (line.cut)
    return LineFault{fmt::format("line longer than {} bytes", longest_line),
                     "is this a text file with one token a line?"};
  if (const size_t at = line.text.find('\0'); at != std::string_view::npos)
    return LineFault{fmt::format("NUL byte (byte {} of the line)", at + 1),
                     "is this a text file? UTF-16 is converted by 'iconv -f UTF-16 -t UTF-8'"};
  if (const std::optional<size_t> at = invalid_utf8(line.text))
    return LineFault{
        fmt::format("invalid UTF-8: byte 0x{:02x} (byte {} of the line): \"{}\"",
                    static_cast<unsigned char>(line.text[*at]), *at + 1, printable(line.text)),
        "if the file is in Latin-1, convert it: 'iconv -f ISO-8859-1 -t UTF-8 FILE > NEW'"};
  return std::nullopt;
}

}  // namespace cadena
