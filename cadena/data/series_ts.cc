// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

#include "cadena/base/utf8.h"
#include "cadena/data/series_lines.h"

namespace cadena {

namespace {

/// The parts between separators, trimmed.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = std::min(text.find(separator), text.size());
    parts.push_back(trim(text.substr(0, end)));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (text = trim(text); !text.empty(); text = trim(text)) {
    found.push_back(text.substr(0, text.find_first_of(" \t")));
    text.remove_prefix(found.back().size());
  }
  return found;
}

/// The format of sktime: comments #, a header of lines @, and after @data a case a line.
class TsLines {
 public:
  TsLines(bool needs_label, int dimension)
      : needs_label_(needs_label), given_(dimension > 0), dimension_(dimension) {}

  std::optional<Series> operator()(std::string_view line) {
    line = trim(line);
    if (line.empty() || line.starts_with('#') || part_ == Part::refused) return std::nullopt;
    const Part part = std::exchange(part_, Part::refused);  // if the header throws
    if (part != Part::data && line.starts_with('@')) {
      part_ = read_header(words(line));
      return std::nullopt;
    }
    if (part == Part::header || (part == Part::start && !given_))
      throw Error("a case before @data",
                  "a .ts file has a header of lines '@...', the last '@data'");
    part_ = Part::data;
    return read_case(line);
  }

 private:
  enum class Part { start, header, data, refused };

  Part read_header(const std::vector<std::string_view>& line) {
    const std::string key = lowercase(line.front());
    if (key == "@timestamps" && flag(line))
      throw Error("the series have time stamps, which are not read",
                  "sample them at equal intervals, drop the times and say '@timeStamps false'");
    if (key == "@univariate" && flag(line)) set_dimension(1);
    if (key == "@dimensions" || key == "@dimension") set_dimension(count(line));
    if (key == "@classlabel") {
      labelled_ = flag(line);
      classes_.assign(line.begin() + 2, line.end());
      std::ranges::sort(classes_);
    }
    if (key != "@data") return Part::header;
    if (needs_label_ && !labelled_.value_or(false))
      throw Error("its cases have no class: no '@classLabel true' in the header",
                  "a classifier learns from classes: '@classLabel true' and all of them");
    return Part::data;
  }

  static std::string_view argument(const std::vector<std::string_view>& line) {
    return line.size() > 1 ? line[1] : std::string_view{};
  }

  static bool flag(const std::vector<std::string_view>& line) {
    const std::string value = lowercase(argument(line));
    if (value != "true" && value != "false")
      throw Error(fmt::format("expected true or false after {}, found \"{}\"",
                              printable(line.front()), printable(argument(line))),
                  "as in '@classLabel true yes no'");
    return value == "true";
  }

  static int count(const std::vector<std::string_view>& line) {
    const std::string_view text = argument(line);
    int number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc() || end != text.data() + text.size() || number < 1)
      throw Error(fmt::format("expected a number after {}, found \"{}\"", printable(line.front()),
                              printable(text)),
                  "as in '@dimensions 3'");
    return number;
  }

  void set_dimension(int found) {
    if (dimension_ > 0 && dimension_ != found)
      throw Error(fmt::format("expected {} dimensions, found {}", dimension_, found),
                  given_ ? "the model was trained on as many"
                         : "@univariate and @dimensions contradict each other");
    dimension_ = found;
  }

  Series read_case(std::string_view line) {
    std::vector<std::string_view> fields = split(line, ':');
    Series series;
    if (has_label(fields.size())) {
      series.label = fields.back();
      fields.pop_back();
      check_label(series.label);
    }
    series.steps = static_cast<int>(common_steps(fields));
    dimension_ = static_cast<int>(fields.size());
    series.values.resize(static_cast<size_t>(series.steps) * fields.size());
    for (size_t d = 0; d < fields.size(); ++d) {
      const std::vector<std::string_view> values = split(fields[d], ',');
      for (size_t t = 0; t < values.size(); ++t) {
        const std::optional<float> value = finite_number(values[t]);
        if (!value)
          throw number_fault(fmt::format("dimension {}, step {}: ", d + 1, t + 1), values[t]);
        series.values[t * fields.size() + d] = *value;
      }
    }
    return series;
  }

  bool has_label(size_t fields) const {
    const auto found = static_cast<int>(fields);
    const bool labelled = labelled_.value_or(given_);
    const int64_t label = labelled ? 1 : 0;
    const int64_t most =
        (dimension_ > 0 ? dimension_ : std::max<int64_t>(found - label, 1)) + label;
    if (found == most) return labelled;
    if (given_ && found == dimension_) return false;
    throw Error(fmt::format("expected {} fields separated by ':', found {}", most, found),
                "a case is its dimensions, as many as the header or the first case has, and then "
                "its class");
  }

  void check_label(const std::string& label) const {
    if (label.empty())
      throw Error("no class after the last ':'", "a case ends with one of the classes");
    if (!classes_.empty() && !std::ranges::binary_search(classes_, label))
      throw Error(fmt::format("\"{}\" is none of the classes", printable(label)),
                  "the classes are those after @classLabel");
  }

  /// Their number of values, told before any is kept.
  static int64_t common_steps(const std::vector<std::string_view>& dimensions) {
    const auto steps = std::ranges::count(dimensions.front(), ',') + 1;
    for (size_t d = 1; d < dimensions.size(); ++d)
      if (const auto other = std::ranges::count(dimensions[d], ',') + 1; other != steps)
        throw Error(fmt::format("dimension {} has length {}, the first {}", d + 1, other, steps),
                    "all dimensions of a case are equally long: cut or fill them");
    return steps;
  }

  bool needs_label_;
  bool given_;  // the dimension: a case may be without label, the file without header
  int dimension_;
  Part part_ = Part::start;
  std::optional<bool> labelled_;
  std::vector<std::string> classes_;  // sorted
};

}  // namespace

SeriesLine ts_lines(const SeriesOptions& options, int dimension) {
  return TsLines(dimension == 0 && options.label_column != 0, dimension);
}

}  // namespace cadena
