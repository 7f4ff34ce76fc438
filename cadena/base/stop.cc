// SPDX-License-Identifier: MIT
#include "cadena/base/stop.h"

#include <utility>

namespace cadena {
namespace {

std::function<bool()> stop_is_wanted;  // set and cleared while no other thread works

}  // namespace

StopScope::StopScope(std::function<bool()> wanted) { stop_is_wanted = std::move(wanted); }
StopScope::~StopScope() { stop_is_wanted = nullptr; }

void stop_if_wanted() {
  if (stop_is_wanted && stop_is_wanted()) throw Stopped();
}

}  // namespace cadena
