// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cadena {

/// What BLEU, chrF and ROUGE count: for each length from 1 to `order`, how many n-grams of `output`
/// are in a reference too, one that comes often no more often than in the reference that has it
/// most often. `output` is a sequence of symbols with an order, `references` any number of such.
/// O(order · N log N).
template <class Symbol>
std::vector<int64_t> common_ngrams(const std::vector<Symbol>& output,
                                   std::span<const std::vector<Symbol>> references, size_t order) {
  using Gram = std::span<const Symbol>;
  const auto before = [](Gram a, Gram b) { return std::ranges::lexicographical_compare(a, b); };
  // The longest n-gram that begins at each place, sorted: then the n-grams of every length are.
  const auto sorted = [&](Gram symbols) {
    std::vector<Gram> grams;
    for (size_t i = 0; i < symbols.size(); ++i)
      grams.push_back(symbols.subspan(i, std::min(order, symbols.size() - i)));
    std::ranges::sort(grams, before);
    return grams;
  };
  const std::vector<Gram> ours = sorted(output);
  std::vector<std::vector<Gram>> theirs;
  for (const std::vector<Symbol>& reference : references) theirs.push_back(sorted(reference));

  std::vector<int64_t> common(order);
  for (size_t n = 1; n <= order; ++n) {
    const auto head = [n](Gram gram) { return gram.first(std::min(n, gram.size())); };
    for (auto at = ours.begin(); at != ours.end();) {
      const Gram gram = head(*at);
      const auto end = std::ranges::upper_bound(at, ours.end(), gram, before, head);
      int64_t most = 0;
      if (gram.size() == n)
        for (const std::vector<Gram>& grams : theirs)
          most = std::max<int64_t>(most, std::ranges::upper_bound(grams, gram, before, head) -
                                             std::ranges::lower_bound(grams, gram, before, head));
      common[n - 1] += std::min<int64_t>(end - at, most);
      at = end;
    }
  }
  return common;
}

/// How many n-grams a sequence has.
inline int64_t count_ngrams(size_t length, size_t n) {
  return length < n ? 0 : static_cast<int64_t>(length - n + 1);
}

}  // namespace cadena
