// SPDX-License-Identifier: MIT
#include "cadena/data/series_lines.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <system_error>

#include "cadena/base/utf8.h"

namespace cadena {

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<float> finite_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double number = 0;
  const char* last = text.data() + text.size();
  const auto [end, code] = std::from_chars(text.data(), last, number);
  if (code != std::errc() || end != last) return std::nullopt;
  if (!(std::abs(number) <= double{std::numeric_limits<float>::max()})) return std::nullopt;
  return static_cast<float>(number);
}

Error number_fault(const std::string& where, std::string_view text) {
  return Error(text.empty()
                   ? fmt::format("{}no value", where)
                   : fmt::format("{}\"{}\" is not a finite number", where, printable(text)),
               "every value is a number with a decimal point; fill in missing ones, or leave out "
               "what has them");
}

std::string_view without_gz(std::string_view path) {
  if (path.ends_with(".gz")) path.remove_suffix(3);
  return path;
}

std::string suffix(std::string_view path) {
  return lowercase(std::filesystem::path(without_gz(path)).extension().string());
}

}  // namespace cadena
