// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/data/time_stamp.h"

namespace cadena {

/// Numbers at equal steps of time.
struct ForecastSeries {
  std::string id;
  int64_t line = 0;                ///< of its first value in its file, from 1
  std::optional<TimeStamp> start;  ///< time of the first value, if the file tells times
  TimeStep step;                   ///< between values; unknown if the file tells none
  std::vector<float> values;       ///< NaN where missing; at least one is not
};

/// What a table of numbers says a line.
enum class ForecastLayout {
  detected,   ///< by the first two lines
  rows,       ///< a series: its id, and the values one after the other
  columns,    ///< one value of each series, beside their time if there is one
  long_form,  ///< one value of one series, beside its id, and its time if there is one
};

/// Columns by the name in the header, else by the number, from 1. Empty: detected.
struct ForecastOptions {
  ForecastLayout layout = ForecastLayout::detected;
  std::string id = {};                   ///< the column with ids; not in `columns`
  std::string time = {};                 ///< the column with times; not in `rows`
  std::vector<std::string> values = {};  ///< the columns with values, one in `long_form`
};

/// Of the next values of one series.
struct Forecast {
  std::vector<float> mean = {};       ///< [horizon]
  std::vector<float> quantiles = {};  ///< [horizon, levels], rising with the levels
};

struct ForecastSet {
  std::string file;
  ForecastLayout layout = ForecastLayout::detected;  ///< the one found, not `detected`
  std::vector<ForecastSeries> items;                 ///< in the order of the file; ids differ
};

/// Reads a table of numeric series (docs/tasks/forecast.md), as CSV or with tabs, semicolons, .gz;
/// "-" is the standard input. All series have one step, the smallest distance of two times; a time
/// that is left out is a missing value. Errors: the file is missing; no series; layout
/// or columns cannot be told or are not there; through `on_fault`, with the line, what is wrong
/// with one value (missing after that), line or series (left out).
ForecastSet read_forecast_series(const std::string& path, const ForecastOptions& options = {},
                                 const OnFault& on_fault = throw_fault);
/// The same from a stream; `file` is its name in errors.
ForecastSet read_forecast_series(std::istream& in, const std::string& file,
                                 const ForecastOptions& options = {},
                                 const OnFault& on_fault = throw_fault);

}  // namespace cadena
