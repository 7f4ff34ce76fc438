// SPDX-License-Identifier: MIT
#pragma once

#include <hwy/targets.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace bench {

/// From here on every kernel runs on the vector target that the environment's BENCH_TARGET names,
/// such as AVX2; without it on the best. False: this processor or this build has no such target.
inline bool choose_target() {
  const char* const name = std::getenv("BENCH_TARGET");
  if (!name) return true;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets())
    if (std::string_view(hwy::TargetName(target)) == name) {
      hwy::SetSupportedTargetsForTest(target);
      return true;
    }
  return false;
}

}  // namespace bench
