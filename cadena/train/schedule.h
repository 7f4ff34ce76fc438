// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "cadena/io/record.h"

namespace cadena {

struct ScheduleOptions {
  float rate = 0.002f;           ///< the largest rate
  int warmup = 0;                ///< steps of linear rise from 0
  std::string decay = "linear";  ///< linear or cosine to `final` at the end; plateau; stairs;
                                 ///< constant
  float final = 0.05f;           ///< of linear and cosine: share of the rate left at the last step
  int hold = 4;                  ///< of stairs: epochs with the full rate ...
  float plateau_factor = 0.5f;  ///< ... and then, or of plateau: the rate is multiplied by this ...
  int plateau_patience = 2;     ///< ... after so many epochs in a row without a better score
};

/// The learning rate over time.
class Schedule {
 public:
  /// `steps`: of the whole training. Errors: an unknown decay.
  Schedule(const ScheduleOptions& options, int64_t steps);

  float rate(int64_t step) const;
  /// After each epoch, for plateau and stairs: whether its score was the best so far.
  void epoch_done(bool better);

  void record(Record& r);

 private:
  ScheduleOptions options_;
  int64_t steps_;
  float factor_ = 1;  // of plateau and stairs
  int epochs_ = 0, waited_ = 0;
};

}  // namespace cadena
