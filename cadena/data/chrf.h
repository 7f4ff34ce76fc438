// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cadena/base/json.h"

namespace cadena {

/// chrF2 of a corpus (Popović 2015 and 2016) by the arithmetic of sacreBLEU 2: n-grams of 1 to 6
/// code points, blanks left out; precision and recall of the corpus for each n, averaged over those
/// n that output and reference both have, and F of the averages with recall weighing twice.
class Chrf {
 public:
  void add(std::string_view output, std::string_view reference);

  /// In per cent; 0 without a match.
  double score() const;
  /// "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:cadena-1", as sacreBLEU writes it.
  std::string signature() const;
  /// "chrF2|SIGNATURE = 57.16".
  std::string report() const;
  Json json() const;

 private:
  static constexpr size_t order = 6;

  struct Counts {
    int64_t output = 0, reference = 0, common = 0;
  };
  std::array<Counts, order> counts_{};
};

}  // namespace cadena
