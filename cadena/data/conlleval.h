// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace cadena {

/// Entities counted; one is correct when begin, end and type agree. Measures in per cent, 0 where
/// there is nothing to divide by.
struct PhraseScore {
  int64_t phrases = 0;  ///< in the gold tags
  int64_t found = 0;    ///< in the predicted tags
  int64_t correct = 0;  ///< in both

  double precision() const;
  double recall() const;
  double f1() const;
};

struct EntityResult {
  int64_t tokens = 0;
  int64_t correct_tokens = 0;
  PhraseScore all;
  std::map<std::string, PhraseScore> types;

  /// Per cent of the tokens with the right tag.
  double accuracy() const;
};

/// The measure of the CoNLL shared tasks: E. F. Tjong Kim Sang and S. Buchholz, "Introduction to
/// the CoNLL-2000 shared task: chunking", CoNLL 2000.
class EntityScore {
 public:
  /// One sentence. Errors: different lengths.
  void add(std::span<const std::string> gold, std::span<const std::string> predicted);

  const EntityResult& result() const { return result_; }
  /// What conlleval.pl (version of 2004-01-26) prints, byte for byte.
  std::string report() const;

 private:
  EntityResult result_;
};

}  // namespace cadena
