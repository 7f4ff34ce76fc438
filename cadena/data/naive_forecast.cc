// SPDX-License-Identifier: MIT
#include "cadena/data/naive_forecast.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "cadena/data/calendar.h"

namespace cadena {

namespace {

// Errors further back tell little of those to come, and a long series takes long.
constexpr size_t most_errors = 4096;

std::vector<double> doubles(std::span<const float> past) {
  if (std::ranges::all_of(past, [](float x) { return std::isnan(x); }))
    throw Error("there is no value to forecast from",
                "the values before the first window are all missing; begin later");
  return {past.begin(), past.end()};
}

/// The quantile between neighbours in the order (Hyndman and Fan 1996, definition 7). Reorders.
double quantile(std::vector<double>& values, double level) {
  const double place = level * static_cast<double>(values.size() - 1);
  const auto low = values.begin() + static_cast<std::ptrdiff_t>(place);
  std::nth_element(values.begin(), low, values.end());
  const double part = place - std::floor(place);
  if (part == 0) return *low;
  return *low + part * (*std::min_element(low + 1, values.end()) - *low);
}

/// What is to be added to a forecast for each level.
std::vector<double> spreads(std::vector<double> errors, std::span<const double> levels) {
  std::vector<double> all(levels.size());
  for (size_t k = 0; k < levels.size() && !errors.empty(); ++k)
    all[k] = quantile(errors, levels[k]);
  return all;
}

/// Changes over `lag` values, the last most_errors.
std::vector<double> changes(std::span<const double> past, size_t lag) {
  std::vector<double> errors;
  for (size_t t = past.size(); t > lag && errors.size() < most_errors; --t)
    if (const double change = past[t - 1] - past[t - 1 - lag]; !std::isnan(change))
      errors.push_back(change);
  return errors;
}

/// A forecast in double, before what was taken off the series is put back.
struct Draft {
  std::vector<double> mean, quantiles;  // [horizon], [horizon, levels]
};

Draft repeat_season(std::span<const double> past, int period, int horizon,
                    std::span<const double> levels) {
  const auto length = static_cast<size_t>(period);
  const auto last_of = [&](size_t from, size_t step) {
    for (size_t back = from; back <= past.size(); back += step)
      if (const double x = past[past.size() - back]; !std::isnan(x)) return x;
    return std::numeric_limits<double>::quiet_NaN();
  };
  Draft draft;
  std::vector<double> spread(levels.size());
  for (size_t h = 0; h < static_cast<size_t>(horizon); ++h) {
    const double same = last_of(length - h % length, length);
    draft.mean.push_back(std::isnan(same) ? last_of(1, 1) : same);
    if (h % length == 0 && !levels.empty())
      if (auto errors = changes(past, (h / length + 1) * length); !errors.empty())
        spread = spreads(std::move(errors), levels);
    for (double distance : spread) draft.quantiles.push_back(draft.mean.back() + distance);
  }
  return draft;
}

/// With `restore(h, x)` for what is x without season or trend at the h-th step from now.
template <class Restore>
Forecast finished(const Draft& draft, Restore restore) {
  Forecast forecast;
  const size_t levels = draft.quantiles.size() / draft.mean.size();
  for (size_t h = 0; h < draft.mean.size(); ++h) {
    forecast.mean.push_back(static_cast<float>(restore(h, draft.mean[h])));
    for (size_t k = 0; k < levels; ++k)
      forecast.quantiles.push_back(static_cast<float>(restore(h, draft.quantiles[h * levels + k])));
  }
  return forecast;
}

double unchanged(size_t, double x) { return x; }

/// Without missing values at the ends, and with a line over those within.
std::vector<double> filled(std::vector<double> past) {
  const auto known = [](double x) { return !std::isnan(x); };
  past.erase(std::find_if(past.rbegin(), past.rend(), known).base(), past.end());
  past.erase(past.begin(), std::ranges::find_if(past, known));
  for (size_t t = 1, last = 0; t < past.size(); ++t) {
    if (std::isnan(past[t])) continue;
    const double slope = (past[t] - past[last]) / static_cast<double>(t - last);
    for (size_t i = last + 1; i < t; ++i)
      past[i] = past[last] + slope * static_cast<double>(i - last);
    last = t;
  }
  return past;
}

}  // namespace

Forecast naive_forecast(std::span<const float> past, int horizon, std::span<const double> levels) {
  return seasonal_naive_forecast(past, 1, horizon, levels);
}

Forecast seasonal_naive_forecast(std::span<const float> past, int period, int horizon,
                                 std::span<const double> levels) {
  assert(period > 0 && horizon > 0);
  return finished(repeat_season(doubles(past), period, horizon, levels), unchanged);
}

Forecast drift_forecast(std::span<const float> past, int horizon, std::span<const double> levels) {
  assert(horizon > 0);
  std::vector<double> level = doubles(past);
  const auto known = [](double x) { return !std::isnan(x); };
  const auto first = std::ranges::find_if(level, known);
  const auto last = std::find_if(level.rbegin(), level.rend(), known).base() - 1;
  const double slope = last == first ? 0 : (*last - *first) / static_cast<double>(last - first);
  const auto size = static_cast<double>(level.size());
  for (size_t t = 0; t < level.size(); ++t) level[t] -= slope * static_cast<double>(t);
  return finished(repeat_season(level, 1, horizon, levels),
                  [&](size_t h, double x) { return x + slope * (size + static_cast<double>(h)); });
}

bool is_seasonal(std::span<const double> past, int period) {
  assert(period > 0);
  const auto lags = static_cast<size_t>(period);
  if (period == 1 || past.size() < 3 * lags) return false;
  if (!std::ranges::all_of(past, [](double x) { return x > 0; })) return false;
  const auto size = static_cast<double>(past.size());
  const double mean = std::accumulate(past.begin(), past.end(), 0.0) / size;
  const auto product = [&](size_t lag) {
    double sum = 0;
    for (size_t t = lag; t < past.size(); ++t) sum += (past[t] - mean) * (past[t - lag] - mean);
    return sum;
  };
  const double variance = product(0);
  double squares = 0;
  for (size_t lag = 1; lag < lags; ++lag) {
    const double correlation = product(lag) / variance;
    squares += correlation * correlation;
  }
  return std::abs(product(lags) / variance) > 1.645 * std::sqrt((1 + 2 * squares) / size);
}

std::vector<double> seasonal_indices(std::span<const double> past, int period) {
  const auto length = static_cast<size_t>(period), half = length / 2;
  assert(period > 0 && past.size() >= 2 * length);
  std::vector<double> indices(length), counts(length);
  for (size_t t = half; t + half < past.size(); ++t) {
    // A moving average over one period; over an even one its two ends count half each.
    const double ends = length % 2 == 0 ? (past[t - half] + past[t + half]) / 2 : 0;
    const auto inner = past.subspan(length % 2 == 0 ? t - half + 1 : t - half,
                                    length % 2 == 0 ? length - 1 : length);
    const double trend = std::accumulate(inner.begin(), inner.end(), ends) / period;
    indices[t % length] += past[t] / trend;
    ++counts[t % length];
  }
  for (size_t i = 0; i < length; ++i) indices[i] /= counts[i];
  const double mean = std::accumulate(indices.begin(), indices.end(), 0.0) / period;
  for (double& index : indices) index /= mean;
  return indices;
}

Forecast naive2_forecast(std::span<const float> past, int period, int horizon,
                         std::span<const double> levels) {
  assert(period > 0 && horizon > 0);
  std::vector<double> level = doubles(past);
  const std::vector<double> whole = filled(level);
  if (!is_seasonal(whole, period))
    return finished(repeat_season(level, 1, horizon, levels), unchanged);
  const std::vector<double> indices = seasonal_indices(whole, period);
  const auto first = static_cast<size_t>(
      std::ranges::find_if(level, [](double x) { return !std::isnan(x); }) - level.begin());
  const auto index = [&](size_t t) { return indices[(t - first) % indices.size()]; };
  for (size_t t = first; t < level.size(); ++t) level[t] /= index(t);
  return finished(repeat_season(level, 1, horizon, levels),
                  [&](size_t h, double x) { return x * index(level.size() + h); });
}

namespace {

/// Which values of a series are alike.
class Slots {
 public:
  Slots(const ForecastSeries& series, int period) : series_(series), period_(period) {
    if (series.start && series.step.seconds % day_seconds == 0)
      days_ = series.step.seconds / day_seconds;
  }

  /// Places on each side that belong to the same step, as a week has seven days.
  int least_window() const { return static_cast<int>(std::min<int64_t>(days_, 366) / 2); }

  size_t count() const {
    return static_cast<size_t>(days_ > 0 ? calendar_places(CalendarInput::day_of_year) : period_);
  }
  size_t operator()(size_t t) const {
    if (days_ == 0) return t % count();
    return static_cast<size_t>(
        calendar_place(CalendarInput::day_of_year,
                       time_after(*series_.start, series_.step, static_cast<int64_t>(t))));
  }

 private:
  const ForecastSeries& series_;
  int period_;
  int64_t days_ = 0;  // of a step; 0: the slots are places of the period
};

/// The mean of each slot and those near, over at least one value.
std::vector<double> slot_means(const std::vector<double>& sums, const std::vector<int64_t>& counts,
                               int half_window) {
  const size_t size = sums.size();
  std::vector<double> means(size);
  for (size_t slot = 0; slot < size; ++slot) {
    double sum = sums[slot];
    int64_t count = counts[slot];
    for (size_t far = 1; 2 * far < size + 1; ++far) {
      if (far > static_cast<size_t>(half_window) && count > 0) break;
      const size_t before = (slot + size - far) % size, after = (slot + far) % size;
      sum += sums[before] + (after == before ? 0 : sums[after]);
      count += counts[before] + (after == before ? 0 : counts[after]);
    }
    means[slot] = sum / static_cast<double>(count);
  }
  return means;
}

}  // namespace

Forecast climatology_forecast(const ForecastSeries& past, int period, int horizon,
                              std::span<const double> levels, int half_window) {
  assert(period > 0 && horizon > 0 && half_window >= 0);
  const std::vector<double> values = doubles(past.values);
  const Slots slot(past, period);
  std::vector<double> sums(slot.count());
  std::vector<int64_t> counts(slot.count());
  for (size_t t = 0; t < values.size(); ++t) {
    if (std::isnan(values[t])) continue;
    sums[slot(t)] += values[t];
    ++counts[slot(t)];
  }
  const std::vector<double> means =
      slot_means(sums, counts, std::max(half_window, slot.least_window()));
  std::vector<double> distances;
  for (size_t t = 0; t < values.size(); ++t)
    if (!std::isnan(values[t])) distances.push_back(values[t] - means[slot(t)]);
  const std::vector<double> spread = spreads(std::move(distances), levels);
  Forecast forecast;
  for (size_t h = 0; h < static_cast<size_t>(horizon); ++h) {
    const double mean = means[slot(values.size() + h)];
    forecast.mean.push_back(static_cast<float>(mean));
    for (double distance : spread)
      forecast.quantiles.push_back(static_cast<float>(mean + distance));
  }
  return forecast;
}

}  // namespace cadena
