// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

namespace cadena {

/// A forecast to make and to compare: values before `origin` are known, the `horizon` values from
/// there are asked for.
struct ForecastWindow {
  int64_t origin = 0;
  int horizon = 0;

  bool operator==(const ForecastWindow&) const = default;
};

/// Evaluation with a rolling origin (L. J. Tashman, "Out-of-sample tests of forecasting accuracy",
/// Int. J. Forecasting 16, 2000).
struct RollingOrigin {
  int horizon = 1;           ///< > 0
  int stride = 1;            ///< from an origin to the next, > 0; horizon: windows side by side
  int windows = 1;           ///< at most; 0: all there are
  int64_t first_origin = 1;  ///< no origin is before it: what is at least known, >= 0
};

/// The windows in a series of `length` values, the earliest first. The last one ends where the
/// series ends. None if it is too short.
std::vector<ForecastWindow> forecast_windows(int64_t length, const RollingOrigin& protocol);

}  // namespace cadena
