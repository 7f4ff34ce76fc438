// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <vector>

#include "cadena/base/utf8.h"
#include "cadena/data/csv.h"
#include "cadena/data/series_lines.h"

namespace cadena {

namespace {

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
    split_fields(line, separator_, fields_);
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
