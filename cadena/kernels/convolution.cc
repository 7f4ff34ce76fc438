// SPDX-License-Identifier: MIT
#include "cadena/kernels/convolution.h"

#include <algorithm>

#include "cadena/base/parallel.h"
#include "cadena/kernels/gemm.h"
#include "cadena/kernels/pointwise.h"

namespace cadena::kernels {
namespace {

// Floats of the matrix of patches that is made at a time: it stays in the cache of a core.
constexpr int64_t patch_floats = int64_t{1} << 16;
// Sums of the weights' gradient that are made beside each other.
constexpr int64_t partial_sums = 16;

/// Lines of the output, of all pictures, whose patches are made at a time.
int64_t lines_at_once(const Convolution& c) {
  return std::max<int64_t>(1, patch_floats / (c.out_width() * c.filter_size()));
}

/// Lines [begin, end) of the output need the matrix of patches [(end - begin) · out_width,
/// filter_size]. Calls use(at, from, count) for what of it comes from x: `count` neighbours.
template <class Use>
void for_each_run(const Convolution& c, int64_t begin, int64_t end, const Use& use) {
  const int64_t run = c.kernel * c.channels;
  int64_t at = 0;
  for (int64_t line = begin; line < end; ++line) {
    const int64_t image = line / c.out_height(), top = line % c.out_height() * c.stride - c.padding;
    for (int64_t place = 0; place < c.out_width(); ++place, at += c.filter_size()) {
      const int64_t left = place * c.stride - c.padding;
      const int64_t first = std::max<int64_t>(0, -left),
                    last = std::min(c.kernel, c.width - left);  // columns inside the picture
      if (first >= last) continue;
      for (int64_t i = std::max<int64_t>(0, -top); i < std::min(c.kernel, c.height - top); ++i)
        use(at + i * run + first * c.channels,
            ((image * c.height + top + i) * c.width + left + first) * c.channels,
            (last - first) * c.channels);
    }
  }
}

void unfold(const Convolution& c, int64_t begin, int64_t end, const float* x, float* patches) {
  if (c.padding > 0) std::fill_n(patches, (end - begin) * c.out_width() * c.filter_size(), 0.0f);
  for_each_run(c, begin, end, [=](int64_t at, int64_t from, int64_t count) {
    std::copy_n(x + from, count, patches + at);
  });
}

/// Calls use(begin, end) for blocks of the lines [begin, end).
template <class Use>
void for_each_block(const Convolution& c, int64_t begin, int64_t end, const Use& use) {
  for (const int64_t step = lines_at_once(c); begin < end; begin += step)
    use(begin, std::min(begin + step, end));
}

Buffer patches_for(const Convolution& c, int64_t lines) {
  return Buffer(std::min(lines, lines_at_once(c)) * c.out_width() * c.filter_size());
}

}  // namespace

void convolve(const Convolution& c, const float* x, const float* weight, const float* bias,
              float* y) {
  const int64_t k = c.filter_size(), n = c.out_width();
  parallel_blocks(c.images * c.out_height(), lines_at_once(c), [&](int64_t begin, int64_t end) {
    const Buffer patches = patches_for(c, end - begin);
    unfold(c, begin, end, x, patches.data());
    gemm((end - begin) * n, c.filters, k, plain(patches.data(), k), transposed(weight, k),
         y + begin * n * c.filters, c.filters, {bias, 0});
  });
}

void convolve_backward_weight(const Convolution& c, const float* x, const float* dy,
                              Accumulator dweight) {
  const int64_t k = c.filter_size(), n = c.out_width(), lines = c.images * c.out_height(),
                share = (lines + partial_sums - 1) / partial_sums, size = c.filters * k;
  const Buffer sums(partial_sums * size);
  parallel_for(partial_sums, [&](int64_t part) {
    float* sum = sums.data() + part * size;
    const int64_t first = std::min(part * share, lines), last = std::min(first + share, lines);
    std::fill_n(sum, size, 0.0f);
    const Buffer patches = patches_for(c, last - first);
    for_each_block(c, first, last, [&](int64_t begin, int64_t end) {
      unfold(c, begin, end, x, patches.data());
      gemm(c.filters, k, (end - begin) * n, transposed(dy + begin * n * c.filters, c.filters),
           plain(patches.data(), k), sum, k, {sum, k});
    });
  });
  if (!dweight.holds) std::fill_n(dweight.data, size, 0.0f);
  for (int64_t part = 0; part < partial_sums; ++part)
    add_scaled(size, 1, sums.data() + part * size, dweight.data);
}

void convolve_backward_input(const Convolution& c, const float* weight, const float* dy,
                             float* dx) {
  const int64_t k = c.filter_size(), n = c.out_width(), lines = c.out_height();
  parallel_for(c.images, [&](int64_t image) {
    const Buffer patches = patches_for(c, lines);
    for_each_block(c, image * lines, (image + 1) * lines, [&](int64_t begin, int64_t end) {
      gemm((end - begin) * n, k, c.filters, plain(dy + begin * n * c.filters, c.filters),
           plain(weight, k), patches.data(), k);
      for_each_run(c, begin, end, [&](int64_t at, int64_t from, int64_t count) {
        for (int64_t i = 0; i < count; ++i) dx[from + i] += patches[at + i];
      });
    });
  });
}

}  // namespace cadena::kernels
