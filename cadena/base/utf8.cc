// SPDX-License-Identifier: MIT
#include "cadena/base/utf8.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "cadena/base/error.h"

namespace cadena {

namespace {

constexpr utf8proc_int32_t replacement = 0xFFFD;

/// Bytes of the code point at the front, or nothing at a fault.
std::optional<CodePoint> decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return CodePoint{first, 1};
  utf8proc_int32_t value = 0;
  const utf8proc_ssize_t bytes =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (bytes <= 0) return std::nullopt;
  return CodePoint{static_cast<char32_t>(value), static_cast<size_t>(bytes)};
}

void append(std::string& out, char32_t point) {
  const auto value = static_cast<utf8proc_int32_t>(point);
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t count =
      utf8proc_encode_char(utf8proc_codepoint_valid(value) ? value : replacement, bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(count));
}

utf8proc_category_t category(char32_t point) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(point));
}

bool eight_ascii(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return (word & 0x8080808080808080u) == 0;
}

bool is_visible(char32_t point) {
  switch (category(point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return true;
  }
}

std::string escape(char32_t point) {
  if (point == '\t') return "\\t";
  if (point == '\n') return "\\n";
  if (point == '\r') return "\\r";
  const auto value = static_cast<uint32_t>(point);
  return value < 0x100 ? fmt::format("\\x{:02x}", value) : fmt::format("\\u{{{:x}}}", value);
}

}  // namespace

std::optional<size_t> invalid_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (at + 8 <= text.size() && eight_ascii(text.data() + at)) {
      at += 8;
      continue;
    }
    const std::optional<CodePoint> point = decode(text.substr(at));
    if (!point) return at;
    at += point->bytes;
  }
  return std::nullopt;
}

CodePoint first_code_point(std::string_view text) {
  return decode(text).value_or(CodePoint{char32_t{replacement}, 1});
}

std::u32string code_points(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    points.push_back(point.value);
    text.remove_prefix(point.bytes);
  }
  return points;
}

std::string encode(char32_t point) {
  std::string bytes;
  append(bytes, point);
  return bytes;
}

std::string lowercase(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    append(lower,
           static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point.value))));
    text.remove_prefix(point.bytes);
  }
  return lower;
}

std::string normalise(std::string_view text) {
  utf8proc_uint8_t* bytes = nullptr;
  const utf8proc_ssize_t count =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &bytes,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (count == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
  if (count < 0) throw Error(fmt::format("invalid UTF-8: \"{}\"", printable(text)));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(bytes, &std::free);
  return {reinterpret_cast<const char*>(bytes), static_cast<size_t>(count)};
}

bool is_letter(char32_t point) {
  const utf8proc_category_t kind = category(point);
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool is_mark(char32_t point) {
  const utf8proc_category_t kind = category(point);
  return kind >= UTF8PROC_CATEGORY_MN && kind <= UTF8PROC_CATEGORY_ME;
}

bool is_digit(char32_t point) { return category(point) == UTF8PROC_CATEGORY_ND; }

bool is_upper(char32_t point) {
  const utf8proc_category_t kind = category(point);
  return kind == UTF8PROC_CATEGORY_LU || kind == UTF8PROC_CATEGORY_LT;
}

bool is_space(char32_t point) {
  const utf8proc_category_t kind = category(point);
  return (point >= '\t' && point <= '\r') || point == 0x85 ||
         (kind >= UTF8PROC_CATEGORY_ZS && kind <= UTF8PROC_CATEGORY_ZP);
}

bool is_control(char32_t point) { return category(point) == UTF8PROC_CATEGORY_CC; }

bool is_emoji(char32_t point) {
  const auto bounds = utf8proc_get_property(static_cast<utf8proc_int32_t>(point))->boundclass;
  return bounds == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC ||
         bounds == UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(code_points(text), is_control);
}

size_t grapheme_end(std::u32string_view text, size_t begin) {
  utf8proc_int32_t state = 0;
  size_t end = begin + 1;
  while (end < text.size() &&
         !utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(text[end - 1]),
                                           static_cast<utf8proc_int32_t>(text[end]), &state))
    ++end;
  return end;
}

std::string printable(std::string_view text) {
  constexpr int longest = 40;
  std::string shown;
  for (int count = 0; !text.empty(); ++count) {
    if (count == longest) return shown + "…";
    const std::optional<CodePoint> point = decode(text);
    if (!point)
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    else if (is_visible(point->value))
      append(shown, point->value);
    else
      shown += escape(point->value);
    text.remove_prefix(point ? point->bytes : 1);
  }
  return shown;
}

}  // namespace cadena
