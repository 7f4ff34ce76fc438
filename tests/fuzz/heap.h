// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cadena {

// A program that is linked with heap.cc counts what it allocates.

/// Bytes that are allocated now, without those of before `main`.
int64_t heap_size();
/// The most that there were since this was last called.
int64_t take_heap_peak();

/// The most bytes that `work` had at one time.
template <class Work>
int64_t heap_of(const Work& work) {
  const int64_t before = heap_size();
  take_heap_peak();
  work();
  return take_heap_peak() - before;
}

}  // namespace cadena
