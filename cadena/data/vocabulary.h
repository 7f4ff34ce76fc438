// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cadena {

/// Lets a map of strings be searched by a view.
struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

using SymbolCounts = std::unordered_map<std::string, int64_t, StringHash, std::equal_to<>>;

struct VocabularyLimits {
  int64_t min_count = 1;  ///< rarer symbols are left out
  int max_size = 0;       ///< at most so many symbols, the unknown one besides; 0: all
};

/// Symbols (words, characters, tags) and their numbers. Id 0 is whatever is not known; its text is
/// "<unk>", its count that of all that was left out.
class Vocabulary {
 public:
  static constexpr int unknown = 0;

  /// Only the unknown symbol.
  Vocabulary();
  /// Ids by falling count, then by text: the same for any order of counting.
  static Vocabulary from_counts(const SymbolCounts& counts, const VocabularyLimits& limits = {});
  /// Symbol i gets id i + 1. Errors: a symbol that is empty, "<unk>" or comes twice, a negative
  /// count, lists of different lengths.
  static Vocabulary from_symbols(std::vector<std::string> symbols, std::vector<int64_t> counts);

  /// One `symbol TAB count` a line in the order of ids; in symbols, \t \n \r \\ are escaped.
  std::string to_text() const;
  /// Errors, with the line: a line of another form, a number that is none or too large, a symbol
  /// that comes twice, text that is not UTF-8, no unknown symbol first.
  static Vocabulary from_text(std::string_view text);

  int size() const { return static_cast<int>(texts_.size()); }
  /// 0 if the symbol is not known.
  int id(std::string_view symbol) const;
  const std::string& text(int id) const { return texts_[static_cast<size_t>(id)]; }
  int64_t count(int id) const { return counts_[static_cast<size_t>(id)]; }

 private:
  void add(std::string symbol, int64_t count);

  std::vector<std::string> texts_;
  std::vector<int64_t> counts_;
  std::unordered_map<std::string, int, StringHash, std::equal_to<>> ids_;
};

}  // namespace cadena
