// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cadena {

/// While it lives, buffers do not grow by more than so many bytes in all: one that would is not had
/// (std::bad_alloc). There is one at a time.
class BufferLimit {
 public:
  explicit BufferLimit(int64_t bytes);
  ~BufferLimit();
  BufferLimit(const BufferLimit&) = delete;
  BufferLimit& operator=(const BufferLimit&) = delete;
};

}  // namespace cadena
