// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace cadena {

// The malloc of a program that is linked with heap.cc counts, unless a sanitizer has its own.

/// Bytes that are allocated now.
size_t heap_size();
/// The most that there were since this was last called.
size_t take_heap_peak();

}  // namespace cadena
