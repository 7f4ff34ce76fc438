// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cadena/tasks/task.h"
#include "run_folder.h"
#include "run_report.h"

namespace cadena {

/// Writes a training down as it goes: give it each Progress.
class RunRecord {
 public:
  /// `clip`: largest norm of the gradient, for advice. Errors: of the folder.
  /// `history`, `step`: of what the training goes on from.
  RunRecord(RunFolder folder, RunFacts facts, Task& task, RunHistory history = {},
            int64_t step = 0);
  /// Of a training that begins. Errors: of the folder.
  void begin();

  /// Once the folder cannot be written any more, a warning on stderr tells so, and the training
  /// goes on without.
  void add(const Progress& progress);
  void finish(const TrainResult& result, std::vector<ShownExample> examples);

 private:
  using Scalars = std::vector<std::pair<std::string, double>>;
  template <class Work>
  void guarded(Work work);
  void add_batch(const Progress& progress);
  void add_epoch(const Progress& progress);
  void write(const char* kind, const Scalars& scalars);
  Scalars gradient_norms(const Progress& progress) const;
  Scalars measure_gates(const Progress& progress);
  void write_report();

  RunFolder folder_;
  bool lost_ = false;  // cannot be written any more
  RunFacts facts_;
  Task& task_;
  RunHistory history_;
  std::vector<std::string> groups_;  // of each parameter
  int64_t step_;
  double loss_ = 0, norm_ = 0;  // sums since the last line
  int64_t summed_ = 0;
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> told_, reported_, weighed_;
  double resident_ = 0;
  double gate_seconds_ = 0;  // spent on gates
};

}  // namespace cadena
