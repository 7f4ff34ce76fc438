// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

namespace cadena {

/// Thrown out of work that nobody wants to wait for any more. No Error: nothing is wrong.
struct Stopped {};

/// While it lives, long work on any thread asks `wanted` now and then, and throws Stopped if it is
/// so. There is one at a time.
class StopScope {
 public:
  explicit StopScope(std::function<bool()> wanted);
  ~StopScope();
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;
};

/// Between two parts of long work. Throws Stopped.
void stop_if_wanted();

}  // namespace cadena
