// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "cadena/base/error.h"

namespace cadena {

/// How many references the outputs of a corpus have.
class ReferenceCount {
 public:
  /// Errors: no reference.
  void add(size_t references) {
    if (references == 0)
      throw Error("an output without a reference", "give each output at least one reference");
    least_ = most_ == 0 ? references : std::min(least_, references);
    most_ = std::max(most_, references);
  }

  /// As the signatures of sacreBLEU have it: "1", and "var" if not all have as many.
  std::string text() const { return least_ == most_ ? std::to_string(most_) : "var"; }

 private:
  size_t least_ = 0, most_ = 0;
};

}  // namespace cadena
