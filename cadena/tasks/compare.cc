// SPDX-License-Identifier: MIT
#include "cadena/tasks/compare.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string_view>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"
#include "cadena/nn/recurrent.h"

namespace cadena {
namespace {

constexpr int64_t most_hidden = 65536;  // of model.hidden

// A task and how it is trained.
struct Attempt {
  std::unique_ptr<Task> task;
  TrainOptions train;

  explicit Attempt(std::string_view name) : task(make_task(name)), train(task->train_defaults()) {}
  Settings settings() { return settings_of(*task, train); }
  Json value(std::string_view key) {  // a table made now takes the values for the defaults
    const std::vector<Settings::Entry> entries = settings().entries();
    return Json::parse(std::ranges::find(entries, key, &Settings::Entry::key)->by_default);
  }
};

void choose(Settings& settings, const std::string& cell, int64_t hidden) {
  settings.set("model.cell", cell, Place{"--cells"});
  settings.set("model.hidden", std::to_string(hidden), Place{"--cells"});
}

// Counts the parameters of networks that differ from a prepared one in cell and size. They come
// into being as from a model file, without a look at the data.
class Counter {
 public:
  explicit Counter(Attempt& reference)
      : name_(reference.task->name()),
        settings_(reference.settings().to_toml()),
        parameters_(count_parameters(*reference.task)) {
    constexpr int64_t times = 8;  // the search goes up to four or five times the parameters
    room_ = std::make_unique_for_overwrite<float[]>(static_cast<size_t>(times * parameters_));
    file_.metadata = reference.task->vocabularies();
    file_.parameters = {{"weights",
                         {times * parameters_},
                         {room_.get(), static_cast<size_t>(times * parameters_)}}};
    hidden_ = reference.value("model.hidden").to_int();
    cell_ = reference.value("model.cell").to_string();
    step_ = refuses(hidden_ + 1) ? 2 : 1;
  }

  int64_t hidden() const { return hidden_; }
  int64_t parameters() const { return parameters_; }

  Contestant match(const std::string& cell) const {
    int64_t low = step_, high = hidden_;
    while (high <= most_hidden / 2 && count(cell, high) < parameters_) high *= 2;
    while (low < high) {  // the smallest size that is not below the reference
      const int64_t middle = (low / step_ + high / step_) / 2 * step_;
      if (count(cell, middle) < parameters_)
        low = middle + step_;
      else
        high = middle;
    }
    const int64_t above = count(cell, high), below = high > step_ ? count(cell, high - step_) : 0;
    if (below > 0 && parameters_ - below <= above - parameters_) return {cell, high - step_, below};
    return {cell, high, above};
  }

 private:
  int64_t count(const std::string& cell, int64_t hidden) const {
    Attempt attempt(name_);
    Settings settings = attempt.settings();
    settings.read_toml(settings_, "settings");
    choose(settings, cell, hidden);
    attempt.task->restore(file_);
    return count_parameters(*attempt.task);
  }
  // Odd sizes, where two directions share the units.
  bool refuses(int64_t hidden) const {
    try {
      count(cell_, hidden);
      return false;
    } catch (const Error&) {
      return true;
    }
  }

  std::string name_, settings_, cell_;
  int64_t parameters_, hidden_ = 0, step_ = 1;
  std::unique_ptr<float[]> room_;  // so many weights a file would have; nobody reads them
  ModelFile file_;
};

std::vector<std::string> all_cells(const std::string& first) {
  std::vector<std::string> cells = recurrent_cells();
  const auto configured = std::ranges::find(cells, first);
  if (configured != cells.end()) std::rotate(cells.begin(), configured, configured + 1);
  return cells;
}

}  // namespace

Comparison::Comparison(CompareOptions options) : options_(std::move(options)) {
  Attempt reference(options_.task);
  Settings settings = reference.settings();
  options_.configure(settings);
  std::vector<std::string>& cells = options_.cells;
  if (cells.empty()) cells = all_cells(reference.value("model.cell").to_string());
  for (const std::string& cell : cells) {
    if (std::ranges::count(cells, cell) > 1)
      throw Error(Place{"--cells"}, "'" + printable(cell) + "' is given twice",
                  "each cell is compared once");
    settings.set("model.cell", cell, Place{"--cells"});  // so that none is refused after training
  }
  settings.set("model.cell", cells.front(), Place{"--cells"});
  Rng rng(reference.train.seed, weights_stream);
  reference.task->prepare(options_.train, options_.held_out, rng);
  measure_ = reference.task->measure();
  summary_ = reference.task->summary();
  baselines_ = reference.task->baselines();
  const Counter counter(reference);
  contestants_.push_back({cells.front(), counter.hidden(), counter.parameters()});
  for (size_t i = 1; i < cells.size(); ++i) contestants_.push_back(counter.match(cells[i]));
}

TrainResult Comparison::train_one(const Contestant& one, uint64_t seed, const Watch& watch) const {
  Attempt attempt(options_.task);
  Settings settings = attempt.settings();
  options_.configure(settings);
  choose(settings, one.cell, one.hidden);
  attempt.train.seed = seed;
  Rng rng(seed, weights_stream);
  attempt.task->prepare(options_.train, options_.held_out, rng);
  try {
    return cadena::train(*attempt.task, attempt.train, watch);
  } catch (const Error& error) {
    if (error.fault() != Fault::diverged) throw;
    return {.diverged = true};
  }
}

bool Comparison::run(const Watch& watch, const std::function<void(const Contestant&)>& done) {
  for (int i = 1; i <= options_.seeds; ++i)
    for (Contestant& one : contestants_) {
      const auto seed = static_cast<uint64_t>(i);
      const TrainResult result = train_one(one, seed, watch);
      if (result.stopped) return false;
      one.runs.push_back({seed, result});
      done(one);
    }
  return true;
}

std::vector<Standing> standings(const std::vector<Contestant>& contestants,
                                bool smaller_is_better) {
  std::vector<Standing> all;
  for (const Contestant& one : contestants) {
    std::vector<double> scores;
    double seconds = 0, tokens = 0, epochs = 0;
    Standing standing{.contestant = one};
    for (const auto& [seed, result] : one.runs) {
      if (result.best_epoch > 0) scores.push_back(result.best);
      standing.diverged += result.diverged ? 1 : 0;
      seconds += result.seconds;
      tokens += static_cast<double>(result.tokens);
      epochs += result.epochs;
    }
    standing.score = mean_interval(scores);
    std::ranges::sort(scores);
    if (!smaller_is_better) std::ranges::reverse(scores);
    standing.best = scores.empty() ? NAN : scores.front();
    standing.worst = scores.empty() ? NAN : scores.back();
    standing.seconds_per_epoch = seconds / epochs;
    standing.tokens_per_second = tokens / seconds;
    all.push_back(std::move(standing));
  }
  const auto rank = [&](const Standing& s) {
    const double mean = smaller_is_better ? s.score.mean : -s.score.mean;
    return std::pair(std::isnan(mean), std::isnan(mean) ? 0 : mean);
  };
  std::ranges::stable_sort(all, {}, rank);
  const MeanInterval best = all.empty() ? MeanInterval{} : all.front().score;
  for (size_t i = 1; i < all.size(); ++i)
    all[i].near_best = std::abs(all[i].score.mean - best.mean) <= all[i].score.half + best.half;
  return all;
}

}  // namespace cadena
