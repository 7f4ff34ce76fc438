// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace cadena {

/// How the products of weights and activations read them. Sums, states, gradients and the weights
/// that a training keeps are float32 in any case.
enum class Precision {
  single,    ///< float32
  bfloat16,  ///< both operands rounded to 8 significant bits (Kalamkar et al., 2019)
  int8,      ///< weights in 255 steps, a scale for each output; for inference only
};

/// single, bfloat16, int8.
std::string_view name(Precision precision);
std::optional<Precision> find_precision(std::string_view name);

/// The precision of products that begin on this thread: single, unless a PrecisionScope lives.
Precision precision();

/// Sets the precision of this thread while it lives.
class PrecisionScope {
 public:
  explicit PrecisionScope(Precision precision);
  ~PrecisionScope();
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  Precision before_;
};

}  // namespace cadena
