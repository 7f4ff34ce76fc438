// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include "cadena/base/error.h"
#include "cadena/train/trainer.h"

namespace cadena {

/// Errors: a number that a network answers is not finite (Fault::diverged).
inline void expect_finite_answer(double number) {
  if (!std::isfinite(number))
    throw Error("the network's answers are not finite", divergence_hint, Fault::diverged);
}

}  // namespace cadena
