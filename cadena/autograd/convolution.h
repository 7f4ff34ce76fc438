// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cadena/tensor/tensor.h"

namespace cadena {

// Differentiable functions on pictures [N, height, width, channels]. Seen as a matrix, such a
// tensor has a picture a row: linear() takes it as it is. Errors: shapes that do not agree.

struct ConvolutionOptions {
  int64_t stride = 1;   ///< pixels from one place of a filter to the next
  int64_t padding = 0;  ///< pixels of zeros on each side
};

/// Each of F filters at each place (LeCun et al., 1989): x [N, H, W, C], weight [F, K, K, C], bias
/// [F] -> [N, H', W', F] with H' = (H + 2 padding - K) / stride + 1, rounded down, W' likewise.
Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias,
                const ConvolutionOptions& options = {});

/// Largest value of each channel in windows of size x size beside each other: [N, H, W, C] -> [N,
/// H / size, W / size, C], rounded down. Of equal values the first passes the gradient on.
Tensor max_pool(const Tensor& x, int64_t size);

}  // namespace cadena
