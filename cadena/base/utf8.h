// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cadena {

/// Byte offset of the first fault, or nothing. Strict: no overlong form, no surrogate, nothing
/// above U+10FFFF.
std::optional<size_t> invalid_utf8(std::string_view text);

struct CodePoint {
  char32_t value;
  size_t bytes;  ///< how many bytes of the text it takes
};

/// The first code point of a text that is not empty; a byte that is not UTF-8 reads as U+FFFD.
CodePoint first_code_point(std::string_view text);
/// All of them, faults as in first_code_point.
std::u32string code_points(std::string_view text);
/// A code point as UTF-8; what is no Unicode scalar value becomes U+FFFD.
std::string encode(char32_t point);

/// Unicode simple lower case: one code point for one, no locale.
std::string lowercase(std::string_view text);
/// Normalisation form C. Errors: invalid UTF-8.
std::string normalise(std::string_view text);

bool is_letter(char32_t point);   ///< L*
bool is_mark(char32_t point);     ///< M*: what combines with the letter before it
bool is_digit(char32_t point);    ///< Nd
bool is_upper(char32_t point);    ///< Lu, Lt
bool is_space(char32_t point);    ///< Z*, the white ones of the control characters
bool is_control(char32_t point);  ///< Cc
bool is_emoji(char32_t point);    ///< a pictograph, or a half of a flag

bool has_control(std::string_view text);  ///< a code point of it is_control

/// End of the grapheme cluster (what a reader sees as one character) that starts at `begin`.
size_t grapheme_end(std::u32string_view text, size_t begin);

/// For messages: at most 40 code points and then "…", with controls, invisible characters and
/// invalid bytes escaped.
std::string printable(std::string_view text);

}  // namespace cadena
