// SPDX-License-Identifier: MIT
#include "cadena/tasks/forecaster.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cadena/base/error.h"
#include "cadena/data/forecast_windows.h"

namespace cadena {
namespace {

// The names of ForecastLayout, in its order.
const std::vector<std::string> layout_names{"auto", "rows", "columns", "long_form"};

constexpr int most_values = 10000;  // of horizon, season and past
constexpr int usual_horizon = 12;   // without a season
// What is looked at unless the user says otherwise; of short series a third.
constexpr int seasons_of_past = 14, horizons_of_past = 8;

std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> names;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    names.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

// Months or seconds of a step, of which no calendar has more.
int64_t to_count(const std::string& text, const std::string& file) {
  constexpr int64_t most = 400'000'000'000;  // seconds in 12 000 years
  int64_t count = -1;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (code != std::errc() || end != text.data() + text.size() || count < 0 || count > most)
    throw Error(Place{file}, "what it says of times is damaged");
  return count;
}

int64_t median_length(const ForecastSet& set) {
  std::vector<int64_t> lengths;
  for (const ForecastSeries& series : set.items) lengths.push_back(std::ssize(series.values));
  const auto middle = lengths.begin() + std::ssize(lengths) / 2;
  std::ranges::nth_element(lengths, middle);
  return *middle;
}

}  // namespace

void Forecaster::add_to(Settings& s) {
  const Range size{.min = 0, .max = most_values};
  s.add("data.layout", data_.layout, "what a line holds: a series, a value of each, of one",
        layout_names);
  s.add("data.id", data_.id, "column of the names of series, by its name or number");
  s.add("data.time", data_.time, "column of the times");
  s.add("data.values", data_.values, "columns of values, with commas between; else all");
  s.add("data.horizon", window_.horizon,
        "values to forecast; 0: two seasons, 12 where there is none", size);
  s.add("data.period", window_.period, "values in a season, 1: none; 0: by the times", size);
  s.add("data.past", window_.past,
        "last values that are looked at; 0: 14 seasons or 8 horizons, of short series a third",
        size);
  s.add("data.step", window_.step, "values that the network reads at a time; 0: a season", size);
  s.add("data.scale", window_.scale,
        "the network sees values or logarithms; auto: these of series that are above 0",
        {"auto", "linear", "logarithm"});
  s.add("data.calendar", data_.calendar, "the network is told the date, where there are times");
  s.add("data.windows", data_.windows,
        "forecasts side by side at the end of each series, which measure and are not learnt",
        {.min = 1, .max = most_values});
  s.add("data.draws", data_.draws, "windows in an epoch", {.min = 1, .max = 1e9});
  s.add("data.batch", data_.batch, "windows in a batch", {.min = 1, .max = 65536});
  s.add("model.cell", options_.cell, "cell of the layers", recurrent_cells());
  s.add("model.hidden", options_.hidden, "units of each layer", {.min = 1, .max = 65536});
  s.add("model.layers", options_.layers, "layers", {.min = 1, .max = 64});
  s.add("model.direct", options_.direct, "the past reaches the answer by a linear layer too");
  s.add("model.dropout", options_.dropout, "share of outputs dropped in training",
        {.min = 0, .max = 0.99});
  s.add("model.percents", percents_, "quantiles to forecast, in per cent, with 50",
        {.min = 1, .max = 99});
}

ForecastOptions Forecaster::table_options() const {
  const auto layout = std::ranges::find(layout_names, data_.layout) - layout_names.begin();
  return {.layout = static_cast<ForecastLayout>(layout),
          .id = data_.id,
          .time = data_.time,
          .values = split_names(data_.values)};
}

void Forecaster::prepare(const std::string& train, const std::optional<std::string>& held_out,
                         Rng& rng) {
  choose_levels();
  ForecastSet set = read_forecast_series(train, table_options());
  choose_sizes(set);
  train_ = histories(std::move(set));
  if (held_out) other_ = read(*held_out);
  keep_back(held_out.value_or(train));
  find_sources(train);
  build_network(rng);
}

void Forecaster::choose_levels() {
  const auto middle = std::ranges::find(percents_, 50);
  if (middle == percents_.end() ||
      std::ranges::adjacent_find(percents_, std::ranges::greater_equal()) != percents_.end())
    throw Error(fmt::format("model.percents = [{}]", fmt::join(percents_, ", ")),
                "they rise, and 50, the median, is one of them: 10,50,90");
  median_ = static_cast<size_t>(middle - percents_.begin());
  for (int percent : percents_) levels_.push_back(percent / 100.0);
}

void Forecaster::choose_sizes(const ForecastSet& set) {
  const TimeStep& step = set.items.front().step;
  if (data_.calendar) step_ = step;
  calendar_ = usual_calendar(step_);
  int& period = window_.period;
  if (period == 0) period = season_length(step);
  if (window_.horizon == 0)
    window_.horizon = period > 1 ? std::min(2 * period, most_values) : usual_horizon;
  if (window_.past == 0) {
    const int wanted = std::min(
        most_values, period > 1 ? seasons_of_past * period : horizons_of_past * window_.horizon);
    window_.past = static_cast<int>(
        std::clamp<int64_t>(median_length(set) / 3, std::min(period, wanted), wanted));
  }
  if (window_.step == 0) window_.step = period;
  window_.step = std::min(window_.step, window_.past);
}

Forecaster::Histories Forecaster::read(const std::string& path) const {
  return histories(read_forecast_series(path, table_options()));
}

Forecaster::Histories Forecaster::histories(ForecastSet set) const {
  const TimeStep& step = set.items.front().step;
  if (!calendar_.empty() && step != step_)
    throw Error(Place{set.file},
                step.known() ? fmt::format("a step of {}, the model was trained with {}",
                                           format_step(step), format_step(step_))
                             : "no times, with which the model was trained",
                "a model reads what is measured in the same way; without times: train it with "
                "data.calendar = false");
  Histories all;
  for (ForecastSeries& series : set.items) {
    const int64_t line = series.line;
    try {
      all.emplace_back(std::move(series), window_);
    } catch (const Error& error) {
      throw Error(Place{set.file, line}, error.message(), error.hint());
    }
  }
  return all;
}

// The last windows of each series of which some value is known, and `least` values before.
std::vector<Forecaster::Question> Forecaster::questions(const Histories& histories,
                                                        int64_t least) const {
  std::vector<Question> all;
  for (const SeriesHistory& history : histories)
    for (const auto& [origin, horizon] :
         forecast_windows(history.length(), {.horizon = window_.horizon,
                                            .stride = window_.horizon,
                                            .windows = data_.windows,
                                            .first_origin = history.first() + least}))
      if (std::ranges::any_of(history.values(origin, horizon),
                              [](float x) { return !std::isnan(x); }))
        all.push_back({&history, origin});
  return all;
}

// What measures is not learnt: the end of each series, if there is no other file. A short series
// is learnt to its end rather than not at all.
void Forecaster::keep_back(const std::string& file) {
  for (const SeriesHistory& history : train_) ends_.push_back(history.length());
  held_out_ = other_.empty() ? questions(train_, 1 + window_.period + window_.horizon)
                             : questions(other_, 1);
  if (other_.empty())
    for (const auto& [history, origin] : held_out_) {
      int64_t& end = ends_[static_cast<size_t>(history - train_.data())];
      end = std::min(end, origin);
    }
  naive_ = naive_scores(held_out_, file);
}

// From times with all of the past, but for short series, and with all of the horizon.
void Forecaster::find_sources(const std::string& file) {
  for (size_t i = 0; i < train_.size(); ++i) {
    const int64_t least = train_[i].first() + window_.period, last = ends_[i] - window_.horizon;
    const int64_t whole = train_[i].first() + window_.past;
    if (least <= last)
      sources_.push_back({i, std::max(least, std::min(whole, (least + last) / 2)), last});
  }
  if (sources_.empty())
    throw Error(Place{file}, "every series is too short to learn from",
                fmt::format("a series has more than a season, {}, and the horizon, {}, beside "
                            "what is held out",
                            window_.period, window_.horizon));
}

ForecasterNetwork::Sizes Forecaster::network_sizes() const {
  return {.step = window_.step,
          .past = window_.past,
          .known = known_size(calendar_),
          .outputs = window_.horizon * static_cast<int>(percents_.size())};
}

void Forecaster::build_network(Rng& rng) { network_.emplace(options_, network_sizes(), rng); }

std::string Forecaster::summary() const {
  int64_t values = 0;
  for (int64_t end : ends_) values += end;
  const std::string step =
      train_.front().series().step.known()
          ? fmt::format("a value every {}", format_step(train_.front().series().step))
          : "no times";
  return fmt::format(
      "{} series, {} values to learn from; {} windows held out\n"
      "{}; season {}; {} values are forecast from {}, read {} at a time; {} parameters",
      train_.size(), values, held_out_.size(), step, window_.period, window_.horizon, window_.past,
      window_.step, count_parameters(*network_));
}

std::map<std::string, std::string> Forecaster::vocabularies() const {
  return {{"forecast.months", std::to_string(step_.months)},
          {"forecast.seconds", std::to_string(step_.seconds)}};
}

void Forecaster::restore(const ModelFile& file) {
  choose_levels();
  step_ = {.months = to_count(file.text("forecast.months"), file.path),
           .seconds = to_count(file.text("forecast.seconds"), file.path)};
  if (step_.months > 0 && step_.seconds > 0)
    throw Error(Place{file.path}, "what it says of times is damaged");
  calendar_ = usual_calendar(step_);
  if (std::min({window_.horizon, window_.period, window_.past, window_.step}) == 0 ||
      window_.step > window_.past)
    throw Error(Place{file.path}, "what it says of windows is damaged");
  if (ForecasterNetwork::least_parameters(options_, network_sizes()) > file.values())
    throw Error(Place{file.path}, "the settings ask for more weights than the model has");
  Rng blank = Rng::blank();
  build_network(blank);
}

}  // namespace cadena
