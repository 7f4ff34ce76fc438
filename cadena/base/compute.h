// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cadena {

/// How the products of weights and activations read them. Sums, states, gradients and the weights
/// that a training keeps are float32 in any case.
enum class Precision {
  single,    ///< float32
  bfloat16,  ///< both operands rounded to 8 significant bits (Kalamkar et al., 2019)
  int8,      ///< weights in 255 steps, a scale for each output; for inference only
};

/// Their names, as above.
std::vector<std::string> precision_names();
/// Errors: there is none of that name.
Precision find_precision(std::string_view name);

/// How layers compute.
struct Compute {
  Precision precision = Precision::single;
  int64_t memory =
      0;  ///< bytes that a recurrent layer keeps for its backward pass beside input and
          ///< output; what does not fit is computed again, to the same bits; 0: any
};

/// That of what begins on this thread: the defaults, unless a ComputeScope lives.
const Compute& compute();

/// Sets it for this thread while it lives.
class ComputeScope {
 public:
  explicit ComputeScope(const Compute& compute);
  ~ComputeScope();
  ComputeScope(const ComputeScope&) = delete;
  ComputeScope& operator=(const ComputeScope&) = delete;

 private:
  Compute before_;
};

}  // namespace cadena
