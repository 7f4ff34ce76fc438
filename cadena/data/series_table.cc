// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <vector>

#include "cadena/base/utf8.h"
#include "cadena/data/series_lines.h"

namespace cadena {

namespace {

/// Comma, or what stands in its place in a first line that has none.
char separator_of(std::string_view line) {
  for (char separator : {',', ';', '\t'})
    if (line.find(separator) != std::string_view::npos) return separator;
  return ',';
}

/// Takes a field in double quotes off the front; inside, two quotes are one (RFC 4180).
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

void split(std::string_view line, char separator, std::vector<std::string>& fields) {
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

/// Whether a field of the first line tells a header: no number, finite or not, and not missing.
bool is_name(std::string_view field) {
  if (field.empty() || field == "?" || finite_number(field)) return false;
  double number = 0;
  return std::from_chars(field.data(), field.data() + field.size(), number).ptr !=
         field.data() + field.size();
}

class TableLines {
 public:
  TableLines(int label_column, int dimension)
      : label_column_(label_column), given_(dimension > 0), dimension_(dimension) {}

  std::optional<Series> operator()(std::string_view line) {
    if (trim(line).empty()) return std::nullopt;
    const bool first = separator_ == '\0';
    if (first) separator_ = separator_of(line);
    split(line, separator_, fields_);
    Series series{.label = {}, .line = 0, .steps = 1, .values = {}};
    const std::optional<size_t> label = label_position();
    if (dimension_ == 0) dimension_ = static_cast<int>(fields_.size() - (label ? 1 : 0));
    if (first && is_header(label)) return std::nullopt;
    if (label) {
      series.label = fields_[*label];
      if (series.label.empty())
        throw Error(fmt::format("no label in column {}", *label + 1), label_hint);
    }
    series.values.reserve(static_cast<size_t>(dimension_));
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (label == i) continue;
      const std::optional<float> value = finite_number(fields_[i]);
      if (!value) throw number_fault(fmt::format("column {}: ", i + 1), fields_[i]);
      series.values.push_back(*value);
    }
    return series;
  }

 private:
  static constexpr const char* label_hint =
      "every line has its label in one column: 1 is the first, -1 the last";

  /// Where the line's label stands, if it has one, after a check of the number of fields.
  std::optional<size_t> label_position() const {
    const auto count = std::ssize(fields_);
    if (label_column_ == 0 || (given_ && count == dimension_)) {
      check(count == dimension_ || dimension_ == 0, dimension_);
      return std::nullopt;
    }
    check(dimension_ == 0 || count == dimension_ + 1, dimension_ + 1);
    if (count < 2)
      throw Error(fmt::format("no values beside the label \"{}\"", printable(fields_.front())),
                  "columns are separated by commas; or by semicolons or tabs if the first line has "
                  "no comma");
    const int64_t column = std::abs(int64_t{label_column_});
    if (column > count)
      throw Error(fmt::format("there is no column {}, the line has {}", label_column_, count),
                  label_hint);
    return static_cast<size_t>(label_column_ > 0 ? column - 1 : count - column);
  }

  void check(bool right, int expected) const {
    if (right) return;
    if (given_ && label_column_ != 0)
      throw Error(fmt::format("expected {} columns, or {} with a label, found {}", dimension_,
                              expected, fields_.size()),
                  "the model was trained on as many");
    throw Error(
        fmt::format("expected {} columns, found {}", expected, fields_.size()),
        given_ ? "the model was trained on as many"
               : "every line has as many columns as the first; the separator is that of the first");
  }

  bool is_header(std::optional<size_t> label) const {
    for (size_t i = 0; i < fields_.size(); ++i)
      if (label != i && is_name(fields_[i])) return true;
    return false;
  }

  int label_column_;
  bool given_;  // the dimension: a line may be without label
  int dimension_;
  char separator_ = '\0';
  std::vector<std::string> fields_;
};

}  // namespace

SeriesLine table_lines(const SeriesOptions& options, int dimension) {
  return TableLines(options.label_column, dimension);
}

}  // namespace cadena
