// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "cadena/base/utf8.h"
#include "cadena/data/check.h"
#include "cadena/tasks/forecaster.h"

namespace cadena {
namespace {

// The names of ForecastLayout, in its order.
constexpr const char* layout_texts[] = {"", "a series a line", "a value of each series a line",
                                        "a value of one series a line"};

int64_t missing_in(const ForecastSeries& series) {
  return std::ranges::count_if(series.values, [](float x) { return std::isnan(x); });
}

/// An error that ends the reading is a problem like others if it is not the first.
ForecastSet read_table(const std::string& path, const ForecastOptions& options,
                       Findings& findings) {
  findings.file = path == "-" ? "stdin" : path;
  try {
    return read_forecast_series(path, options,
                                [&](const Error& error) { findings.problem(error); });
  } catch (const Error& error) {
    if (findings.problems.empty()) throw;
    findings.problem(error);
    return {};
  }
}

void add_lengths(const ForecastSet& set, Tally& tally) {
  const auto length = [](const ForecastSeries& series) { return std::ssize(series.values); };
  const ForecastSeries& least = *std::ranges::min_element(set.items, {}, length);
  const ForecastSeries& most = *std::ranges::max_element(set.items, {}, length);
  tally.row("length", length(least) == length(most)
                          ? fmt::format("{} values each", length(least))
                          : fmt::format("{} to {} values; the longest \"{}\"", length(least),
                                        length(most), printable(most.id)));
  tally.members.push("length", Json::object({{"least", length(least)}, {"most", length(most)}}));
}

Tally tally_of(const ForecastSet& set, int period) {
  Tally tally;
  tally.count("series", std::ssize(set.items));
  if (set.items.empty()) return tally;
  int64_t values = 0, missing = 0;
  for (const ForecastSeries& series : set.items) {
    values += std::ssize(series.values);
    missing += missing_in(series);
  }
  tally.count("values", values - missing);
  tally.count("missing", missing);
  add_lengths(set, tally);
  tally.row("layout", layout_texts[static_cast<size_t>(set.layout)]);
  const TimeStep& step = set.items.front().step;
  const std::string text = step.known() ? format_step(step) : "not told";
  tally.row("step", text);
  tally.members.push("step", step.known() ? Json(text) : Json());
  if (period == 0) period = season_length(step);
  tally.row("season", period == 1 ? "none" : fmt::format("{} values", period));
  tally.members.push("period", period);
  return tally;
}

void judge(const ForecastSet& set, Findings& findings) {
  for (const ForecastSeries& series : set.items) {
    const auto [low, high] = std::ranges::minmax(series.values, {}, [&](float x) {
      return std::isnan(x) ? *std::ranges::find_if(series.values, [](float y) { return y == y; })
                           : x;
    });
    const std::string name = printable(series.id);
    if (!(low < high)) findings.note(series.line, fmt::format("series \"{}\" is constant", name));
    if (const int64_t missing = missing_in(series); 2 * missing > std::ssize(series.values))
      findings.note(series.line, fmt::format("series \"{}\": {} of {} values are missing", name,
                                             missing, series.values.size()));
  }
}

Tally compare(const ForecastSet& set, const ForecastSet& other) {
  std::set<std::string_view> seen;
  for (const ForecastSeries& series : set.items) seen.insert(series.id);
  Tally tally = Tally::against(other.file);
  tally.share("series", "series",
              std::ranges::count_if(other.items,
                                    [&](const auto& series) { return seen.contains(series.id); }),
              std::ssize(other.items));
  return tally;
}

}  // namespace

Check Forecaster::check(const std::string& path, const CheckOptions& options) const {
  Findings findings;
  const ForecastSet set = read_table(path, table_options(), findings);
  judge(set, findings);
  findings.sort();
  Tally overlap;
  if (!options.against.empty())
    overlap =
        compare(set, read_forecast_series(options.against, table_options(), [](const Error&) {}));
  const Tally tally = tally_of(set, window_.period);
  return {findings.problems.empty(), to_text(findings, tally, overlap, options.most_problems),
          to_json(name(), findings, tally, overlap)};
}

}  // namespace cadena
