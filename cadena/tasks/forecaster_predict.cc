// SPDX-License-Identifier: MIT
// What a forecaster writes.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "cadena/base/error.h"
#include "cadena/tasks/forecaster.h"

namespace cadena {
namespace {

// The calendar of std::chrono goes far beyond that of files (data/time_stamp.h), not for ever.
constexpr int64_t most_months = int64_t{12} * 20000, most_seconds = most_months * 30 * day_seconds;

/// A field of CSV (RFC 4180).
std::string field(const std::string& text) {
  const bool plain = !text.empty() && text.front() != ' ' && text.back() != ' ' &&
                     text.find_first_of(",;\t\"") == text.npos;
  if (plain) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

/// The times of what comes after a series; without times the numbers from 1.
std::vector<std::string> times_after(const ForecastSeries& series, int horizon) {
  std::vector<std::string> times;
  for (int h = 0; h < horizon; ++h)
    times.push_back(series.step.known() ? format_time(time_after(*series.start, series.step,
                                                                 std::ssize(series.values) + h),
                                                      series.step)
                                        : std::to_string(h + 1));
  return times;
}

void expect_times(const TimeStep& step, int horizon) {
  if (step.months > most_months / horizon || step.seconds > most_seconds / horizon)
    throw Error(fmt::format("{} times {} is beyond the calendar", horizon, format_step(step)),
                "are the times right? else a smaller data.horizon");
}

}  // namespace

void Forecaster::predict(const Stream& stream, const PredictOptions& options) {
  const Histories all = histories(
      options.file == "stdin" ? read_forecast_series(stream.in, options.file, table_options())
                              : read_forecast_series(options.file, table_options()));
  expect_times(all.front().series().step, window_.horizon);
  std::vector<Question> asked;
  for (const SeriesHistory& history : all) asked.push_back({&history, history.length()});
  const std::vector<Forecast> answers = forecasts(asked);
  if (options.output == "csv") {
    stream.out << "series," << (all.front().series().step.known() ? "time" : "step") << ",forecast";
    for (int percent : percents_)
      if (percent != 50) stream.out << ",p" << percent;
    stream.out << '\n';
  }
  for (size_t i = 0; i < all.size() && stream.out; ++i)
    write(all[i].series(), answers[i], options.output, stream.out);
  stream.out.flush();
}

void Forecaster::write(const ForecastSeries& series, const Forecast& forecast,
                       const std::string& form, std::ostream& out) const {
  const std::vector<std::string> times = times_after(series, window_.horizon);
  if (form == "csv") {
    for (size_t h = 0; h < times.size(); ++h) {
      std::string line = fmt::format("{},{},{}", field(series.id), times[h], forecast.mean[h]);
      for (size_t k = 0; k < levels_.size(); ++k)
        if (k != median_) line += fmt::format(",{}", forecast.quantiles[h * levels_.size() + k]);
      out << line << '\n';
    }
    return;
  }
  Json line = Json::object({{"series", series.id}});
  if (series.step.known()) line.push("times", Json::array({times.begin(), times.end()}));
  line.push("forecast", Json::array({forecast.mean.begin(), forecast.mean.end()}));
  Json quantiles = Json::object();
  for (size_t k = 0; k < levels_.size(); ++k) {
    Json values = Json::array();
    for (size_t h = 0; h < times.size(); ++h)
      values.push(forecast.quantiles[h * levels_.size() + k]);
    quantiles.push(fmt::format("p{}", percents_[k]), std::move(values));
  }
  line.push("quantiles", std::move(quantiles));
  out << line.dump() << '\n';
}

}  // namespace cadena
