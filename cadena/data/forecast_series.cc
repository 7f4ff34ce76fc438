// SPDX-License-Identifier: MIT
#include "cadena/data/forecast_series.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "cadena/base/utf8.h"
#include "cadena/data/csv.h"
#include "cadena/data/forecast_layout.h"
#include "cadena/data/lines.h"
#include "cadena/data/series_lines.h"

namespace cadena {

namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();
// A series may be this many times as long as the values that are there: most of a longer one would
// be gaps, and a wrong date asks for any amount of memory.
constexpr int64_t most_spread = 4;

struct Stamp {
  TimeStamp time;
  int64_t line;
};
using Stamps = std::vector<Stamp>;  // rising

/// The step of which all distances of the times are multiples: months, if every series keeps its
/// day of the month, else seconds; the smallest distance there is.
TimeStep smallest_step(const std::vector<Stamps>& timelines) {
  TimeStep months{.months = std::numeric_limits<int64_t>::max()};
  TimeStep seconds{.seconds = std::numeric_limits<int64_t>::max()};
  bool monthly = true, any = false;
  for (const Stamps& stamps : timelines)
    for (size_t i = 1; i < stamps.size(); ++i) {
      any = true;
      seconds.seconds =
          std::min<int64_t>(seconds.seconds, (stamps[i].time - stamps[i - 1].time).count());
      const auto first =
          monthly ? steps_between(stamps[0].time, stamps[i - 1].time, {.months = 1}) : std::nullopt;
      const auto second =
          first ? steps_between(stamps[0].time, stamps[i].time, {.months = 1}) : std::nullopt;
      monthly = second.has_value();
      if (monthly) months.months = std::min(months.months, *second - *first);
    }
  if (!any) return {};
  return monthly ? months : seconds;
}

class Reader {
 public:
  Reader(LineReader lines, const ForecastOptions& options, const OnFault& on_fault)
      : lines_(std::move(lines)), options_(options), on_fault_(on_fault) {
    set_.file = lines_.file();
  }

  ForecastSet read() {
    bool known = false;
    std::vector<std::string> header, fields;
    char separator = '\0';
    while (const std::optional<Line> line = lines_.next()) {
      number_ = line->number;
      if (const std::optional<LineFault> found = line_fault(*line)) {
        fault(found->what, found->hint);
        continue;
      }
      if (trim(line->text).empty()) continue;
      const bool first = separator == '\0';
      if (first) separator = separator_of(line->text);
      try {
        split_fields(line->text, separator, fields);
      } catch (const Error& error) {
        fault(error.message(), error.hint());
        continue;
      }
      if (first && is_forecast_header(fields)) {
        header = fields;
        continue;
      }
      if (!known) choose_columns(header, fields);
      known = true;
      add(fields);
    }
    finish();
    return std::move(set_);
  }

 private:
  void fault(std::string message, std::string hint) {
    fault_at(number_, std::move(message), std::move(hint));
  }
  void fault_at(int64_t line, std::string message, std::string hint) {
    on_fault_(Error(Place{set_.file, line}, std::move(message), std::move(hint)));
  }

  void choose_columns(const std::vector<std::string>& header,
                      const std::vector<std::string>& first) {
    try {
      columns_ = forecast_columns(header, first, options_);
    } catch (const Error& error) {
      throw Error(Place{set_.file, number_}, error.message(), error.hint(), error.fault());
    }
    set_.layout = columns_.layout;
    if (columns_.layout != ForecastLayout::columns) return;
    for (const std::string& name : columns_.names) new_series(name);
    timelines_.resize(1);
  }

  ForecastSeries& new_series(const std::string& id) {
    set_.items.push_back({.id = id, .line = number_, .start = {}, .step = {}, .values = {}});
    return set_.items.back();
  }

  void add(const std::vector<std::string>& fields) {
    if (columns_.layout == ForecastLayout::rows) return add_row(fields);
    if (fields.size() != columns_.count)
      return fault(
          fmt::format("expected {} columns, found {}", columns_.count, fields.size()),
          "every line has as many columns as the first; the separator is that of the first");
    if (columns_.layout == ForecastLayout::long_form) return add_cell(fields);
    if (!add_time(fields, timelines_.front())) return;
    for (size_t i = 0; i < columns_.values.size(); ++i)
      set_.items[i].values.push_back(value(fields, columns_.values[i]));
  }

  void add_row(const std::vector<std::string>& fields) {
    const size_t id = *columns_.id;
    if (id >= fields.size() || fields[id].empty())
      return fault(fmt::format("no id in column {}", id + 1), "every line begins with its series");
    if (const auto [at, added] = index_.emplace(fields[id], set_.items.size()); !added)
      return fault(fmt::format("series \"{}\" again, first in line {}", printable(fields[id]),
                               set_.items[at->second].line),
                   "each series has one line; in a table of one value a line, name its columns");
    ForecastSeries& series = new_series(fields[id]);
    size_t last = fields.size();
    while (last > 0 && (last - 1 == id || is_missing(fields[last - 1]))) --last;
    series.values.reserve(last);
    for (size_t i = 0; i < last; ++i)
      if (i != id) series.values.push_back(value(fields, i));
  }

  void add_cell(const std::vector<std::string>& fields) {
    const std::string& id = fields[*columns_.id];
    if (id.empty())
      return fault(fmt::format("no id in column {}", *columns_.id + 1),
                   "every line says of which series its value is");
    const auto [at, added] = index_.emplace(id, set_.items.size());
    if (added) {
      new_series(id);
      timelines_.emplace_back();
    }
    if (!add_time(fields, timelines_[at->second])) return;
    set_.items[at->second].values.push_back(value(fields, columns_.values.front()));
  }

  bool add_time(const std::vector<std::string>& fields, Stamps& stamps) {
    if (!columns_.time) return true;
    const std::string& text = fields[*columns_.time];
    const std::optional<TimeStamp> time = parse_time(text);
    if (!time) {
      fault(fmt::format("column {}: \"{}\" is no date", *columns_.time + 1, printable(text)),
            std::string(time_forms));
    } else if (!stamps.empty() && *time <= stamps.back().time) {
      fault(fmt::format("\"{}\" is not after the time in line {}", printable(text),
                        stamps.back().line),
            "the times of a series rise; if the table has several series, name the column of ids");
    } else {
      stamps.push_back({*time, number_});
      return true;
    }
    return false;
  }

  float value(const std::vector<std::string>& fields, size_t column) {
    const std::string& text = fields[column];
    if (is_missing(text)) return missing;
    if (const std::optional<float> number = finite_number(text)) return *number;
    fault(fmt::format("column {}: \"{}\" is not a finite number", column + 1, printable(text)),
          "a value has a decimal point; a missing one is an empty field, ?, NA, NaN or null");
    return missing;
  }

  /// Puts missing values where the times leave one out. False: the series is left out.
  bool spread(ForecastSeries& series, const Stamps& stamps, const TimeStep& step) {
    series.start = stamps.front().time;
    series.step = step;
    series.line = stamps.front().line;
    std::vector<float> values{series.values.front()};
    const int64_t most = most_spread * std::ssize(stamps);
    for (size_t i = 1; i < stamps.size(); ++i) {
      const auto count = steps_between(*series.start, stamps[i].time, step);
      if (!count) {
        fault_at(stamps[i].line,
                 fmt::format("series \"{}\": from {} to {} is not a multiple of {}",
                             printable(series.id), format_time(stamps[i - 1].time, {.seconds = 1}),
                             format_time(stamps[i].time, {.seconds = 1}), format_step(step)),
                 "the step of a table is the smallest distance of two of its times; a value may "
                 "be missing, but not be in between");
        return false;
      }
      if (*count >= most) {
        fault_at(
            stamps[i].line,
            fmt::format("series \"{}\": more than {} of {} values are missing, with a step "
                        "of {}",
                        printable(series.id), most_spread - 1, most_spread, format_step(step)),
            "is a time wrong? the step of a table is the smallest distance of two of its times");
        return false;
      }
      values.resize(static_cast<size_t>(*count), missing);
      values.push_back(series.values[i]);
    }
    series.values = std::move(values);
    return true;
  }

  void finish() {
    const TimeStep step = columns_.time ? smallest_step(timelines_) : TimeStep{};
    const auto faulty = [&](ForecastSeries& series) {
      if (std::ranges::all_of(series.values, [](float x) { return std::isnan(x); })) {
        fault_at(series.line, fmt::format("series \"{}\" has no value", printable(series.id)),
                 "leave it out");
        return true;
      }
      const size_t i = columns_.layout == ForecastLayout::columns
                           ? 0
                           : static_cast<size_t>(&series - set_.items.data());
      return columns_.time && !spread(series, timelines_[i], step);
    };
    std::vector<ForecastSeries> sound;
    for (ForecastSeries& series : set_.items)
      if (!faulty(series)) sound.push_back(std::move(series));
    set_.items = std::move(sound);
    if (set_.items.empty())
      throw Error(Place{set_.file}, "no series",
                  "a table of series has a header, and a line for each series or each time");
  }

  LineReader lines_;
  const ForecastOptions& options_;
  const OnFault& on_fault_;
  int64_t number_ = 0;
  ForecastColumns columns_;
  ForecastSet set_;
  std::map<std::string, size_t, std::less<>> index_;  // of the ids, in rows and long_form
  std::vector<Stamps> timelines_;                     // one in columns, one a series in long_form
};

}  // namespace

ForecastSet read_forecast_series(const std::string& path, const ForecastOptions& options,
                                 const OnFault& on_fault) {
  return Reader(LineReader(path), options, on_fault).read();
}

ForecastSet read_forecast_series(std::istream& in, const std::string& file,
                                 const ForecastOptions& options, const OnFault& on_fault) {
  return Reader(LineReader(in, file), options, on_fault).read();
}

}  // namespace cadena
