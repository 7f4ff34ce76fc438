// SPDX-License-Identifier: MIT
#include "cadena/tasks/forecaster_window.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

// What the network is told beside the calendar.
constexpr int measures = 4;
// In units of the scale: what the network is told of values that are far from all others.
constexpr double farthest = 30;
// A window has at least this part of the deviation of its series as its scale, lest what hardly
// moves for a while is blown up.
constexpr double least_scale = 0.02;

float bounded(double x, double bound) { return static_cast<float>(std::clamp(x, -bound, bound)); }

}  // namespace

SeriesHistory::SeriesHistory(ForecastSeries series, const WindowOptions& options)
    : series_(std::move(series)) {
  const std::vector<float>& values = series_.values;
  const auto low = std::ranges::find_if(values, [](float x) { return x <= 0; });
  logarithm_ = options.scale == "logarithm" || (options.scale == "auto" && low == values.end());
  if (logarithm_ && low != values.end())
    throw Error(fmt::format("series \"{}\": {} has no logarithm", printable(series_.id), *low),
                "a model with data.scale = logarithm wants values above 0");
  first_ = std::ranges::find_if(values, [](float x) { return !std::isnan(x); }) - values.begin();
  filled_.resize(values.size());
  sums_.resize(values.size() + 1);
  squares_ = changes_ = sums_;
  pairs_.resize(values.size() + 1);
  const auto scaled = [&](double x) { return logarithm_ ? std::log(x) : x; };
  const double start = scaled(values[static_cast<size_t>(first_)]);
  double last = start;
  const auto season = static_cast<size_t>(options.period);
  for (size_t t = 0; t < values.size(); ++t) {
    const bool known = !std::isnan(values[t]);
    if (known) last = scaled(values[t]);
    filled_[t] = last;
    sums_[t + 1] = sums_[t] + (last - start);
    squares_[t + 1] = squares_[t] + (last - start) * (last - start);
    const bool pair = known && t >= season && !std::isnan(values[t - season]);
    changes_[t + 1] = changes_[t] + (pair ? std::abs(last - filled_[t - season]) : 0);
    pairs_[t + 1] = pairs_[t] + (pair ? 1 : 0);
  }
}

float SeriesHistory::value(double x) const {
  constexpr double most = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(logarithm_ ? std::exp(x) : x, -most, most));
}

SeriesHistory::Moments SeriesHistory::moments(int64_t begin, int64_t end) const {
  const auto from = static_cast<size_t>(begin), to = static_cast<size_t>(end);
  const auto count = static_cast<double>(end - begin);
  const double mean = (sums_[to] - sums_[from]) / count;
  const double square = (squares_[to] - squares_[from]) / count;
  const double noise = 1e-12 * square;  // what rounding leaves
  const double variance = square - mean * mean;
  return {mean + filled_[static_cast<size_t>(first_)], variance > noise ? std::sqrt(variance) : 0};
}

double SeriesHistory::seasonal_change(int64_t end) const {
  const auto at = static_cast<size_t>(end);
  return pairs_[at] > 0 ? changes_[at] / static_cast<double>(pairs_[at]) : 0;
}

int known_size(const std::vector<CalendarInput>& calendar) {
  return measures + calendar_size(calendar, CalendarForm::wave);
}

Window make_window(const SeriesHistory& history, int64_t origin, const WindowOptions& options,
                   const std::vector<CalendarInput>& calendar) {
  const int64_t known = std::min<int64_t>(options.past, origin - history.first());
  const int64_t begin = origin - known;
  const int64_t season = std::min<int64_t>(options.period, known);
  const SeriesHistory::Moments all = history.moments(history.first(), origin);
  const double deviation = history.moments(begin, origin).deviation;
  Window window;
  window.level = history.moments(origin - season, origin).mean;
  window.scale = std::max(deviation, least_scale * all.deviation);
  if (!(window.scale > 0)) window.scale = std::max(1e-3 * std::abs(window.level), 1e-30);
  const auto scaled = [&](int64_t t) { return (history.filled(t) - window.level) / window.scale; };
  window.past.reserve(static_cast<size_t>(options.past));
  for (int64_t t = origin - options.past; t < origin; ++t)
    window.past.push_back(bounded(scaled(std::max(t, begin)), farthest));
  for (int h = 0; h < options.horizon; ++h)
    window.base.push_back(
        scaled(season == options.period ? origin - season + h % season : origin - 1));
  window.steps = static_cast<int>((known + options.step - 1) / options.step);

  const double whole = all.deviation > 0 ? all.deviation : window.scale;
  const double change = history.seasonal_change(origin) / window.scale;
  window.known = {
      bounded((window.level - all.mean) / whole, 5), bounded(std::log(window.scale / whole), 5),
      bounded(std::log(change + 1e-3), 7),
      bounded(std::log(static_cast<double>(origin - history.first()) / options.past), 5)};
  window.known.resize(static_cast<size_t>(known_size(calendar)));
  if (!calendar.empty())
    write_calendar(time_after(*history.series().start, history.series().step, origin), calendar,
                   CalendarForm::wave, std::span(window.known).subspan(measures));
  return window;
}

}  // namespace cadena
