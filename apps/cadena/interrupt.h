// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>

namespace cadena {

/// While it lives, a first SIGINT or SIGTERM is only noted; a second one ends the program at once.
/// There is one at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// The signal that came, 0 if none did.
  int signal() const;

 private:
  struct sigaction before_int_ = {}, before_term_ = {};
};

}  // namespace cadena
