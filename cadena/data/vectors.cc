// SPDX-License-Identifier: MIT
#include "cadena/data/vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"
#include "cadena/data/lines.h"
#include "cadena/data/series_lines.h"

namespace cadena {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Takes the next word off the front of the line; empty at its end.
std::string_view take(std::string_view& line) {
  const auto begin = std::ranges::find_if_not(line, is_blank);
  const auto end = std::find_if(begin, line.end(), is_blank);
  line = {end, line.end()};
  return {begin, end};
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number number{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The dimension that a first line "count dimension" states; nothing if it is a vector.
std::optional<int> header_dimension(std::string_view line) {
  const std::optional<int64_t> count = parse<int64_t>(take(line));
  const std::optional<int> dimension = parse<int>(take(line));
  if (!count || !dimension || *dimension < 1 || !take(line).empty()) return std::nullopt;
  return dimension;
}

int count_values(std::string_view line) {
  int count = 0;
  while (!take(line).empty()) ++count;
  return count;
}

float parse_value(std::string_view text) {
  const std::optional<float> value = finite_number(text);
  if (!value) throw number_fault("", text);
  return *value;
}

void append_vector(WordVectors& vectors, std::string_view word, std::string_view values) {
  int found = 0;
  for (std::string_view value = take(values); !value.empty(); value = take(values)) {
    vectors.values.push_back(parse_value(value));
    ++found;
  }
  if (found == 0) throw Error(fmt::format("no values after \"{}\"", printable(word)));
  if (found != vectors.dimension)
    throw Error(fmt::format("expected {} values after \"{}\", found {}", vectors.dimension,
                            printable(word), found));
  vectors.words.emplace_back(word);
}

}  // namespace

WordVectors read_vectors(const std::string& path,
                         const std::function<bool(std::string_view)>& wanted) {
  LineReader lines(path);
  WordVectors vectors;
  bool found = false;
  while (const std::optional<Line> line = lines.next()) {
    expect_text(*line, lines.file());
    if (line->number == 1) {
      vectors.dimension = header_dimension(line->text).value_or(0);
      if (vectors.dimension > 0) continue;
    }
    std::string_view rest = line->text;
    const std::string_view word = take(rest);
    if (word.empty()) continue;
    found = true;
    if (vectors.dimension == 0) vectors.dimension = count_values(rest);
    if (!wanted(word)) continue;
    try {
      append_vector(vectors, word, rest);
    } catch (const Error& error) {
      throw Error(Place{lines.file(), line->number}, error.message(),
                  "expected lines of a word and its values, as in .vec");
    }
  }
  if (!found)
    throw Error(Place{lines.file()}, "no word vectors in it",
                "expected lines of a word and its values, as in .vec");
  return vectors;
}

}  // namespace cadena
