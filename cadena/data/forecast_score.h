// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cadena/base/json.h"
#include "cadena/data/forecast_series.h"

namespace cadena {

/// Mean distance of the known values of a series to those a season, `period` > 0 values, before:
/// what MASE and MSIS measure errors by. Nothing if there is no such pair or all are equal.
std::optional<double> seasonal_scale(std::span<const float> past, int period);

/// The central interval between two quantiles of the same distance to the median.
struct IntervalScore {
  double level = 0;                ///< of the values that it should hold
  std::optional<double> coverage;  ///< of those that it does
  std::optional<double> width;     ///< mean
  std::optional<double> msis;      ///< mean scaled interval score, mean of the scaled windows
};

/// Measures that nothing defines are empty. Those of a window are means over its known values; then
/// the mean over windows is taken, as in M4. The others are over all known values alike.
struct ForecastMeasures {
  int64_t windows = 0;   ///< with at least one known value
  int64_t values = 0;    ///< known
  int64_t missing = 0;   ///< left out
  int64_t unscaled = 0;  ///< windows without seasonal_scale, left out of mase and msis
  std::optional<double> smape =
      {};  ///< 0 to 200, mean of the windows; 0 where value and forecast are 0
  std::optional<double> mase = {};            ///< mean of the scaled windows
  std::optional<double> mae, rmse;            ///< over values
  std::vector<double> pinball = {};           ///< of each level, over values; empty without values
  std::vector<IntervalScore> intervals = {};  ///< the widest first
};

/// Overall weighted average: the mean of sMAPE and MASE, each relative to another forecast of the
/// same windows, Naive2 in M4. Nothing if one of the four is missing or what divides is 0.
std::optional<double> owa(const ForecastMeasures& measures, const ForecastMeasures& naive2);

/// How good forecasts are: the measures of S. Makridakis, E. Spiliotis and V. Assimakopoulos, "The
/// M4 competition: 100,000 time series and 61 forecasting methods", Int. J. Forecasting 36 (2020).
class ForecastScore {
 public:
  /// `levels` of the quantiles, rising, each between 0 and 1; intervals are between those that
  /// add up to 1.
  explicit ForecastScore(std::vector<double> levels = {});

  /// One window: `past` is known to the forecast of `actual`, where NaN is a missing value; the
  /// seasonal period is that of MASE. Errors: sizes that differ; a forecast that is not finite.
  void add(std::span<const float> past, int period, std::span<const float> actual,
           const Forecast& forecast);

  ForecastMeasures measures() const;
  /// The measures in lines, and with that of Naive2 OWA.
  std::string report(const ForecastMeasures* naive2 = nullptr) const;
  Json json(const ForecastMeasures* naive2 = nullptr) const;

 private:
  struct Interval {
    size_t low, high;  // of the levels
    double inside = 0, width = 0, msis = 0;
  };
  double interval_error(const Interval& interval, double low, double high, double actual) const;
  void add_quantiles(std::span<const float> actual, const Forecast& forecast,
                     std::optional<double> scale);

  std::vector<double> levels_, pinball_;  // the second summed over values
  std::vector<Interval> intervals_;
  int64_t windows_ = 0, values_ = 0, missing_ = 0, unscaled_ = 0;
  double smape_ = 0, mase_ = 0, absolute_ = 0, square_ = 0;
};

}  // namespace cadena
