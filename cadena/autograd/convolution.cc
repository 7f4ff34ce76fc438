// SPDX-License-Identifier: MIT
#include "cadena/autograd/convolution.h"

#include <string>

#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/kernels/convolution.h"
#include "cadena/kernels/pooling.h"
#include "cadena/kernels/rows.h"

namespace cadena {
namespace {

void expect_pictures(const char* name, const Tensor& x) {
  if (x.shape().size() != 4)
    throw Error(std::string(name) + ": input has shape " + to_string(x.shape()) +
                ", expected [N, height, width, channels]");
}

kernels::Convolution geometry(const Tensor& x, const Tensor& weight, const Tensor& bias,
                              const ConvolutionOptions& options) {
  expect_pictures("convolve", x);
  const Shape &from = x.shape(), &filters = weight.shape();
  if (filters.size() != 4 || filters[1] != filters[2] || filters[3] != from[3] ||
      weight.size() == 0)
    throw Error("convolve: filters have shape " + to_string(filters) + ", expected [F, K, K, " +
                std::to_string(from[3]) + "]");
  if (bias.size() != filters[0])
    throw Error("convolve: bias has " + std::to_string(bias.size()) + " values, layer expects " +
                std::to_string(filters[0]));
  if (options.stride < 1 || options.padding < 0)
    throw Error("convolve: stride " + std::to_string(options.stride) + " and padding " +
                std::to_string(options.padding));
  const kernels::Convolution c{.images = from[0],
                               .height = from[1],
                               .width = from[2],
                               .channels = from[3],
                               .filters = filters[0],
                               .kernel = filters[1],
                               .stride = options.stride,
                               .padding = options.padding};
  if (c.kernel > c.height + 2 * c.padding || c.kernel > c.width + 2 * c.padding)
    throw Error("convolve: filters " + to_string(filters) + " do not fit into pictures " +
                to_string(from));
  return c;
}

}  // namespace

Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias,
                const ConvolutionOptions& options) {
  const kernels::Convolution c = geometry(x, weight, bias, options);
  const Tensor y = Tensor::unset({c.images, c.out_height(), c.out_width(), c.filters});
  kernels::convolve(c, x.data(), weight.data(), bias.data(), y.data());
  Tape::record({x, weight, bias}, {y}, [=] {
    if (Tape::tracked(weight))
      kernels::convolve_backward_weight(c, x.data(), y.grad(), weight.accumulator());
    if (Tape::tracked(bias))
      kernels::add_row_sum(y.size() / c.filters, c.filters, y.grad(), bias.grad());
    if (Tape::tracked(x)) kernels::convolve_backward_input(c, weight.data(), y.grad(), x.grad());
  });
  return y;
}

Tensor max_pool(const Tensor& x, int64_t size) {
  expect_pictures("max_pool", x);
  const Shape& from = x.shape();
  if (size < 1 || size > from[1] || size > from[2])
    throw Error("max_pool: no window of " + std::to_string(size) + " fits into pictures " +
                to_string(from));
  const kernels::Pooling p{
      .images = from[0], .height = from[1], .width = from[2], .channels = from[3], .size = size};
  const Tensor y = Tensor::unset({p.images, p.out_height(), p.out_width(), p.channels});
  kernels::max_pool(p, x.data(), y.data());
  Tape::record({x}, {y},
               [=] { kernels::max_pool_backward(p, x.data(), y.data(), y.grad(), x.grad()); });
  return y;
}

}  // namespace cadena
