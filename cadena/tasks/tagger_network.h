// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cadena/nn/crf.h"
#include "cadena/nn/embedding.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"

namespace cadena {

struct TaggerOptions {
  int word_size = 100;              ///< of a word's vector
  int character_size = 32;          ///< of a character's vector
  std::string characters = "lstm";  ///< how characters are read: a cell, "convolution" or "none"
  int character_hidden = 50;        ///< units of each direction, or filters
  std::string cell = "lstm";        ///< of the layers over words
  int hidden = 200;                 ///< units of each direction
  int layers = 1;
  float dropout = 0.5f;  ///< of the input and output of each layer
};

/// A batch of sentences as numbers. Distinct word forms are read once, however often they occur.
struct TaggerBatch {
  Layout sentences;               // N rows
  std::vector<int32_t> words;     // [N], ids
  std::vector<int32_t> forms;     // [N], which of the forms below
  Layout spellings;               // of the distinct forms, longest first
  std::vector<int32_t> spelling;  // ids of characters, in the rows of `spellings`
  std::vector<int32_t> labels;    // [N], or empty when they are not known
};

/// Words and their characters into recurrent layers in both directions, and a conditional random
/// field over their output (Huang, Xu and Yu, 2015; Lample et al., 2016).
class TaggerNetwork {
 public:
  struct Sizes {
    int words, characters, labels;
  };
  /// No network of these options and sizes has fewer parameters.
  static int64_t least_parameters(const TaggerOptions& options, const Sizes& sizes);

  TaggerNetwork(const TaggerOptions& options, const Sizes& sizes, const Crf::Legal& legal,
                Rng& rng);

  /// Summed over the batch -> [1].
  Tensor loss(const TaggerBatch& batch) const {
    return crf_.loss(scores(batch), batch.labels, batch.sentences);
  }
  /// The best labels, one a row.
  std::vector<int32_t> decode(const TaggerBatch& batch) const {
    return crf_.decode(scores(batch), batch.sentences);
  }

  Embedding& words() { return words_; }
  void visit(Visitor& v);

 private:
  Tensor scores(const TaggerBatch& batch) const;
  Tensor read_spellings(const TaggerBatch& batch) const;

  TaggerOptions options_;
  Embedding words_;
  std::optional<Embedding> characters_;
  std::optional<Recurrent> spelling_;  // over characters, or
  std::optional<Linear> window_;       // of three characters
  Recurrent encoder_;
  Linear emit_;
  Crf crf_;
};

}  // namespace cadena
