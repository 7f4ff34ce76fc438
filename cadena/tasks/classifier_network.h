// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"
#include "cadena/tasks/word_layer.h"

namespace cadena {

struct ClassifierOptions {
  WordLayerOptions words;
  std::string cell = "auto";  ///< of recurrent layers; "none": layers that see one step; "auto":
                              ///< "none" for single vectors, else "lstm"
  int hidden = 128;           ///< units of each layer and direction
  int layers = 1;
  bool bidirectional = true;
  std::string pooling = "auto";  ///< how the steps become one: last, mean, max, attention; "auto":
                                 ///< attention for words, else max
  float dropout = 0.5f;          ///< of words and of the output of each layer
  RecurrentTuning tuning{};
};

/// A batch of sequences: words or vectors.
struct ClassifierBatch {
  Layout layout;
  WordBatch words;              // rows of the layout, or
  Tensor vectors;               // [N, D]
  std::vector<int32_t> labels;  // [B], or empty
};

/// Many to one: words or vectors into recurrent layers, their steps pooled, a softmax over classes.
class ClassifierNetwork {
 public:
  struct Sizes {
    int words, characters;  ///< of texts, or
    int dimension;          ///< of vectors; 0 for texts
    int classes;
  };
  /// No network of these options and sizes has fewer parameters.
  static int64_t least_parameters(const ClassifierOptions& options, const Sizes& sizes);

  /// Neither `options.cell` nor `options.pooling` is "auto".
  ClassifierNetwork(const ClassifierOptions& options, const Sizes& sizes, Rng& rng);

  /// Summed over the batch -> [1].
  Tensor loss(const ClassifierBatch& batch) const;
  /// Of each class [B, classes].
  Tensor probabilities(const ClassifierBatch& batch) const;

  // The same in steps, for one who looks inside.
  bool recurrent() const { return recurrent_.has_value(); }
  /// Of each step [N, D].
  Tensor vectors(const ClassifierBatch& batch) const {
    return words_ ? (*words_)(batch.words) : batch.vectors;
  }
  /// Of each class [B, classes]. Attention is noted in a Trace.
  Tensor logits(const Tensor& vectors, const Layout& layout) const;

  Embedding& words() { return words_->words(); }
  void visit(Visitor& v);

 private:
  Tensor encode(const Tensor& vectors, const Layout& layout, Tensor& last) const;

  ClassifierOptions options_;
  std::optional<WordLayer> words_;
  std::optional<Recurrent> recurrent_;  // or
  std::vector<Linear> layers_;
  std::optional<Linear> attention_, attention_score_;
  std::optional<Linear> output_;
};

}  // namespace cadena
