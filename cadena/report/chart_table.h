// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cadena/report/chart.h"

namespace cadena {

/// The numbers of a chart, for who reads rather than looks. Of many rows every second, third ... is
/// left.
struct ChartTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  size_t every = 1;  ///< which rows are left
};
ChartTable table_of(const LineChart& chart);
ChartTable table_of(const HeatMap& chart);
ChartTable table_of(const BarChart& chart);

/// Whether a table's cell is a number, or stands for a missing one.
bool is_number(const std::string& cell);

}  // namespace cadena
