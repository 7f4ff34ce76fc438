// SPDX-License-Identifier: MIT
#include "cadena/base/utf8.h"

#include <gtest/gtest.h>

#include "cadena/base/error.h"

namespace cadena {
namespace {

TEST(Utf8, AcceptsWhatIsValid) {
  for (const char* text : {"", "Madrid", "Cigüeña", "€", "😀", "\U0010FFFF", "a\u0301",
                           "a long line of plain letters, then ñ"})
    EXPECT_EQ(invalid_utf8(text), std::nullopt) << text;
}

TEST(Utf8, FindsTheFirstFault) {
  const struct {
    const char* text;
    size_t offset;
  } cases[] = {
      {"Espa\xf1"
       "a",
       4},                           // Latin-1
      {"\xc0\xaf", 0},               // overlong slash
      {"\xe0\x80\xaf", 0},           // overlong in three bytes
      {"abc\xed\xa0\x80", 3},        // surrogate
      {"\xf4\x90\x80\x80", 0},       // U+110000
      {"\xf5\x80\x80\x80", 0},       // no such first byte
      {"ñ\x80", 2},                  // continuation without a start
      {"twelve bytes\xe2\x82", 12},  // cut short
      {"\xff\xfeM", 0},              // UTF-16
      {"0123456\xc3", 7},
  };
  for (const auto& c : cases) EXPECT_EQ(invalid_utf8(c.text), c.offset) << printable(c.text);
}

TEST(Utf8, CodePointsAndBack) {
  const std::string text = "¿Qué? 😀";
  std::string back;
  for (char32_t point : code_points(text)) back += encode(point);
  EXPECT_EQ(back, text);
  EXPECT_EQ(code_points(text).size(), 7u);
  EXPECT_EQ(code_points("a\xf1z"), U"a\uFFFDz");
  EXPECT_EQ(encode(0xD800), "\uFFFD");
  EXPECT_EQ(encode(0x110000), "\uFFFD");
}

TEST(Utf8, LowercaseIsSimple) {
  EXPECT_EQ(lowercase("ÁRBOL Ñandú ΑΒΓ İ ß"), "árbol ñandú αβγ i ß");
  EXPECT_EQ(lowercase("A\xff"), "a\uFFFD");
}

TEST(Utf8, NormaliseComposes) {
  EXPECT_EQ(normalise("canon\u0303"), "cano\u00f1");
  EXPECT_EQ(normalise("\u212b"), "\u00c5");
  EXPECT_EQ(normalise(""), "");
  EXPECT_THROW(normalise("\xff"), Error);
}

TEST(Utf8, Classes) {
  EXPECT_TRUE(is_letter(U'ñ') && is_letter(U'ª') && is_letter(U'漢'));
  EXPECT_FALSE(is_letter(U'1') || is_letter(U'-') || is_letter(U'\u0301'));
  EXPECT_TRUE(is_mark(U'\u0301') && is_digit(U'7') && is_upper(U'Á'));
  EXPECT_FALSE(is_upper(U'á') || is_digit(U'½'));
  for (char32_t space : U" \t\r\n\u00a0\u2028\u3000\u0085") EXPECT_TRUE(is_space(space) || !space);
  EXPECT_FALSE(is_space(U'\u200b') || is_space(U'x'));
  EXPECT_TRUE(is_control(U'\0') && !is_control(U' '));
  EXPECT_TRUE(has_control("a\u0085") && !has_control("a ñ\xff") && !has_control(""));
  EXPECT_TRUE(is_emoji(U'😀') && is_emoji(U'\U0001F1EA'));
  EXPECT_FALSE(is_emoji(U'a') || is_emoji(U'€'));
}

TEST(Utf8, GraphemeClusters) {
  const std::u32string family = U"👨‍👩‍👧x";
  EXPECT_EQ(grapheme_end(family, 0), family.size() - 1);
  const std::u32string flags = U"🇪🇸🇫🇷";
  EXPECT_EQ(grapheme_end(flags, 0), 2u);
  EXPECT_EQ(grapheme_end(U"n\u0303o", 0), 2u);
}

TEST(Utf8, PrintableIsSafe) {
  EXPECT_EQ(printable("ñ"), "ñ");
  EXPECT_EQ(printable(std::string_view("a\tb\n\0\x1b[31m", 10)), "a\\tb\\n\\x00\\x1b[31m");
  EXPECT_EQ(printable("Espa\xf1"), "Espa\\xf1");
  EXPECT_EQ(printable("x\u202ey"), "x\\u{202e}y");
  EXPECT_EQ(printable(std::string(41, 'x')), std::string(40, 'x') + "…");
  EXPECT_EQ(printable(std::string(40, 'x')), std::string(40, 'x'));
}

}  // namespace
}  // namespace cadena
