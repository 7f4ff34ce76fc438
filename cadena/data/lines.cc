// SPDX-License-Identifier: MIT
#include "cadena/data/lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/input.h"
#include "cadena/base/utf8.h"

namespace cadena {

namespace {

constexpr std::string_view mark = "\xef\xbb\xbf";
// A line of the greatest length, with its mark, carriage return, newline and the final NUL.
constexpr size_t capacity = longest_line + mark.size() + 3;
constexpr std::streamsize most_skipped = 64 << 20;

}  // namespace

LineReader::LineReader(const std::string& path)
    : file_(path == "-" ? "stdin" : path),
      opened_(open_input(path)),
      in_(opened_.get()),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity)) {}

LineReader::LineReader(std::istream& in, std::string file)
    : file_(std::move(file)), in_(&in), buffer_(std::make_unique_for_overwrite<char[]>(capacity)) {}

std::optional<Line> LineReader::next() {
  if (std::exchange(skip_, false) && in_->ignore(most_skipped, '\n').gcount() == most_skipped)
    throw Error(Place{file_, number_}, fmt::format("line longer than {} bytes", most_skipped),
                "is this a text file?");
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
    skip_ = true;
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

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::optional<LineFault> line_fault(const Line& line) {
  if (line.number == 1 && line.text.starts_with("\x1f\x8b"))
    return LineFault{"packed with gzip", "unpack it: 'gzip -dc FILE > NEW'"};
  if (line.cut)
    return LineFault{fmt::format("line longer than {} bytes", longest_line),
                     "is this a text file?"};
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

void expect_text(const Line& line, const std::string& file) {
  if (const auto fault = line_fault(line))
    throw Error(Place{file, line.number}, fault->what, fault->hint);
}

}  // namespace cadena
