// SPDX-License-Identifier: MIT
#include "cadena/report/chart_table.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>

namespace cadena {
namespace {

constexpr size_t most_rows = 400;

std::string cell(double value) { return std::isfinite(value) ? fmt::format("{:.6g}", value) : ""; }

ChartTable thinned(ChartTable table) {
  table.every = std::max<size_t>(1, (table.rows.size() + most_rows - 1) / most_rows);
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < table.rows.size(); i += table.every)
    rows.push_back(std::move(table.rows[i]));
  table.rows = std::move(rows);
  return table;
}

}  // namespace

bool is_number(const std::string& cell) {
  constexpr const char* digits = "0123456789";
  return cell.empty() || cell == "\u2013" ||
         (cell.find_first_of(digits) != std::string::npos &&
          cell.find_first_of(digits) <= (cell.starts_with("\u2212") ? 3 : 1) &&
          cell.find_first_not_of("0123456789.,+-e%kMGT \u2212\u2009") == std::string::npos);
}

ChartTable table_of(const LineChart& chart) {
  ChartTable table{.header = {chart.x_label.empty() ? "x" : chart.x_label}, .rows = {}};
  std::map<double, std::vector<std::string>> rows;
  for (const Curve& c : chart.curves) {
    const size_t column = table.header.size();
    table.header.push_back(c.name.empty() ? chart.y_label : c.name);
    if (!c.low.empty()) table.header.insert(table.header.end(), {"from", "to"});
    for (size_t i = 0; i < c.x.size(); ++i) {
      if (!std::isfinite(c.x[i])) continue;
      std::vector<std::string>& row = rows[c.x[i]];
      row.resize(table.header.size());
      row[column] = cell(c.y[i]);
      if (c.low.empty()) continue;
      row[column + 1] = cell(c.low[i]);
      row[column + 2] = cell(c.high[i]);
    }
  }
  for (auto& [x, row] : rows) {
    row.resize(table.header.size());
    row[0] = cell(x);
    table.rows.push_back(std::move(row));
  }
  return thinned(std::move(table));
}

ChartTable table_of(const HeatMap& chart) {
  ChartTable table{.header = {chart.y_label}, .rows = {}};
  table.header.insert(table.header.end(), chart.columns.begin(), chart.columns.end());
  for (size_t i = 0; i < chart.rows.size(); ++i) {
    std::vector<std::string>& row = table.rows.emplace_back(1, chart.rows[i]);
    for (size_t k = 0; k < chart.columns.size(); ++k)
      row.push_back(cell(chart.values[i * chart.columns.size() + k]));
  }
  return thinned(std::move(table));
}

ChartTable table_of(const BarChart& chart) {
  ChartTable table{.header = {"", chart.y_label}, .rows = {}};
  if (!chart.errors.empty()) table.header.push_back("\u00b1");
  for (size_t i = 0; i < chart.names.size(); ++i) {
    table.rows.push_back({chart.names[i], cell(chart.values[i])});
    if (!chart.errors.empty()) table.rows.back().push_back(cell(chart.errors[i]));
  }
  return thinned(std::move(table));
}

}  // namespace cadena
