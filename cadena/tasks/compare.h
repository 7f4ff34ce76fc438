// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cadena/base/student.h"
#include "cadena/tasks/task.h"

namespace cadena {

/// One cell of a comparison and what its trainings came to.
struct Contestant {
  std::string cell;
  int64_t hidden, parameters;
  struct Run {
    uint64_t seed;
    TrainResult result;  ///< best_epoch = 0: it diverged before it had a score
  };
  std::vector<Run> runs{};
};

struct CompareOptions {
  std::string task, train;
  std::optional<std::string> held_out{};
  std::function<void(Settings&)> configure = [](Settings&) {};  ///< what differs from the defaults
  std::vector<std::string> cells;  ///< of model.cell, the first is the reference; none: all,
                                   ///< the configured one first
  int seeds = 5;                   ///< trainings of each cell: train.seed = 1, 2, ...
};

/// The same task learnt with different cells of equal size: the reference has the configured
/// model.hidden, each other cell the one that brings the parameters of the whole network nearest to
/// the reference's.
class Comparison {
 public:
  /// Reads the data and finds the sizes. Errors: as Settings::set, at "--cells", and
  /// Task::prepare; a cell given twice.
  explicit Comparison(CompareOptions options);

  /// Trains seed after seed each cell in turn, so that what is cut short compares cells on the same
  /// seeds. `watch` sees every training and can end it all: one that is cut short leaves no run.
  /// `done` is told of each run; it is the contestant's last. Returns false if it was ended.
  bool run(const Watch& watch, const std::function<void(const Contestant&)>& done);

  const Trainee::Measure& measure() const { return measure_; }
  /// As the reference's task tells them.
  const std::string& summary() const { return summary_; }
  const std::vector<Baseline>& baselines() const { return baselines_; }
  const std::vector<Contestant>& contestants() const { return contestants_; }

 private:
  TrainResult train_one(const Contestant& one, uint64_t seed, const Watch& watch) const;

  CompareOptions options_;
  Trainee::Measure measure_;
  std::string summary_;
  std::vector<Baseline> baselines_;
  std::vector<Contestant> contestants_;
};

/// What the runs of a cell say together; of those that diverged, if they had a score before.
struct Standing {
  Contestant contestant;
  int diverged = 0;
  MeanInterval score{};  ///< NaN if no run has one
  double best = 0, worst = 0, seconds_per_epoch = 0, tokens_per_second = 0;
  bool near_best = false;  ///< not the best, but the intervals overlap
};

/// The best mean first, those without one last.
std::vector<Standing> standings(const std::vector<Contestant>& contestants, bool smaller_is_better);

}  // namespace cadena
