// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "cadena/io/record.h"

namespace cadena {

/// How often a training is saved; if both are 0, only when it is stopped.
struct CheckpointInterval {
  int64_t steps = 0;
  double seconds = 60;

  /// "500" for steps, "60s" for seconds, "0". Errors: neither.
  static CheckpointInterval parse(const std::string& text);
  std::string text() const;
};

/// The last two records of a training, in a folder of its own: "step-120.checkpoint". Two, so that
/// there is another one if the newest cannot be read.
class Checkpoints {
 public:
  /// `step`: where the training goes on from.
  Checkpoints(std::string folder, CheckpointInterval interval, int64_t step = 0)
      : folder_(std::move(folder)), interval_(interval), saved_step_(step) {}

  /// Whether it is time for one, after this step.
  bool due(int64_t step);
  /// Errors: cannot be written (Fault::environment); those that were there are still.
  void save(const Record& record, int64_t step);
  /// Removes the folder and all that save() left in it.
  void remove();

  /// The newest record that can be read, and what is wrong with newer ones.
  struct Found {
    Record record;
    std::string path;
    std::vector<std::string> damaged;
  };
  /// Errors: there is none.
  static Found newest(const std::string& folder);

 private:
  std::string folder_;
  CheckpointInterval interval_;
  int64_t saved_step_;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
};

}  // namespace cadena
