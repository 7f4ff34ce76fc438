// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace cadena {

/// Points joined by a line, with marks if there are few. Points that are not finite leave a gap.
struct Curve {
  std::string name;
  std::vector<double> x, y;
  std::vector<double> low{}, high{};  ///< a band about the line; none, or one value for each point
};

/// A dashed line across the chart: chance, a baseline.
struct Level {
  std::string name;
  double y;
};

struct LineChart {
  std::string title, x_label, y_label;
  std::vector<Curve> curves;
  std::vector<Level> levels{};
  bool log_y = false;  ///< what is not above 0 leaves a gap
};

/// Colours for numbers in a grid.
struct HeatMap {
  std::string title, x_label, y_label;
  std::vector<std::string> columns, rows;
  std::vector<double> values;  ///< [rows · columns], row-major; what is not finite stays blank
  bool signed_values = false;  ///< two colours that meet at 0; else one, from 0 or the smallest
};

struct BarChart {
  std::string title, y_label;
  std::vector<std::string> names;
  std::vector<double> values, errors{};  ///< of each name; errors: half of a whisker's length
  std::vector<Level> levels{};
};

/// A picture as SVG that stands alone: a file of its own, or within a page of UTF-8. It is as wide
/// as what holds it, follows the reader's choice of light or dark, does without colour (dashes,
/// marks) and carries its numbers as text for who cannot see it. The same data, the same bytes.
/// Errors: vectors of sizes that do not fit each other.
std::string svg(const LineChart& chart);
std::string svg(const HeatMap& chart);
std::string svg(const BarChart& chart);

}  // namespace cadena
