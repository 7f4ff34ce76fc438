// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run_report.h"

namespace cadena {

/// A point more; a long curve is thinned.
void add_point(Quantity& curve, double x, double y);

/// What a run folder tells of a training that goes on after `step`.
struct RunSoFar {
  RunHistory history;
  std::string date, command;
  std::vector<Baseline> baselines;
  std::string lines;  ///< of metrics.jsonl, up to that step
};

/// Errors: no metrics.jsonl there, or none that `cadena train` wrote.
RunSoFar read_run_so_far(const std::string& folder, int64_t step);

}  // namespace cadena
