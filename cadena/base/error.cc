// SPDX-License-Identifier: MIT
#include "cadena/base/error.h"

#include <utility>

namespace cadena {

std::string prefix(const Place& place) {
  if (place.file.empty()) return {};
  return place.line > 0 ? place.file + ":" + std::to_string(place.line) + ": " : place.file + ": ";
}

Error::Error(std::string message, std::string hint, Fault fault)
    : Error(Place{}, std::move(message), std::move(hint), fault) {}

Error::Error(Place place, std::string message, std::string hint, Fault fault)
    : std::runtime_error(prefix(place) + message),
      place_(std::move(place)),
      message_(std::move(message)),
      hint_(std::move(hint)),
      fault_(fault) {}

}  // namespace cadena
