// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cadena/base/settings.h"
#include "cadena/nn/embedding.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"

namespace cadena {

struct WordLayerOptions {
  int word_size = 100;              ///< of a word's vector
  int character_size = 32;          ///< of a character's vector
  std::string characters = "lstm";  ///< how characters are read: a cell, "convolution" or "none"
  int character_hidden = 50;        ///< units of each direction, or filters

  /// Under "model.".
  void add_to(Settings& settings);
};

/// Words as numbers, N rows. Distinct words are spelt once, however often they occur.
struct WordBatch {
  std::vector<int32_t> words;     // [N], ids
  std::vector<int32_t> forms;     // [N], which of the words below
  Layout spellings;               // of the distinct words, longest first
  std::vector<int32_t> spelling;  // ids of characters, in the rows of `spellings`
};

/// Vectors of words: one that is learnt for each, beside what a small network makes of its
/// characters (Lample et al., 2016; Ma and Hovy, 2016).
class WordLayer {
 public:
  /// No layer of these options has fewer parameters.
  static int64_t least_parameters(const WordLayerOptions& options, int words, int characters);

  WordLayer(const WordLayerOptions& options, int words, int characters, Rng& rng);

  /// [N, size()].
  Tensor operator()(const WordBatch& batch) const;
  int64_t size() const;
  Embedding& words() { return words_; }

  void visit(Visitor& v);

 private:
  Tensor spell(const WordBatch& batch) const;

  WordLayerOptions options_;
  Embedding words_;
  std::optional<Embedding> characters_;
  std::optional<Recurrent> spelling_;  // over characters, or
  std::optional<Linear> window_;       // of three characters
};

}  // namespace cadena
