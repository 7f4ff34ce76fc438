// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <csignal>

namespace cadena {

/// While it lives, a first SIGINT, SIGTERM or SIGHUP is only noted; a second one ends the program
/// at once. After nohup a SIGHUP stays ignored. There is one at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// The signal that came, 0 if none did.
  int signal() const;

 private:
  static constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, signals.size()> before_ = {};
};

}  // namespace cadena
