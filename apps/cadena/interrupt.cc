// SPDX-License-Identifier: MIT
#include "interrupt.h"

#include <unistd.h>

namespace cadena {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) {
  if (noted != 0) ::_exit(128 + signal);
  noted = signal;
}

}  // namespace

Interrupt::Interrupt() {
  noted = 0;
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  for (size_t i = 0; i < signals.size(); ++i) {
    ::sigaction(signals[i], &action, &before_[i]);
    const bool nohup = signals[i] == SIGHUP && before_[i].sa_handler == SIG_IGN;
    if (nohup) ::sigaction(SIGHUP, &before_[i], nullptr);
  }
}

Interrupt::~Interrupt() {
  for (size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
}

int Interrupt::signal() const { return noted; }

}  // namespace cadena
