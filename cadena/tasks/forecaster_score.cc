// SPDX-License-Identifier: MIT
// How good a forecaster is, and what it has to beat.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cadena/base/error.h"
#include "cadena/data/naive_forecast.h"
#include "cadena/tasks/forecaster.h"

namespace cadena {
namespace {

constexpr const char* naive2_name = "Naive2";
constexpr int days_around = 7;  // that count as the same day of the year

std::string shown(const std::optional<double>& number) {
  return number ? fmt::format("{:.3f}", *number) : "-";
}

std::string row(const std::string& name, const ForecastMeasures& measures,
                const ForecastMeasures& naive2) {
  return fmt::format("{:<15} {:>8} {:>8} {:>8} {:>10} {:>10}\n", name, shown(measures.smape),
                     shown(measures.mase), shown(owa(measures, naive2)), shown(measures.mae),
                     shown(measures.rmse));
}

Json json_of(const std::optional<double>& number) { return number ? Json(*number) : Json(); }

}  // namespace

ForecastScore Forecaster::compared(std::span<const Question> questions,
                                   std::span<const Forecast> forecasts) const {
  ForecastScore score(levels_);
  for (size_t i = 0; i < questions.size(); ++i) {
    const auto& [history, origin] = questions[i];
    score.add(history->values(0, origin), window_.period, history->values(origin, window_.horizon),
              forecasts[i]);
  }
  return score;
}

std::vector<Forecaster::NaiveScore> Forecaster::naive_scores(std::span<const Question> questions,
                                                             const std::string& file) const {
  if (questions.empty())
    throw Error(Place{file},
                fmt::format("no series with {} values to compare with, and others "
                            "before",
                            window_.horizon),
                "a smaller data.horizon or data.period may do");
  const int period = window_.period, horizon = window_.horizon;
  std::vector<NaiveScore> all;
  const auto add = [&](const std::string& name, const auto& method) {
    std::vector<Forecast> forecasts;
    for (const auto& [history, origin] : questions)
      forecasts.push_back(method(*history, history->values(0, origin)));
    all.push_back({name, score(questions, forecasts)});
  };
  add("naive",
      [&](const SeriesHistory&, auto past) { return naive_forecast(past, horizon, levels_); });
  if (period > 1)
    add("seasonal naive", [&](const SeriesHistory&, auto past) {
      return seasonal_naive_forecast(past, period, horizon, levels_);
    });
  add(naive2_name, [&](const SeriesHistory&, auto past) {
    return naive2_forecast(past, period, horizon, levels_);
  });
  const TimeStep& step = questions.front().history->series().step;
  const bool days = step.seconds > 0 && step.seconds % day_seconds == 0;
  if (period > 1 || days)
    add("climatology", [&](const SeriesHistory& history, auto past) {
      const ForecastSeries& s = history.series();
      return climatology_forecast({s.id, s.line, s.start, s.step, {past.begin(), past.end()}},
                                  period, horizon, levels_, days ? days_around : 0);
    });
  if (!all.front().measures.mase)
    throw Error(Place{file}, "every series is constant before the values to compare with",
                "there is nothing that a forecast could be measured by");
  return all;
}

std::vector<Baseline> Forecaster::baselines() const {
  std::vector<Baseline> all;
  for (const auto& [name, measures] : naive_) all.push_back({name, *measures.mase});
  return all;
}

Report Forecaster::evaluate(const std::string& path) {
  const Histories all = read(path);
  const std::vector<Question> asked = questions(all, 1);
  const std::vector<NaiveScore> naive = naive_scores(asked, path);
  return report(compared(asked, forecasts(asked)), naive);
}

Report Forecaster::report(const ForecastScore& network,
                          const std::vector<NaiveScore>& naive) const {
  const ForecastMeasures measures = network.measures();
  const ForecastMeasures& naive2 =
      std::ranges::find(naive, naive2_name, &NaiveScore::name)->measures;
  const NaiveScore& best =
      *std::ranges::min_element(naive, {}, [](const NaiveScore& n) { return *n.measures.mase; });
  const bool wins = *measures.mase < *best.measures.mase;
  Report report{.score = *measures.mase};
  report.text = network.report(&naive2) +
                fmt::format("\n{:<15} {:>8} {:>8} {:>8} {:>10} {:>10}\n", "", "sMAPE", "MASE",
                            "OWA", "MAE", "RMSE") +
                row("network", measures, naive2);
  Json others = Json::array();
  for (const auto& [name, measured] : naive) {
    report.text += row(name, measured, naive2);
    others.push(Json::object({{"name", name},
                              {"smape", json_of(measured.smape)},
                              {"mase", json_of(measured.mase)},
                              {"owa", json_of(owa(measured, naive2))},
                              {"mae", json_of(measured.mae)},
                              {"rmse", json_of(measured.rmse)}}));
  }
  report.text +=
      wins ? fmt::format("\nthe network is better than all of them: MASE {:.3f}, {} {:.3f}\n",
                         *measures.mase, best.name, *best.measures.mase)
           : fmt::format("\nuse the {} forecast: MASE {:.3f}, network {:.3f}\n", best.name,
                         *best.measures.mase, *measures.mase);
  report.json = Json::object({{"schema_version", 1},
                              {"task", "forecast"},
                              {"horizon", window_.horizon},
                              {"period", window_.period}});
  const Json json = network.json(&naive2);
  for (const auto& [name, value] : json.members()) report.json.push(name, value);
  report.json.push("baselines", std::move(others));
  report.json.push("use", wins ? "network" : best.name);
  return report;
}

}  // namespace cadena
