// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cadena/nn/attention.h"
#include "cadena/nn/embedding.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"

namespace cadena {

struct DecoderOptions {
  std::string cell = "lstm";
  int64_t symbols = 0;  ///< V
  int64_t size = 0;     ///< of a symbol's vector
  int64_t hidden = 0;   ///< H, of each layer
  int64_t layers = 1;
  std::string attention = "general";  ///< or dot, additive, none
  int64_t encoded = 0;                ///< columns of the encoder's output; with attention
  int64_t summary = 0;                ///< columns of what the decoder starts from
  /// Input feeding: h~ of a step is an input of the next (Luong et al.); with attention.
  bool feed = true;
  bool tied = false;  ///< the vectors of symbols are the weights of the output too; size is hidden
  bool copy = false;  ///< source words may be copied (See, Liu and Manning, 2017)
  int32_t unknown = 0;  ///< the symbol that a copied word without one is read as
  float dropout = 0;    ///< of the vectors, of h~ and between layers
  RecurrentTuning tuning{};
};

/// Says a sequence symbol by symbol: vectors into recurrent layers that start from a summary of
/// the source, attention over its parts, and a softmax over all symbols (Sutskever, Vinyals and Le,
/// 2014; Bahdanau, Cho and Bengio, 2015; Luong, Pham and Manning, 2015).
class Decoder {
 public:
  /// Errors: an unknown cell or kind of attention, copying without attention, sizes to tie that
  /// differ.
  Decoder(const DecoderOptions& options, Rng& rng);

  /// What it speaks of: B encoded sequences, made ready.
  struct Source {
    State start;                 // of the decoder's layers, [B, H]
    AttentionMemory memory;      // with attention
    std::vector<int32_t> words;  // of each row of the encoder, to be copied; see CopyScores
  };

  /// What is to be said, as a packed batch: each sequence reads `inputs` (a start symbol, and what
  /// was said so far) and should say `targets`, one a row.
  struct Target {
    Layout layout;
    std::vector<int32_t> source;  // the number of the Source's sequence that each speaks of
    std::vector<int32_t> inputs, targets;
  };

  /// `summary` [B, summary] of each sequence: its last states, or what else there is to tell. The
  /// first states are tanh(W · summary + b). `encoded` [N, encoded] and its words may be left out
  /// where nothing looks at them.
  Source source(const Tensor& summary, const Tensor& encoded = {}, const Layout& layout = {},
                std::vector<int32_t> words = {}) const;

  /// Sum over the rows of -log p(target) -> [1]; rows with a negative target add exactly 0. Under a
  /// tape with noise each input after the first of its sequence is with the probability `sampling`
  /// the symbol that the decoder finds best itself (scheduled sampling; Bengio et al., 2015).
  Tensor loss(const Source& source, const Target& target, float sampling = 0) const;

  /// What the rows of a target have before the softmax: h~ [N, H], or h without attention, and the
  /// weights of attention, which `pairing` reads.
  struct Features {
    Tensor output, weights;
    std::optional<Pairing> pairing;
  };
  Features features(const Source& source, const Target& target, float sampling = 0) const;
  /// [N, V]
  Tensor logits(const Features& features) const { return logits(features.output); }

  const DecoderOptions& options() const { return options_; }
  void visit(Visitor& v);

 private:
  friend class DecoderStepper;

  const Tensor& output_weight() const { return own_weight_ ? own_weight_ : vectors_.weight(); }
  Tensor logits(const Tensor& output) const;
  Features whole(const Source& source, const Target& target,
                 const std::optional<Pairing>& pairing) const;
  Features step_by_step(const Source& source, const Target& target, float sampling) const;
  void replace_some(std::vector<int32_t>& inputs, const Tensor& before, float share,
                    Rng& noise) const;

  DecoderOptions options_;
  Embedding vectors_;
  std::vector<std::vector<Linear>> starts_;  // [layer][state]
  Recurrent recurrent_;
  std::optional<Attention> attention_;
  Tensor own_weight_, output_bias_;  // [V, H] when not tied, [V]
  std::optional<Linear> gate_;
};

}  // namespace cadena
