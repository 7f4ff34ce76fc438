// SPDX-License-Identifier: MIT
#include "cadena/data/forecast_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"
#include "cadena/data/series_lines.h"

namespace cadena {

namespace {

constexpr std::array<std::string_view, 7> id_names = {"id",        "item",      "item_id", "series",
                                                      "series_id", "unique_id", "name"};
constexpr std::array<std::string_view, 11> time_names = {
    "date", "datetime", "time",    "timestamp", "ds",    "day",
    "week", "month",    "quarter", "year",      "period"};
constexpr const char* say_columns =
    "say which column is what: id, time and values, by name or number; or which layout it is";

bool is_in(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, lowercase(name)) != names.end();
}

bool has_decimal_comma(std::string field) {
  const size_t comma = field.find(',');
  if (comma == field.npos) return false;
  field[comma] = '.';
  return finite_number(field).has_value();
}

enum class Kind { number, time, text };

class Detector {
 public:
  Detector(std::span<const std::string> header, std::span<const std::string> first,
           const ForecastOptions& options)
      : header_(header), first_(first), options_(options) {
    columns_.layout = options.layout;
    columns_.count = header.empty() ? first.size() : header.size();
    first_ = first.first(std::min(first.size(), columns_.count));
  }

  ForecastColumns run() {
    columns_.id = chosen(options_.id);
    columns_.time = chosen(options_.time);
    for (const std::string& name : options_.values) columns_.values.push_back(*chosen(name));
    if (!columns_.time && options_.layout != ForecastLayout::rows) find_time();
    for (size_t i = 0; i < first_.size(); ++i)
      if (is_free(i) && kind(i) == Kind::text) add_text(i);
    if (columns_.layout == ForecastLayout::detected) columns_.layout = layout();
    switch (columns_.layout) {
      case ForecastLayout::rows:
        rows();
        break;
      case ForecastLayout::columns:
        columns();
        break;
      default:
        long_form();
    }
    return std::move(columns_);
  }

 private:
  std::string called(size_t column) const {
    return column < header_.size() && !header_[column].empty() ? header_[column]
                                                               : std::to_string(column + 1);
  }

  std::optional<size_t> chosen(const std::string& name) const {
    if (name.empty()) return std::nullopt;
    const auto found = std::ranges::find(header_, name);
    if (found != header_.end()) return static_cast<size_t>(found - header_.begin());
    size_t number = 0;
    const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (code == std::errc() && end == name.data() + name.size() && number > 0 &&
        number <= columns_.count)
      return number - 1;
    const auto near = nearest(name, std::vector<std::string>(header_.begin(), header_.end()));
    throw Error(fmt::format("there is no column \"{}\"", printable(name)),
                near ? fmt::format("did you mean \"{}\"?", printable(*near))
                     : fmt::format("a column is named as in the header, or by its number, 1 to {}",
                                   columns_.count));
  }

  bool is_free(size_t column) const { return columns_.id != column && columns_.time != column; }

  /// Data frames write their index in a column without a name.
  bool is_index(size_t column) const { return column < header_.size() && header_[column].empty(); }

  Kind kind(size_t column) const {
    if (is_missing(first_[column]) || finite_number(first_[column])) return Kind::number;
    return parse_time(first_[column]) ? Kind::time : Kind::text;
  }

  void add_text(size_t column) {
    if (has_decimal_comma(first_[column]))
      throw Error(fmt::format("column \"{}\": \"{}\" has a decimal comma",
                              printable(called(column)), printable(first_[column])),
                  "values have a decimal point: where no comma separates columns, "
                  "'sed \"s/,/./g\" FILE' writes them so");
    texts_.push_back(column);
  }

  /// A bare number is a time only where the name of its column says so.
  void find_time() {
    if (!header_.empty() && is_in(time_names, header_[0]) && kind(0) == Kind::text)
      throw Error(fmt::format("column \"{}\": \"{}\" is no date", printable(header_[0]),
                              printable(first_[0])),
                  std::string(time_forms));
    for (size_t i = 0; i < first_.size() && !columns_.time; ++i) {
      const bool named =
          i < header_.size() && (is_in(time_names, header_[i]) || (i == 0 && header_[i].empty()));
      if (columns_.id != i && std::ranges::find(columns_.values, i) == columns_.values.end() &&
          parse_time(first_[i]) && (named || kind(i) == Kind::time))
        columns_.time = i;
    }
  }

  /// Columns that may have values, and hold a number in the first line.
  std::vector<size_t> numbers() const {
    std::vector<size_t> found;
    for (size_t i = 0; i < first_.size(); ++i)
      if (is_free(i) && !is_index(i) && kind(i) == Kind::number) found.push_back(i);
    return found;
  }

  ForecastLayout layout() {
    const bool one =
        columns_.values.size() == 1 || (columns_.values.empty() && numbers().size() == 1);
    if (columns_.id) {
      if (columns_.time || one) return ForecastLayout::long_form;
      return ForecastLayout::rows;
    }
    if (texts_.empty()) return ForecastLayout::columns;
    if (!columns_.time && columns_.values.empty() && texts_ == std::vector<size_t>{0})
      return ForecastLayout::rows;
    if (columns_.time && one && texts_.size() == 1) return ForecastLayout::long_form;
    if (texts_.size() > 1)
      throw Error(fmt::format("columns \"{}\" and \"{}\" may both have the ids of series, or be no "
                              "part of them",
                              printable(called(texts_[0])), printable(called(texts_[1]))),
                  say_columns);
    throw Error(fmt::format("cannot tell the layout: column \"{}\" has text, \"{}\"",
                            printable(called(texts_[0])), printable(first_[texts_[0]])),
                say_columns);
  }

  void rows() {
    if (columns_.time || !columns_.values.empty())
      throw Error("a series a line has no columns for times or values",
                  "every column but that of the ids is a value; or the layout is another");
    if (!columns_.id) columns_.id = 0;
  }

  void columns() {
    if (columns_.id)
      throw Error("a series a column has no column for ids",
                  "the names of the columns are the ids; or the layout is another");
    if (columns_.values.empty())
      for (size_t i = 0; i < columns_.count; ++i)
        if (is_free(i) && !is_index(i)) columns_.values.push_back(i);
    if (columns_.values.empty()) throw Error("no column with values", say_columns);
    if (columns_.values.size() > most_forecast_columns)
      throw Error(
          fmt::format("{} columns, more than {}", columns_.values.size(), most_forecast_columns),
          "if every line is a series, say so as its layout", Fault::limit);
    std::set<std::string_view> names;
    for (size_t column : columns_.values) columns_.names.push_back(called(column));
    for (const std::string& name : columns_.names)
      if (!names.insert(name).second)
        throw Error(fmt::format("two columns \"{}\"", printable(name)),
                    "each series has a name of its own; say which columns have values by number");
  }

  void long_form() {
    if (!columns_.id && texts_.size() == 1) columns_.id = texts_.front();
    if (!columns_.id)
      throw Error(fmt::format("no column with the ids of series{}",
                              texts_.empty() ? "" : ": more than one has text"),
                  say_columns);
    if (columns_.values.empty()) columns_.values = numbers();
    if (columns_.values.size() != 1)
      throw Error(
          fmt::format("{} columns may have the value, one is needed",
                      columns_.values.empty() ? "no" : std::to_string(columns_.values.size())),
          say_columns);
  }

  std::span<const std::string> header_, first_;
  const ForecastOptions& options_;
  ForecastColumns columns_;
  std::vector<size_t> texts_;  // columns with text in the first line
};

}  // namespace

bool is_missing(std::string_view field) {
  if (field.empty() || field == "?") return true;
  if (field.size() > 4) return false;
  const std::string word = lowercase(field);
  return word == "na" || word == "nan" || word == "null";
}

bool is_forecast_header(std::span<const std::string> fields) {
  const std::string& first = fields.front();
  if (first.empty() || is_in(id_names, first) || is_in(time_names, first)) return true;
  return std::ranges::none_of(
      fields, [](const std::string& field) { return finite_number(field) || parse_time(field); });
}

ForecastColumns forecast_columns(std::span<const std::string> header,
                                 std::span<const std::string> first,
                                 const ForecastOptions& options) {
  return Detector(header, first, options).run();
}

}  // namespace cadena
