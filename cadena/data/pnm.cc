// SPDX-License-Identifier: MIT
#include "cadena/data/pnm.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {

namespace {

constexpr const char* copy_hint = "copy the file again, or convert it to PNG";
constexpr int64_t largest_value = 65535;
constexpr std::string_view blanks = " \t\n\v\f\r";

/// Takes a picture apart from the front. Errors: without a place.
class PnmReader {
 public:
  explicit PnmReader(std::string_view bytes) : left_(bytes) {}

  Image read() {
    const char kind = left_[1];
    if (kind != '2' && kind != '3' && kind != '5' && kind != '6')
      throw Error(fmt::format("a file of the kind P{} is not read, only P2, P3, P5 and P6", kind),
                  "convert it to PNG, PGM or PPM");
    left_.remove_prefix(2);
    Image image;
    image.shape.width = number("a width");
    image.shape.height = number("a height");
    image.shape.channels = kind == '3' || kind == '6' ? 3 : 1;
    check_pixels(image.shape.height, image.shape.width);
    most_ = number("the largest value");
    if (most_ < 1 || most_ > largest_value)
      throw Error(fmt::format("its largest value is {}, expected 1 to {}", most_, largest_value),
                  copy_hint);
    const bool plain = kind == '2' || kind == '3';
    if (plain)
      read_plain(image);
    else
      read_raw(image);
    return image;
  }

 private:
  void skip_blanks() {
    for (;;) {
      left_.remove_prefix(std::min(left_.find_first_not_of(blanks), left_.size()));
      if (!left_.starts_with('#')) return;
      left_.remove_prefix(std::min(left_.find_first_of("\r\n"), left_.size()));
    }
  }

  int64_t number(const char* what) {
    skip_blanks();
    uint32_t value = 0;
    const auto [end, code] = std::from_chars(left_.data(), left_.data() + left_.size(), value);
    if (code != std::errc())
      throw Error(left_.empty()
                      ? fmt::format("is cut short: expected {}", what)
                      : fmt::format("expected {}, found \"{}\"", what,
                                    printable(left_.substr(0, left_.find_first_of(blanks)))),
                  copy_hint);
    left_.remove_prefix(static_cast<size_t>(end - left_.data()));
    return value;
  }

  uint8_t to_byte(int64_t value) const {
    if (value > most_)
      throw Error(fmt::format("a value of {}, its largest is {}", value, most_), copy_hint);
    return static_cast<uint8_t>((value * 255 + most_ / 2) / most_);
  }

  void expect_bytes(size_t least) const {
    if (left_.size() < least)
      throw Error(
          fmt::format("is cut short: {} bytes are left for its pixels, which are at least {}",
                      left_.size(), least),
          copy_hint);
  }

  void read_plain(Image& image) {
    const auto count = static_cast<size_t>(image.shape.size());
    expect_bytes(2 * count);  // a blank and a digit each
    image.bytes.reserve(count);
    while (image.bytes.size() < count) image.bytes.push_back(to_byte(number("a value")));
    skip_blanks();
    expect_end();
  }

  void read_raw(Image& image) {
    if (left_.find_first_of(blanks) != 0)
      throw Error("expected a blank or a new line before its pixels", copy_hint);
    left_.remove_prefix(1);
    const size_t width = most_ > 255 ? 2 : 1;
    const size_t count = width * static_cast<size_t>(image.shape.size());
    expect_bytes(count);
    image.bytes.reserve(count / width);
    for (size_t at = 0; at < count; at += width) {
      int64_t value = static_cast<unsigned char>(left_[at]);
      if (width == 2) value = value << 8 | static_cast<unsigned char>(left_[at + 1]);
      image.bytes.push_back(to_byte(value));
    }
    left_.remove_prefix(count);
    expect_end();
  }

  void expect_end() const {
    if (!left_.empty())
      throw Error(fmt::format("{} bytes follow its pixels", left_.size()),
                  "a file has one picture");
  }

  std::string_view left_;
  int64_t most_ = 0;
};

}  // namespace

bool is_pnm(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
         (blanks.find(bytes[2]) != std::string_view::npos || bytes[2] == '#');
}

Image parse_pnm(std::string_view bytes, const std::string& file) {
  try {
    return PnmReader(bytes).read();
  } catch (const Error& error) {
    throw Error(Place{file}, error.message(), error.hint());
  }
}

std::string to_pnm(const Image& image) {
  std::string file = fmt::format("P{}\n{} {}\n255\n", image.shape.channels == 3 ? 6 : 5,
                                 image.shape.width, image.shape.height);
  file.append(image.bytes.begin(), image.bytes.end());
  return file;
}

}  // namespace cadena
