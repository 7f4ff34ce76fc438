// SPDX-License-Identifier: MIT
#include "cadena/data/forecast_score.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "cadena/base/error.h"

namespace cadena {

namespace {

// Two levels belong together when they add up to 1 but for rounding.
constexpr double same_level = 1e-9;

std::optional<double> ratio(double sum, int64_t count) {
  return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
}

double symmetric_error(double actual, double forecast) {
  const double size = std::abs(actual) + std::abs(forecast);
  return size == 0 ? 0 : 200 * std::abs(actual - forecast) / size;
}

void check(const std::vector<float>& values, size_t size, const char* what) {
  if (values.size() != size)
    throw Error(fmt::format("{} {}, expected {}", values.size(), what, size));
  if (!std::ranges::all_of(values, [](float x) { return std::isfinite(x); }))
    throw Error(fmt::format("one of the {} is not finite", what),
                "has the training diverged, or has the series values near the largest number?");
}

std::string shown(const std::optional<double>& value) {
  return value ? fmt::format("{:12.3f}", *value) : fmt::format("{:>12}", "undefined");
}

Json json_of(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

}  // namespace

std::optional<double> seasonal_scale(std::span<const float> past, int period) {
  assert(period > 0);
  double sum = 0;
  int64_t count = 0;
  for (auto t = static_cast<size_t>(period); t < past.size(); ++t) {
    const double change = double{past[t]} - past[t - static_cast<size_t>(period)];
    if (std::isnan(change)) continue;
    sum += std::abs(change);
    ++count;
  }
  return sum == 0 ? std::nullopt : ratio(sum, count);
}

std::optional<double> owa(const ForecastMeasures& measures, const ForecastMeasures& naive2) {
  if (!measures.smape || !measures.mase || naive2.smape.value_or(0) == 0 ||
      naive2.mase.value_or(0) == 0)
    return std::nullopt;
  return (*measures.smape / *naive2.smape + *measures.mase / *naive2.mase) / 2;
}

ForecastScore::ForecastScore(std::vector<double> levels)
    : levels_(std::move(levels)), pinball_(levels_.size()) {
  for (size_t low = 0; low < levels_.size(); ++low) {
    assert(levels_[low] > 0 && levels_[low] < 1 && (low == 0 || levels_[low - 1] < levels_[low]));
    for (size_t high = low + 1; high < levels_.size(); ++high)
      if (std::abs(levels_[low] + levels_[high] - 1) < same_level)
        intervals_.push_back({.low = low, .high = high});
  }
}

void ForecastScore::add(std::span<const float> past, int period, std::span<const float> actual,
                        const Forecast& forecast) {
  check(forecast.mean, actual.size(), "values of the forecast");
  check(forecast.quantiles, actual.size() * levels_.size(), "quantiles of the forecast");
  const std::optional<double> scale = seasonal_scale(past, period);
  double symmetric = 0, absolute = 0;
  int64_t count = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(actual[i])) continue;
    const double error = double{forecast.mean[i]} - actual[i];
    symmetric += symmetric_error(actual[i], forecast.mean[i]);
    absolute += std::abs(error);
    square_ += error * error;
    ++count;
  }
  missing_ += std::ssize(actual) - count;
  if (count == 0) return;
  ++windows_;
  values_ += count;
  absolute_ += absolute;
  smape_ += symmetric / static_cast<double>(count);
  if (scale)
    mase_ += absolute / *scale / static_cast<double>(count);
  else
    ++unscaled_;
  add_quantiles(actual, forecast, scale);
}

double ForecastScore::interval_error(const Interval& interval, double low, double high,
                                     double actual) const {
  const double outside = 1 - (levels_[interval.high] - levels_[interval.low]);
  return high - low + 2 / outside * (std::max(low - actual, 0.0) + std::max(actual - high, 0.0));
}

void ForecastScore::add_quantiles(std::span<const float> actual, const Forecast& forecast,
                                  std::optional<double> scale) {
  std::vector<double> errors(intervals_.size());
  int64_t count = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(actual[i])) continue;
    ++count;
    const double value = actual[i];
    const float* quantiles = forecast.quantiles.data() + i * levels_.size();
    for (size_t k = 0; k < levels_.size(); ++k) {
      const double short_of = value - quantiles[k];
      pinball_[k] += std::max(levels_[k] * short_of, (levels_[k] - 1) * short_of);
    }
    for (size_t k = 0; k < intervals_.size(); ++k) {
      Interval& interval = intervals_[k];
      const double low = quantiles[interval.low], high = quantiles[interval.high];
      if (low <= value && value <= high) ++interval.inside;
      interval.width += high - low;
      errors[k] += interval_error(interval, low, high, value);
    }
  }
  for (size_t k = 0; scale && k < intervals_.size(); ++k)
    intervals_[k].msis += errors[k] / *scale / static_cast<double>(count);
}

ForecastMeasures ForecastScore::measures() const {
  const int64_t scaled = windows_ - unscaled_;
  ForecastMeasures all{.windows = windows_,
                       .values = values_,
                       .missing = missing_,
                       .unscaled = unscaled_,
                       .smape = ratio(smape_, windows_),
                       .mase = ratio(mase_, scaled),
                       .mae = ratio(absolute_, values_),
                       .rmse = ratio(square_, values_)};
  if (all.rmse) all.rmse = std::sqrt(*all.rmse);
  if (values_ > 0)
    for (double sum : pinball_) all.pinball.push_back(sum / static_cast<double>(values_));
  for (const Interval& interval : intervals_)
    all.intervals.push_back({.level = levels_[interval.high] - levels_[interval.low],
                             .coverage = ratio(interval.inside, values_),
                             .width = ratio(interval.width, values_),
                             .msis = ratio(interval.msis, scaled)});
  return all;
}

std::string ForecastScore::report(const ForecastMeasures* naive2) const {
  const ForecastMeasures all = measures();
  std::string text =
      fmt::format("sMAPE       {}\nMASE        {}\n", shown(all.smape), shown(all.mase));
  if (naive2) text += fmt::format("OWA         {}\n", shown(owa(all, *naive2)));
  text += fmt::format("MAE         {}\nRMSE        {}\n", shown(all.mae), shown(all.rmse));
  for (size_t k = 0; k < all.pinball.size(); ++k)
    text += fmt::format("pinball {:<4g}{}\n", levels_[k], shown(all.pinball[k]));
  for (const IntervalScore& interval : all.intervals)
    text += fmt::format(
        "{:g} %: coverage {} %, mean width {}, MSIS {}\n", 100 * interval.level,
        interval.coverage ? fmt::format("{:.1f}", 100 * *interval.coverage) : "undefined",
        shown(interval.width), shown(interval.msis));
  text += fmt::format("{} windows, {} values", all.windows, all.values);
  if (all.missing > 0) text += fmt::format(", {} missing", all.missing);
  if (all.unscaled > 0)
    text += fmt::format(", {} windows without scale: not in MASE", all.unscaled);
  return text + '\n';
}

Json ForecastScore::json(const ForecastMeasures* naive2) const {
  const ForecastMeasures all = measures();
  Json pinball = Json::array(), intervals = Json::array();
  for (size_t k = 0; k < all.pinball.size(); ++k)
    pinball.push(Json::object({{"level", levels_[k]}, {"loss", all.pinball[k]}}));
  for (const IntervalScore& interval : all.intervals)
    intervals.push(Json::object({{"level", interval.level},
                                 {"coverage", json_of(interval.coverage)},
                                 {"width", json_of(interval.width)},
                                 {"msis", json_of(interval.msis)}}));
  Json json = Json::object({{"windows", all.windows},
                            {"values", all.values},
                            {"missing", all.missing},
                            {"unscaled", all.unscaled},
                            {"smape", json_of(all.smape)},
                            {"mase", json_of(all.mase)},
                            {"mae", json_of(all.mae)},
                            {"rmse", json_of(all.rmse)}});
  if (naive2) json.push("owa", json_of(owa(all, *naive2)));
  json.push("pinball", std::move(pinball));
  json.push("intervals", std::move(intervals));
  return json;
}

}  // namespace cadena
