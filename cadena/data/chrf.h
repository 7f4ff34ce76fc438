// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cadena/base/json.h"
#include "cadena/data/reference_count.h"

namespace cadena {

/// chrF2 of a corpus (Popović 2015 and 2016) by the arithmetic of sacreBLEU 2: n-grams of 1 to 6
/// code points, blanks left out; precision and recall of the corpus for each n, averaged over those
/// n that output and reference both have, and F of the averages with recall weighing twice. Of
/// several references the one counts that gives an output by itself the best figure.
class Chrf {
 public:
  /// Errors: no reference.
  void add(std::string_view output, std::span<const std::string> references);
  void add(std::string_view output, const std::string& reference) { add(output, {&reference, 1}); }

  /// In per cent; 0 without a match.
  double score() const;
  /// "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:cadena-1", as sacreBLEU writes it.
  std::string signature() const;
  /// "chrF2|SIGNATURE = 57.16".
  std::string report() const;
  Json json() const;

 private:
  static constexpr size_t order = 6;

  struct Count {
    int64_t output = 0, reference = 0, common = 0;
  };
  using Counts = std::array<Count, order>;
  static double score(const Counts& counts);

  Counts counts_{};
  ReferenceCount references_;
};

}  // namespace cadena
