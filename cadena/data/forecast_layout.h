// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/data/forecast_series.h"

// How the reader of data/forecast_series.h makes out what is where.
namespace cadena {

/// Columns of a table from 0, for a layout that is no longer `detected`.
struct ForecastColumns {
  ForecastLayout layout = ForecastLayout::columns;
  size_t count = 0;  ///< columns of the first line
  std::optional<size_t> id, time;
  std::vector<size_t> values;      ///< in `rows`, every other column
  std::vector<std::string> names;  ///< of the values in `columns`: header or number
};

/// Columns at most, as one series each.
inline constexpr size_t most_forecast_columns = 65536;

/// What stands for a missing value: nothing, "?", or NA, NaN, null in letters of any case.
bool is_missing(std::string_view field);

/// Whether the fields of a first line name columns: the first is empty, or the usual name of a
/// column of ids or times; or none is a number or a time.
bool is_forecast_header(std::span<const std::string> fields);

/// `header` is empty if there is none. Errors, without a place: as read_forecast_series.
ForecastColumns forecast_columns(std::span<const std::string> header,
                                 std::span<const std::string> first,
                                 const ForecastOptions& options);

}  // namespace cadena
