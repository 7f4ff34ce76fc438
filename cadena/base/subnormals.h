// SPDX-License-Identifier: MIT
#pragma once

namespace cadena {

/// While it lives, operations of this thread take and give zero instead of subnormal numbers:
/// vanishing states and gradients would make each a hundred times slower. Tasks run so on every
/// thread, so the bits agree.
class FlushSubnormals {
 public:
  FlushSubnormals();
  ~FlushSubnormals();
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
  unsigned control_;
};

}  // namespace cadena
