// SPDX-License-Identifier: MIT
#include "cadena/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cadena/base/error.h"

namespace cadena {

Schedule::Schedule(const ScheduleOptions& options, int64_t steps)
    : options_(options), steps_(steps) {
  const std::string& decay = options.decay;
  if (decay != "constant" && decay != "linear" && decay != "cosine" && decay != "plateau" &&
      decay != "stairs")
    throw Error("schedule: there is no '" + decay + "'",
                "constant, linear, cosine, plateau or stairs");
}

float Schedule::rate(int64_t step) const {
  if (step < options_.warmup)
    return options_.rate * static_cast<float>(step + 1) / static_cast<float>(options_.warmup);
  const auto span = static_cast<float>(std::max<int64_t>(1, steps_ - options_.warmup));
  const float done = std::min(1.0f, static_cast<float>(step - options_.warmup) / span);
  float left = 1;  // of the way from `final` to 1
  if (options_.decay == "linear") left = 1 - done;
  if (options_.decay == "cosine") left = 0.5f * (1 + std::cos(std::numbers::pi_v<float> * done));
  return options_.rate * factor_ * (options_.final + (1 - options_.final) * left);
}

void Schedule::epoch_done(bool better) {
  ++epochs_;
  if (options_.decay == "stairs" && epochs_ >= options_.hold) factor_ *= options_.plateau_factor;
  if (options_.decay != "plateau") return;
  waited_ = better ? 0 : waited_ + 1;
  if (waited_ <= options_.plateau_patience) return;
  factor_ *= options_.plateau_factor;
  waited_ = 0;
}

void Schedule::record(Record& r) {
  r("factor", factor_);
  r("epochs", epochs_);
  r("waited", waited_);
}

}  // namespace cadena
