// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cadena/data/vocabulary.h"

namespace cadena {

/// Byte-pair encoding: words in pieces, the frequent ones whole (Sennrich, Haddow and Birch 2016,
/// "Neural Machine Translation of Rare Words with Subword Units").
///
/// A text is split at blanks (ASCII white space). A word starts with a mark of the blank before it,
/// U+2581 (▁) as SentencePiece writes it; its code points are joined by the merges, first learnt
/// first. No piece reaches over a blank.
class BytePairs {
 public:
  /// Without merges: every code point is a piece.
  BytePairs() = default;
  /// Learns at most `merges` merges, each of the pair that is then most frequent, of equal ones the
  /// first by text; a pair that comes only once is not merged. The same for any order of counting.
  /// The words may hold blanks.
  static BytePairs learn(const SymbolCounts& words, int merges);

  /// The pieces of a text of less than 2 GiB, in O(n log n). ▁ itself becomes '_', a byte that is
  /// not UTF-8 U+FFFD.
  std::vector<std::string> pieces(std::string_view text) const;
  /// The text of pieces, with ▁ as a blank, but for one at the front: what pieces() was given, each
  /// run of blanks as one, none around.
  static std::string joined(std::span<const std::string> pieces);

  int merges() const { return static_cast<int>(merges_.size()); }
  /// One `LEFT RIGHT` a line, first learnt first.
  std::string to_text() const;
  /// Errors, with the line: another form, a merge that comes twice or that no text can need, text
  /// that is not UTF-8.
  static BytePairs from_text(std::string_view text);

 private:
  struct Merge {
    int left, right, result;  // ids of symbols
  };
  class Encoder;
  class Learner;

  /// Learns a merge, unless it is known, and gives the id of what it makes.
  int add(std::string_view left, std::string_view right);
  int intern(std::string_view symbol);
  /// -1 if no merge knows it.
  int id(std::string_view symbol) const;
  /// Place in merges_ of the merge of two symbols, or -1.
  int rank(int left, int right) const;

  std::vector<std::string> symbols_;
  std::unordered_map<std::string, int, StringHash, std::equal_to<>> ids_;
  std::vector<Merge> merges_;
  std::unordered_map<uint64_t, int> ranks_;  // of a pair of ids
};

}  // namespace cadena
