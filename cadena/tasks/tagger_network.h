// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cadena/nn/crf.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"
#include "cadena/tasks/word_layer.h"

namespace cadena {

struct TaggerOptions {
  WordLayerOptions words;
  std::string cell = "lstm";  ///< of the layers over words
  int hidden = 200;           ///< units of each direction
  int layers = 1;
  bool bidirectional = true;
  float dropout = 0.5f;  ///< of the input and output of each layer
  RecurrentTuning tuning{};
  std::string output = "crf";  ///< of whole sentences, or "softmax": of each token by itself
};

/// A batch of sentences as numbers, N rows.
struct TaggerBatch {
  Layout sentences;
  WordBatch words;
  std::vector<std::vector<int32_t>> labels;  // [columns][N], -1: not known; or empty
};

/// Words into recurrent layers, and for each column of labels a conditional random field (Huang, Xu
/// and Yu, 2015; Lample et al., 2016) or a softmax over their output.
class TaggerNetwork {
 public:
  struct Column {
    int labels;
    Crf::Legal legal;
  };
  struct Sizes {
    int words, characters;
    std::vector<Column> columns;
  };
  /// No network of these options and sizes has fewer parameters.
  static int64_t least_parameters(const TaggerOptions& options, const Sizes& sizes);

  TaggerNetwork(const TaggerOptions& options, const Sizes& sizes, Rng& rng);

  /// Summed over the batch -> [1].
  Tensor loss(const TaggerBatch& batch) const;
  /// The best labels of each column, one a row.
  std::vector<std::vector<int32_t>> decode(const TaggerBatch& batch) const;

  // The same in steps, for one who looks inside.
  Tensor vectors(const WordBatch& words) const { return words_(words); }
  /// Of the labels of the first column [N, labels].
  Tensor scores(const Tensor& vectors, const Layout& layout) const;
  const std::optional<Crf>& crf() const { return heads_[0].crf; }

  Embedding& words() { return words_.words(); }
  void visit(Visitor& v);

 private:
  struct Head {
    Linear emit;
    std::optional<Crf> crf;
  };
  Tensor features(const Tensor& vectors, const Layout& layout) const;

  TaggerOptions options_;
  WordLayer words_;
  Recurrent encoder_;
  std::vector<Head> heads_;
};

}  // namespace cadena
