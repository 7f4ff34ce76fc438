// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/base/json.h"
#include "cadena/data/reference_count.h"

namespace cadena {

struct BleuOptions {
  std::string tokenizer = "13a";  ///< 13a; none: what stands between blanks; char: code points
  bool lowercase = false;         ///< compare without regard to case
};

/// The tokens that BLEU compares. "13a" is what mteval-v13a.pl of NIST does to Western languages:
/// entities of XML are written out, hyphenated line ends joined, marks are tokens but for
/// apostrophes, . and , between digits, and hyphens that no digit precedes. Errors: there is no
/// such tokenizer.
std::vector<std::string> bleu_tokens(std::string_view text, const BleuOptions& options = {});

struct BleuResult {
  double score = 0;                    ///< in per cent, like the precisions
  std::array<double, 4> precisions{};  ///< of 1-grams to 4-grams, smoothed
  double brevity_penalty = 1;          ///< 0 to 1
  int64_t output_length = 0;           ///< in tokens
  int64_t reference_length = 0;        ///< of the references nearest in length to each output
};

/// Corpus BLEU (Papineni et al. 2002) by the arithmetic of sacreBLEU 2 (Post 2018): the n-th
/// precision without a match counts as half of the one that one match would give, the next as a
/// fourth, and so on; without any match, or any n-gram of length 4, the score is 0.
class Bleu {
 public:
  /// Errors: there is no such tokenizer.
  explicit Bleu(BleuOptions options = {});

  /// Errors: no reference.
  void add(std::string_view output, std::span<const std::string> references);
  void add(std::string_view output, const std::string& reference) { add(output, {&reference, 1}); }

  BleuResult result() const;
  /// What makes figures comparable, in the form of sacreBLEU:
  /// "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:cadena-1".
  std::string signature() const;
  /// The line of sacreBLEU: "BLEU|SIGNATURE = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ...)".
  std::string report() const;
  Json json() const;

 private:
  static constexpr size_t order = 4;

  BleuOptions options_;
  std::array<int64_t, order> common_{}, total_{};  // n-grams
  int64_t output_length_ = 0, reference_length_ = 0;
  ReferenceCount references_;
};

}  // namespace cadena
