// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/base/json.h"

namespace cadena {

/// The words that ROUGE compares: runs of letters, the marks on them and digits, in lower case, not
/// stemmed. Of ASCII those of rouge_score by Google; that one takes every other letter for a blank,
/// which tears words of most languages apart.
std::vector<std::string> rouge_words(std::string_view text);

/// F1 of ROUGE (Lin 2004), each the mean over the texts, in per cent.
struct RougeResult {
  double rouge_1 = 0;  ///< words
  double rouge_2 = 0;  ///< pairs of neighbours
  double rouge_l = 0;  ///< longest common subsequence, the text being one sentence
  int64_t texts = 0;
};

/// Judges texts one by one by the arithmetic of rouge_score: F1 of a text is 0 where either side
/// has nothing to compare. Of several references the best counts, for each figure.
class Rouge {
 public:
  /// O(product of the lengths / 64), linear in memory. Errors: no reference.
  void add(std::string_view output, std::span<const std::string> references);
  void add(std::string_view output, const std::string& reference) { add(output, {&reference, 1}); }

  RougeResult result() const;
  /// "ROUGE-1 23.67  ROUGE-2 10.29  ROUGE-L 23.44".
  std::string report() const;
  Json json() const;

 private:
  RougeResult sums_;
};

}  // namespace cadena
