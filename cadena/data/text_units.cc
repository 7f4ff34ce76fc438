// SPDX-License-Identifier: MIT
#include "cadena/data/text_units.h"

#include <algorithm>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

constexpr const char* newline = "\n";

std::vector<std::string> characters(std::string_view line) {
  std::vector<std::string> all;
  while (!line.empty()) {
    const CodePoint point = first_code_point(line);
    all.push_back(encode(point.value));
    line.remove_prefix(point.bytes);
  }
  return all;
}

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> all;
  for (size_t begin = 0; (begin = line.find_first_not_of(" \t", begin)) != line.npos;) {
    const size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    all.emplace_back(line.substr(begin, end - begin));
    begin = end;
  }
  return all;
}

}  // namespace

TextUnits::TextUnits(const TextUnitOptions& options, std::span<const std::string> lines)
    : unit_(options.unit) {
  if (unit_ == "subword") {
    SymbolCounts counts;
    for (const std::string& line : lines)
      for (std::string& word : words(line)) ++counts[std::move(word)];
    pairs_ = BytePairs::learn(counts, options.merges);
  }
  SymbolCounts counts;
  for (const std::string& line : lines)
    for (std::string& unit : split(line)) ++counts[std::move(unit)];
  int64_t most = options.min_count;
  for (const auto& [unit, count] : counts) most = std::max(most, count);
  counts[newline] = most + 1;  // known, whatever the limits
  vocabulary_ = Vocabulary::from_counts(
      counts, {.min_count = options.min_count, .max_size = options.max_units});
}

TextUnits::TextUnits(std::string unit, std::string_view vocabulary, std::string_view merges)
    : unit_(std::move(unit)),
      vocabulary_(Vocabulary::from_text(vocabulary)),
      pairs_(BytePairs::from_text(merges)) {
  if (line_end() == Vocabulary::unknown) throw Error("its vocabulary has no end of line");
}

std::vector<std::string> TextUnits::split(std::string_view line) const {
  if (unit_ == "character") return characters(line);
  return unit_ == "word" ? words(line) : pairs_.pieces(line);
}

void TextUnits::encode(std::string_view line, std::vector<int32_t>& ids) const {
  for (const std::string& unit : split(line)) ids.push_back(vocabulary_.id(unit));
}

std::string TextUnits::decode(int32_t id, bool first) const {
  const std::string& text = vocabulary_.text(id);
  if (text == newline || unit_ == "character") return text;
  if (unit_ == "word") return first ? text : " " + text;
  const std::string piece = BytePairs::joined({&text, 1});
  return piece.size() < text.size() && !first ? " " + piece : piece;
}

std::string TextUnits::joined(std::span<const std::string> units) const {
  if (unit_ == "subword") return BytePairs::joined(units);
  std::string line;
  for (const std::string& unit : units) {
    if (unit_ == "word" && !line.empty()) line += ' ';
    line += unit;
  }
  return line;
}

}  // namespace cadena
