// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/data/byte_pairs.h"
#include "cadena/data/vocabulary.h"

namespace cadena {

struct TextUnitOptions {
  std::string unit = "character";  ///< character, subword, or word: what stands between blanks
  int min_count = 1;               ///< rarer units are unknown
  int max_units = 0;               ///< the most frequent ones are known; 0: all
  int merges = 4000;               ///< of byte-pair encoding, for subwords
};

/// Running text as numbers, line by line, and back.
class TextUnits {
 public:
  TextUnits() = default;
  /// Learns the units of a text.
  TextUnits(const TextUnitOptions& options, std::span<const std::string> lines);
  /// From what vocabulary_text() and merges_text() gave. Errors: they are damaged.
  TextUnits(std::string unit, std::string_view vocabulary, std::string_view merges);

  std::string vocabulary_text() const { return vocabulary_.to_text(); }
  std::string merges_text() const { return pairs_.to_text(); }

  /// The units of a line, without its end.
  std::vector<std::string> split(std::string_view line) const;
  /// Adds the units of a line, without its end.
  void encode(std::string_view line, std::vector<int32_t>& ids) const;
  /// How a unit is written; `first`: it begins a line.
  std::string decode(int32_t id, bool first) const;
  /// The line that units are of, as far as they tell: each run of blanks is one.
  std::string joined(std::span<const std::string> units) const;

  int size() const { return vocabulary_.size(); }
  int32_t line_end() const { return vocabulary_.id("\n"); }
  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  std::string unit_ = "character";
  Vocabulary vocabulary_;
  BytePairs pairs_;
};

}  // namespace cadena
