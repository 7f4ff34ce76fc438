// SPDX-License-Identifier: MIT
#include "cadena/report/text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "cadena/base/utf8.h"

namespace cadena {
namespace {

constexpr const char* minus = "\u2212";

// Of the size of type. Capitals and digits of wide faces, and whatever is not Latin, Greek or
// Cyrillic.
double width_of(char32_t point) {
  if (is_mark(point)) return 0;
  if (point > 0x1100) return 1;
  if (std::u32string_view(U"ijlI.,:;'|! ()[]").find(point) != std::u32string_view::npos)
    return 0.36;
  return is_upper(point) || point == 'm' || point == 'w' ? 0.76 : 0.59;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const auto [point, bytes] = first_code_point(text);
    const bool blank = point == '\n' || point == '\t';
    if (point == '&')
      safe += "&amp;";
    else if (point == '<')
      safe += "&lt;";
    else if (point == '>')
      safe += "&gt;";
    else if (point == '"')
      safe += "&quot;";
    else if (point == '\'')
      safe += "&#39;";
    else if ((is_control(point) && !blank) || point == 0xfffe || point == 0xffff)
      safe += "\ufffd";
    else
      safe += encode(point);
    text.remove_prefix(bytes);
  }
  return safe;
}

std::string short_number(double value) {
  if (!std::isfinite(value)) return "\u2013";
  const double size = std::abs(value);
  const std::string sign = value < 0 ? minus : "";
  if (size == 0) return "0";
  if (size < 1e-4 || size >= 9.9995e14) return scientific_number(value);
  constexpr std::array<std::pair<double, const char*>, 4> units{
      {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
  for (const auto& [unit, letter] : units)
    if (size >= (unit == 1e3 ? 9999.5 : 0.99995 * unit))
      return fmt::format("{}{:.4g}{}", sign, size / unit, letter);
  return fmt::format("{}{:.4g}", sign, size);
}

std::string scientific_number(double value) {
  const std::string text = fmt::format("{:.2e}", std::abs(value));
  const size_t e = text.find('e');
  const int exponent = std::stoi(text.substr(e + 1));
  std::string digits = text.substr(0, e);
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return fmt::format("{}{}e{}{}", value < 0 ? minus : "", digits, exponent < 0 ? minus : "",
                     std::abs(exponent));
}

double text_width(std::string_view text, double size) {
  double width = 0;
  for (char32_t point : code_points(text)) width += width_of(point);
  return width * size;
}

std::string cut_to_width(std::string_view text, double size, double width) {
  if (text_width(text, size) <= width) return std::string(text);
  const std::u32string points = code_points(text);
  std::string kept;
  double used = size;  // of the three dots
  for (size_t begin = 0; begin < points.size();) {
    const size_t end = grapheme_end(points, begin);
    std::string cluster;
    for (; begin < end; ++begin) cluster += encode(points[begin]);
    used += text_width(cluster, size);
    if (used > width) break;
    kept += cluster;
  }
  return kept + "\u2026";
}

std::vector<std::string> wrap(std::string_view text, double size, double width) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find(' ');
    const std::string word(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (lines.empty() || text_width(lines.back() + ' ' + word, size) > width)
      lines.push_back(word);
    else
      lines.back() += ' ' + word;
  }
  return lines;
}

}  // namespace cadena
