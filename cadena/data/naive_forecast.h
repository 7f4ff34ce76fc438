// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "cadena/data/forecast_series.h"

// What every other forecast has to be better than. `past` has NaN where a value is missing;
// `horizon` and `period`, the values in a season, are > 0; `levels` of the quantiles rise, each
// between 0 and 1. The quantiles are those of the errors that the same forecast would have made in
// the past as many steps ahead; where there was no such past, of the most steps ahead that there
// was. Errors: no value in the past.
namespace cadena {

/// The last value.
Forecast naive_forecast(std::span<const float> past, int horizon,
                        std::span<const double> levels = {});

/// The last value at the same place of the season; for a place without one, the last value. With a
/// period of 1 the naive forecast.
Forecast seasonal_naive_forecast(std::span<const float> past, int period, int horizon,
                                 std::span<const double> levels = {});

/// The straight line through the first value and the last.
Forecast drift_forecast(std::span<const float> past, int horizon,
                        std::span<const double> levels = {});

/// Naive2 of M4: the last value, adjusted for the season by seasonal_indices if is_seasonal.
/// Missing values are taken from the line between their neighbours.
Forecast naive2_forecast(std::span<const float> past, int period, int horizon,
                         std::span<const double> levels = {});

/// The test of M4, of 90 % confidence: the autocorrelation at lag `period` is beyond
/// 1.645 sqrt((1 + 2 sum of the squares of those before) / n). False for a period of 1, fewer than
/// three periods, a missing value, or a value that is not positive, which no factor can adjust.
bool is_seasonal(std::span<const double> past, int period);

/// Factors of a classical multiplicative decomposition, [period], of which the first belongs to the
/// first value; their mean is 1. `past` has at least two periods of positive values.
std::vector<double> seasonal_indices(std::span<const double> past, int period);

/// Climatology: the mean of the past values of the same day of the year, for a series with times
/// and a step of whole days; else at the same place of the period. Days from `half_window` before
/// to as many after the day, at least half a step, count as the same; where they have no value,
/// further ones. The quantiles are the mean plus those of the distances of past values to their
/// means.
Forecast climatology_forecast(const ForecastSeries& past, int period, int horizon,
                              std::span<const double> levels = {}, int half_window = 0);

}  // namespace cadena
