// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cadena/nn/beam.h"
#include "cadena/nn/decoder.h"

namespace cadena {

/// A decoder made ready to say sequences: its weights as they were at construction, packed once. A
/// step gives the bits that the decoder gives for the whole sequence.
class DecoderStepper {
 public:
  explicit DecoderStepper(const Decoder& decoder);
  DecoderStepper(DecoderStepper&&) noexcept;
  DecoderStepper& operator=(DecoderStepper&&) noexcept;
  ~DecoderStepper();

  /// What goes from step to step; rows are hypotheses, each with the number of its source.
  struct Memory {
    struct Layer {
      Tensor h, rest;  // [live, H], [live, (S-1)·H], of a cell of S states
    };
    std::vector<Layer> layers;
    State composed;  // instead, of composed cells
    Tensor fed;      // h~ of the step before
    std::vector<int32_t> source;
  };
  /// One hypothesis of each sequence of the source.
  Memory start(const Decoder::Source& source) const;
  /// Hypotheses `rows`, each as often as it is named.
  static Memory select(const Memory& memory, std::span<const int32_t> rows);

  /// Reads a symbol of each hypothesis; `memory` moves on. Logits of what follows [live, V], or
  /// with copying log-probabilities of all symbols and words of the source.
  Tensor step(const Decoder::Source& source, std::span<const int32_t> symbols,
              Memory& memory) const;

  /// The best sequences for each sequence of the source: beam_search.
  std::vector<std::vector<Hypothesis>> decode(const Decoder::Source& source, int32_t start,
                                              int32_t end, std::span<const int> most,
                                              const BeamOptions& options) const;

 private:
  struct Network;
  std::unique_ptr<Network> network_;
};

}  // namespace cadena
