// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cadena {

// A program that is linked with heap.cc counts what it allocates.

/// Bytes that are allocated now, without those of before `main`.
int64_t heap_size();
/// The most that there were since this was last called.
int64_t take_heap_peak();

}  // namespace cadena
