// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assignment.h"
#include "cadena/tasks/task.h"
#include "cadena/train/checkpoints.h"
#include "interrupt.h"
#include "run_record.h"

namespace cadena {

/// What `train` and `resume` have in common: a task that learns and is saved, and is told of.
struct Training {
  Assignment what;
  std::unique_ptr<Task> task;
  TrainOptions options;
  std::vector<Baseline> baselines{};
  std::optional<RunRecord> record{};
  std::optional<Checkpoints> checkpoints{};
  Record* from = nullptr;  ///< to go on from
  bool overwrite = false;
};

struct ShowOptions {
  std::string progress = "auto";
  bool quiet = false, json = false;

  /// --threads, --progress, --quiet and --json.
  void add_to(CLI::App& verb);
};

/// Reads the data that `what` names and makes a network with its first weights; fills in
/// what.data, empty if they can be read only once, and what.vocabularies, both only where there is
/// a run folder. Errors: of the data; the disk is too full for what the training will write.
void prepare(Training& training);

/// What the run folder is told at the beginning. `defaults`: the settings before any was set.
RunFacts facts_of(Training& training, const Settings& defaults);

/// Trains, saves the model or how to go on, and tells of it. Returns the exit code.
/// Errors: of the files; the training diverged.
int learn_and_save(Training& training, const ShowOptions& show, const Interrupt& interrupt);

}  // namespace cadena
