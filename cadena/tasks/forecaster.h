// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cadena/data/forecast_score.h"
#include "cadena/data/forecast_series.h"
#include "cadena/tasks/forecaster_network.h"
#include "cadena/tasks/forecaster_window.h"
#include "cadena/tasks/task.h"

namespace cadena {

/// The next values of numeric series, with quantiles: one network for all of them.
class Forecaster : public Task {
 public:
  std::string_view name() const override { return "forecast"; }
  void add_to(Settings& settings) override;
  TrainOptions train_defaults() const override { return {.epochs = 0, .steps = 5000}; }
  void prepare(const std::string& train, const std::optional<std::string>& held_out,
               Rng& rng) override;
  std::string summary() const override;
  std::vector<Baseline> baselines() const override;
  std::map<std::string, std::string> vocabularies() const override;
  void restore(const ModelFile& file) override;

  void visit(Visitor& visitor) override { network_->visit(visitor); }
  int64_t start_epoch(Rng& rng) override;
  Loss loss(int64_t batch) override;
  Carried carried() override { return {.noise = draws_ ? &*draws_ : nullptr}; }
  Measure measure() const override { return {"MASE", true}; }
  double held_out_score() override;

  Check check(const std::string& path, const CheckOptions& options) const override;
  /// The last windows of each series, side by side.
  Report evaluate(const std::string& path) override;
  std::vector<std::string> inputs() const override { return {"csv"}; }
  std::vector<std::string> outputs() const override { return {"csv", "jsonl"}; }
  /// A stream of the name "stdin" is read; else the file of that name, which may be packed.
  void predict(const Stream& stream, const PredictOptions& options) override;

 private:
  using Histories = std::vector<SeriesHistory>;
  // What comes from `origin` on?
  struct Question {
    const SeriesHistory* history;
    int64_t origin;
  };
  // The times of a series from which it is learnt to forecast.
  struct Source {
    size_t series;
    int64_t first, last;
  };
  struct NaiveScore {
    std::string name;
    ForecastMeasures measures;
  };

  ForecastOptions table_options() const;
  void choose_sizes(const ForecastSet& set);
  void choose_levels();
  void build_network(Rng& rng);
  ForecasterNetwork::Sizes network_sizes() const;

  Histories histories(ForecastSet set) const;
  Histories read(const std::string& path) const;
  std::vector<Question> questions(const Histories& histories, int64_t least) const;
  void keep_back(const std::string& file);
  void find_sources(const std::string& file);

  ForecasterBatch make_batch(std::span<const Question> questions, std::span<Window> windows) const;
  void add_targets(std::span<const Question> questions, std::span<const Window> windows,
                   std::span<const int64_t> ends, ForecasterBatch& batch) const;
  std::vector<Forecast> forecasts(std::span<const Question> questions) const;
  Forecast unscaled(const SeriesHistory& history, const Window& window,
                    std::span<const float> answer) const;

  ForecastScore compared(std::span<const Question> questions,
                         std::span<const Forecast> forecasts) const;
  ForecastMeasures score(std::span<const Question> questions,
                         std::span<const Forecast> forecasts) const {
    return compared(questions, forecasts).measures();
  }
  /// Those for which `questions` have MASE. Errors: none has.
  std::vector<NaiveScore> naive_scores(std::span<const Question> questions,
                                       const std::string& file) const;
  void write(const ForecastSeries& series, const Forecast& forecast, const std::string& form,
             std::ostream& out) const;
  Report report(const ForecastScore& network, const std::vector<NaiveScore>& naive) const;

  struct {
    std::string layout = "auto", id, time, values;
    bool calendar = true;
    int windows = 1;
    int draws = 4096;
    int batch = 64;
  } data_;
  WindowOptions window_;
  ForecasterOptions options_;
  std::vector<int> percents_{10, 50, 90};

  TimeStep step_;                        // of the series, where the network is told the time
  std::vector<CalendarInput> calendar_;  // follow from it
  std::vector<double> levels_;           // of the quantiles
  size_t median_ = 0;                    // among them
  std::optional<ForecasterNetwork> network_;

  // While training:
  Histories train_, other_;
  std::vector<int64_t> ends_;  // of what is learnt of each series
  std::vector<Source> sources_;
  std::vector<Question> held_out_;
  std::vector<NaiveScore> naive_;  // of these
  std::optional<Rng> draws_;
};

}  // namespace cadena
