// SPDX-License-Identifier: MIT
#pragma once

#include "cadena/base/parallel.h"

namespace cadena {

/// Sets the number of threads until the end of the block.
class ThreadScope {
 public:
  explicit ThreadScope(int count) : before_(threads()) { set_threads(count); }
  ~ThreadScope() { set_threads(before_); }
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  int before_;
};

}  // namespace cadena
