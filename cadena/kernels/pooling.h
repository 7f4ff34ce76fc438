// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cadena::kernels {

/// Windows of size x size beside each other; what is left at the right and below belongs to none.
struct Pooling {
  int64_t images, height, width, channels;
  int64_t size;

  int64_t out_height() const { return height / size; }
  int64_t out_width() const { return width / size; }
};

/// y [images, out_height, out_width, channels]: the largest value of each channel in each window.
void max_pool(const Pooling& p, const float* x, float* y);
/// dx += dy where the largest value of the window stands, the first of equal ones.
void max_pool_backward(const Pooling& p, const float* x, const float* y, const float* dy,
                       float* dx);

}  // namespace cadena::kernels
