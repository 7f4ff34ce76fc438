// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cadena/data/calendar.h"
#include "cadena/data/forecast_series.h"

namespace cadena {

/// What a forecast looks at.
struct WindowOptions {
  int horizon = 0;             ///< values to forecast; 0: two seasons, 12 where there is none
  int period = 0;              ///< values in a season; 0: by the step
  int past = 0;                ///< values that are looked at; 0: by horizon and season
  int step = 0;                ///< values that the network reads at a time; 0: a season
  std::string scale = "auto";  ///< linear; logarithm; auto: this for series that are above 0
};

/// A series as windows want it: on the chosen scale, without gaps, and with running sums, so that
/// what is known at any time costs little.
class SeriesHistory {
 public:
  /// Errors, without a place: a value that has no logarithm.
  SeriesHistory(ForecastSeries series, const WindowOptions& options);

  const ForecastSeries& series() const { return series_; }
  int64_t length() const { return static_cast<int64_t>(series_.values.size()); }
  int64_t first() const { return first_; }  ///< the first known value
  /// As the series has them, NaN where missing.
  std::span<const float> values(int64_t begin, int64_t count) const {
    return std::span(series_.values)
        .subspan(static_cast<size_t>(begin), static_cast<size_t>(count));
  }
  double filled(int64_t t) const { return filled_[static_cast<size_t>(t)]; }
  /// The value that is x on the scale.
  float value(double x) const;

  struct Moments {
    double mean = 0, deviation = 0;
  };
  /// Of the filled values from `begin` to before `end`, at least one.
  Moments moments(int64_t begin, int64_t end) const;
  /// Mean distance of the known values before `end` to those a season before; 0 without any.
  double seasonal_change(int64_t end) const;

 private:
  ForecastSeries series_;
  int64_t first_ = 0;
  bool logarithm_;
  std::vector<double> filled_;                    // [length]; the last known value in gaps
  std::vector<double> sums_, squares_, changes_;  // [length + 1], before each time
  std::vector<int64_t> pairs_;                    // [length + 1]
};

/// A window in the units of the network: values become (x - level) / scale.
struct Window {
  double level = 0, scale = 1;
  std::vector<float> past;   ///< [past], the earliest repeated where the series begins later
  std::vector<float> known;  ///< [known_size]
  std::vector<double> base;  ///< [horizon]: what the answer of the network is added to, the last
                             ///< season or value
  int steps = 0;             ///< of the network that have values
};

/// Values besides the past of the window that the network is told.
int known_size(const std::vector<CalendarInput>& calendar);

/// Of what is before `origin`, which is after the first known value. No option is 0.
Window make_window(const SeriesHistory& history, int64_t origin, const WindowOptions& options,
                   const std::vector<CalendarInput>& calendar);

}  // namespace cadena
