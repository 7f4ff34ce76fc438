// SPDX-License-Identifier: MIT
#include "cadena/data/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"
#include "cadena/data/series_lines.h"

namespace cadena {

namespace {

/// Takes a quoted field off the front.
std::string take_quoted(std::string_view& line) {
  std::string field;
  for (size_t at = 1; at < line.size(); ++at) {
    if (line[at] == '"' && !line.substr(at + 1).starts_with('"')) {
      line.remove_prefix(at + 1);
      return field;
    }
    if (line[at] == '"') ++at;
    field += line[at];
  }
  throw Error(fmt::format("a quote is not closed: \"{}\"", printable(line.substr(1))),
              "a field in double quotes ends on its line; a quote inside it is written twice");
}

}  // namespace

char separator_of(std::string_view line) {
  for (char separator : {',', ';', '\t'})
    if (line.find(separator) != std::string_view::npos) return separator;
  return ',';
}

void split_fields(std::string_view line, char separator, std::vector<std::string>& fields) {
  fields.clear();
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const bool quoted = line.starts_with('"');
    std::string field = quoted ? take_quoted(line) : std::string{};
    const std::string_view rest = line.substr(0, line.find(separator));
    if (quoted && !trim(rest).empty())
      throw Error(fmt::format("text after a quoted field: \"{}\"", printable(rest)),
                  "a quote inside a field in double quotes is written twice");
    fields.push_back(quoted ? std::move(field) : std::string(trim(rest)));
    if (rest.size() == line.size()) return;
    line.remove_prefix(rest.size() + 1);
  }
}

}  // namespace cadena
