// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cadena/data/image.h"
#include "cadena/nn/convolution.h"
#include "cadena/nn/decoder.h"

namespace cadena {

struct DescriberOptions {
  std::vector<int> filters = {16, 32, 64};  ///< of each convolution; of pictures
  std::string cell = "lstm";
  int size = 64;     ///< of a word's vector
  int hidden = 128;  ///< units of each recurrent layer, and values of the summary of a picture
  int layers = 1;
  std::string attention = "general";  ///< over the places of a picture: general, additive, none
  float dropout = 0.2f;               ///< of what is seen, of words' vectors and outputs
  RecurrentTuning tuning{};
};

/// One to many: what is seen, a picture or a vector, and a decoder that says it (Vinyals et al.,
/// 2015), which looks at the places of a picture (Xu et al., 2015). A picture goes through
/// convolutions; each place of the last map knows its row and its column, without which attention
/// could not tell left from right.
class DescriberNetwork {
 public:
  struct Sizes {
    ImageShape image;   ///< of pictures, or
    int64_t dimension;  ///< of vectors; 0 for pictures
    int64_t symbols;
  };
  /// No network of these options and sizes has fewer parameters.
  static int64_t least_parameters(const DescriberOptions& options, const Sizes& sizes);

  /// Errors: pictures too small for so many convolutions; attention over vectors.
  DescriberNetwork(const DescriberOptions& options, const Sizes& sizes, Rng& rng);

  /// What was seen, ready to be told: pictures [B, height, width, channels] or vectors [B, D].
  Decoder::Source look(const Tensor& seen) const;
  const Decoder& decoder() const { return decoder_; }

  void visit(Visitor& v);

 private:
  DescriberOptions options_;
  std::optional<ImageEncoder> eye_;
  Decoder decoder_;
};

}  // namespace cadena
