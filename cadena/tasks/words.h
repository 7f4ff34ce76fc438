// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cadena/base/rng.h"
#include "cadena/base/settings.h"
#include "cadena/base/utf8.h"
#include "cadena/data/vectors.h"
#include "cadena/data/vocabulary.h"
#include "cadena/tasks/word_layer.h"
#include "cadena/tensor/layout.h"

namespace cadena {

/// What is known of words, for every task that reads them.
struct WordOptions {
  bool lowercase = true;
  int min_count = 1;
  float unknown = 4;
  std::string vectors;  ///< a file; empty: none
  int vector_words = 50000;

  /// Under "data.".
  void add_to(Settings& settings);
};

/// Distinct words, as numbers, of some texts.
struct Forms {
  struct Form {
    int32_t word;
    float hide;  ///< how often it is taken as unknown in training
    std::vector<int32_t> spelling;
  };
  std::vector<Form> all;
  std::unordered_map<std::string, int32_t, StringHash, std::equal_to<>> ids;
};

/// The vocabularies of words, known by their lower case, and of the characters that spell them.
class Words {
 public:
  Words() = default;
  /// Learns them from the words of a text and how often it has them. With a file of vectors, which
  /// must have `size` values, words of it are known too. Errors: the file cannot be read or has
  /// other values.
  Words(const WordOptions& options, const SymbolCounts& forms, int size);
  /// From a model file: what words().to_text() and characters().to_text() gave.
  Words(const WordOptions& options, std::string_view words, std::string_view characters);

  const Vocabulary& words() const { return words_; }
  const Vocabulary& characters() const { return characters_; }

  /// The number of a word among the forms of a text, which it joins at its first use.
  int32_t form(Forms& forms, const std::string& word) const;

  /// Rows of forms for the network. With `noise` words are hidden at random.
  static WordBatch batch(const Forms& forms, std::span<const int32_t> rows, Rng* noise);

  /// Gives words of the file of vectors theirs. Only once, before training.
  void set_vectors(Embedding& embedding);

 private:
  std::string normal_form(std::string_view word) const {
    return options_.lowercase ? cadena::lowercase(word) : std::string(word);
  }
  void load_vectors(int size);

  WordOptions options_;
  Vocabulary words_, characters_;
  WordVectors vectors_;  // until they are set
};

}  // namespace cadena
