// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cadena/tasks/task.h"

namespace cadena {

/// A setting that differs from its default; values as TOML writes them.
struct ChangedSetting {
  std::string key, value, by_default, help;
};

/// What is known of a training before it begins.
struct RunFacts {
  std::string task, model, command, date, version, machine, summary;
  std::string held_out;  ///< file; empty: a part of the training data
  Trainee::Measure measure;
  std::vector<Baseline> baselines;
  std::vector<ChangedSetting> changes;
  double clip = 0;  ///< largest norm of the gradient; 0: any
};

/// A quantity over time, x in epochs.
struct Quantity {
  std::vector<double> x, y;
};

/// What was seen of it. Names as in metrics.jsonl.
struct RunHistory {
  std::map<std::string, Quantity> batches, epochs;
  std::vector<std::string> warnings;
  std::vector<ShownExample> examples;
  int epoch = 0, planned = 0;  ///< done; at most
  double seconds = 0;
  bool done = false;
  TrainResult result{};  ///< as far as it is known
};

/// The whole story as a page. The same facts, the same bytes.
std::string run_report(const RunFacts& facts, const RunHistory& history);

/// "dev/f1".
std::string score_key(const std::string& measure);

}  // namespace cadena
