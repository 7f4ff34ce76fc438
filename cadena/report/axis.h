// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace cadena {

/// Largest and smallest of the numbers that can be drawn.
struct Extent {
  double low, high;
  bool empty() const { return !(low <= high); }
  void add(double value);
};
inline constexpr Extent no_extent{1, -1};

/// Whether a number can have a place in a chart: finite, and not so large that sums are not.
bool drawable(double value);

/// How numbers lie along a line, and where it is marked.
struct Axis {
  double low = 0, high = 1;
  bool log = false;
  std::vector<double> ticks;        ///< 1, 2 or 5 times a power of ten apart
  std::vector<std::string> labels;  ///< of the ticks

  /// 0 at `low`, 1 at `high`.
  double place(double value) const;
};

/// `outward`: the ends become round numbers. `whole`: no marks between whole numbers. About
/// `ticks` marks, at most twice as many. What has no extent gets some.
Axis linear_axis(Extent extent, int ticks, bool outward, bool whole = false);
/// The extent is that of numbers above 0.
Axis log_axis(Extent extent, int ticks);

}  // namespace cadena
