// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cadena::kernels {

/// The `count` largest of a row's logits, largest first and of equal ones the lower id first;
/// minus infinity is never among them, so -1 may stand at the end of `ids`. Returns the logarithm
/// of the sum of exp, which is not finite if no logit is or one is not a number.
double top(int64_t columns, const float* row, int64_t count, int32_t* ids, float* logits);

}  // namespace cadena::kernels
