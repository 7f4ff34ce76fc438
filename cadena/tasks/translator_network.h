// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cadena/nn/decoder.h"
#include "cadena/nn/embedding.h"
#include "cadena/nn/recurrent.h"

namespace cadena {

struct TranslatorOptions {
  std::string cell = "lstm";
  int size = 0;      ///< of a unit's vector; 0: as hidden
  int hidden = 256;  ///< units of each layer; of the encoder, half of them in each direction
  int layers = 1;    ///< of the encoder, and of the decoder
  std::string attention = "general";  ///< or dot, additive, none
  bool feed = true;                   ///< as DecoderOptions have them, here and below
  bool copy = false, tied = true;
  float dropout = 0.3f;  ///< of vectors, of both outputs and between layers
  RecurrentTuning tuning{};
  float sampling = 0;  ///< share of inputs in training that the decoder chose itself
};

/// Pairs of a source and what is to be said of it.
struct TranslatorBatch {
  Layout layout;                      // of the sources
  std::vector<int32_t> units, words;  // rows of the layout; words to copy, or empty
  Decoder::Target target;
};

/// Sequence to sequence: vectors and recurrent layers in both directions read a source, a decoder
/// says what it becomes (Sutskever, Vinyals and Le, 2014; Luong, Pham and Manning, 2015).
class TranslatorNetwork {
 public:
  struct Sizes {
    int sources, targets;  ///< units of either side
  };
  /// No network of these options and sizes has fewer parameters.
  static int64_t least_parameters(const TranslatorOptions& options, const Sizes& sizes);

  /// Errors: an odd number of hidden units, and as Decoder.
  TranslatorNetwork(const TranslatorOptions& options, const Sizes& sizes, Rng& rng);

  /// Units of sources, as rows of the layout; the words to be copied may be left out.
  Decoder::Source encode(std::span<const int32_t> units, const Layout& layout,
                         std::vector<int32_t> words) const;
  /// The same in steps, for one who looks inside: vectors [N, size], and what they are encoded to.
  Tensor vectors(std::span<const int32_t> units) const { return vectors_(units); }
  Decoder::Source encode(const Tensor& vectors, const Layout& layout,
                         std::vector<int32_t> words) const;
  /// Summed over all that is to be said -> [1].
  Tensor loss(const TranslatorBatch& batch) const;

  const Decoder& decoder() const { return decoder_; }
  void visit(Visitor& v);

 private:
  TranslatorOptions options_;
  Embedding vectors_;
  Recurrent encoder_;
  Decoder decoder_;
};

}  // namespace cadena
