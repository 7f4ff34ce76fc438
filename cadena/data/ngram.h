// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cadena {

/// A language model that counts: interpolated Kneser-Ney with one discount for each order (Kneser
/// and Ney, 1995; Chen and Goodman, 1998),
///   p(w | h) = max(c(hw) - D, 0) / c(h.) + D n(h.) / c(h.) · p(w | h without its first symbol),
///   D = n1 / (n1 + 2 n2),
/// with c(hw) the occurrences of an n-gram of the highest order and for a lower one the number of
/// different symbols before it. The lowest order goes over to 1/symbols, so that no probability is
/// 0.
class NgramModel {
 public:
  static constexpr int highest_order = 32;

  /// Counts the n-grams of `text`, ids below `symbols`. Memory: 20 bytes for each different n-gram
  /// and an index. Errors: an order outside 1 to highest_order, no symbols, an id that is none,
  /// more than 2^31 n-grams.
  NgramModel(std::span<const int32_t> text, int order, int symbols);

  /// Natural logarithm. `history`: what came before; the last order - 1 symbols are looked at.
  /// Errors: `symbol` is none.
  double log_probability(std::span<const int32_t> history, int32_t symbol) const;

  /// Mean nats per symbol, each with the history before it in this text; 0 if it is empty. Errors:
  /// an id that is no symbol.
  double cross_entropy(std::span<const int32_t> text) const;

 private:
  /// An n-gram, by its number; number 0 is the empty one.
  struct Gram {
    uint32_t context = 0;               // the n-gram without its last symbol
    int32_t symbol = 0;                 // the last
    uint32_t count = 0;                 // c
    uint32_t total = 0, followers = 0;  // as a context: c(h.) and n(h.)
  };
  /// How many n-grams of an order have a count of 0, 1, 2, more.
  using Tally = std::array<int64_t, 4>;

  void check(int32_t symbol) const;
  void count_ending(int32_t symbol, std::vector<uint32_t>& ending, std::vector<Tally>& tallies);
  void increment(uint32_t gram, Tally& tally);
  uint32_t insert(uint32_t context, int32_t symbol);
  void widen_index();
  size_t slot(uint32_t context, int32_t symbol) const;
  uint32_t find(uint32_t context, int32_t symbol) const { return index_[slot(context, symbol)]; }
  std::optional<uint32_t> context_of(std::span<const int32_t> history) const;

  int symbols_;
  std::vector<Gram> grams_;
  std::vector<uint32_t> index_;    // hash table of their numbers, 0: free
  std::vector<double> discounts_;  // D, [order]
};

}  // namespace cadena
