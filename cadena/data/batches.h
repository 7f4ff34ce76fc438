// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "cadena/base/rng.h"

namespace cadena {

/// Groups sequences of similar length: each index once, in batches whose lengths add up to at most
/// `rows` (a longer sequence is a batch of its own). A batch has its longest sequence first, as a
/// Layout wants it. With `shuffle` neighbours change a little from call to call and the batches
/// stand in random order; without, the shortest come first. Errors: rows below 1.
std::vector<std::vector<int>> batches_by_rows(std::span<const int> lengths, int rows,
                                              Rng* shuffle = nullptr);

}  // namespace cadena
