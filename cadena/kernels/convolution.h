// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cadena/base/buffer.h"

namespace cadena::kernels {

/// Filters that slide over pictures [images, height, width, channels], with zeros around these:
/// y [images, out_height, out_width, filters]. A filter is [kernel, kernel, channels] and is not
/// mirrored.
struct Convolution {
  int64_t images, height, width, channels, filters;
  int64_t kernel, stride, padding;

  int64_t out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  int64_t out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
  int64_t filter_size() const { return kernel * kernel * channels; }
};

/// y = x * weight [filters, kernel, kernel, channels] + bias [filters].
void convolve(const Convolution& c, const float* x, const float* weight, const float* bias,
              float* y);
/// Adds the gradient of the weights.
void convolve_backward_weight(const Convolution& c, const float* x, const float* dy,
                              Accumulator dweight);
/// dx += the gradient of the pictures.
void convolve_backward_input(const Convolution& c, const float* weight, const float* dy, float* dx);

}  // namespace cadena::kernels
