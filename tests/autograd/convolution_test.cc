// SPDX-License-Identifier: MIT
#include "cadena/autograd/convolution.h"

#include <gtest/gtest.h>

#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"
#include "tests/support/check_gradients.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

Tensor grid(Shape shape, uint64_t stream = 0) {
  Rng rng(1, stream);
  return grid_tensor(std::move(shape), rng);
}

TEST(ConvolutionGradients, Convolve) {
  for (const ConvolutionOptions& options :
       {ConvolutionOptions{}, {.padding = 1}, {.stride = 2}, {.stride = 2, .padding = 2}})
    check_gradients([&](const Tensors& in) { return convolve(in[0], in[1], in[2], options); },
                    {grid({2, 4, 5, 2}), grid({3, 3, 3, 2}, 1), grid({3}, 2)});
}

TEST(ConvolutionGradients, MaxPool) {
  // All values at least 1/4 apart, in no order.
  const Tensor x(Shape{2, 4, 5, 2});
  std::vector<float> values;
  for (int64_t i = 0; i < x.size(); ++i) values.push_back(0.25f * static_cast<float>(i) - 10);
  Rng rng(2);
  rng.shuffle(values);
  std::ranges::copy(values, x.data());
  check_gradients([](const Tensors& in) { return max_pool(in[0], 2); }, {x});
}

TEST(ConvolutionGradients, OfAWholeNetwork) {
  check_gradients(
      [](const Tensors& in) {
        return linear(tanh(convolve(in[0], in[1], in[2], {.padding = 1})), in[3], in[4]);
      },
      {grid({2, 3, 4, 1}), grid({2, 3, 3, 1}, 1), grid({2}, 2), grid({3, 24}, 3), grid({3}, 4)});
}

TEST(Convolve, MakesAMapOfEachFilter) {
  // An edge from left to right, and the mean.
  const Tensor x({1, 2, 3, 1}, {1, 2, 4, 1, 2, 4}),
      weight({2, 2, 2, 1}, {-1, 1, -1, 1, .25f, .25f, .25f, .25f}), bias({2}, {0, 10});
  const Tensor y = convolve(x, weight, bias);
  EXPECT_EQ(y.shape(), (Shape{1, 1, 2, 2}));
  EXPECT_EQ(std::vector(y.values().begin(), y.values().end()),
            (std::vector<float>{2, 11.5f, 4, 13}));
}

TEST(Convolve, Shapes) {
  const Tensor bias(Shape{8});
  const auto shape = [&](int64_t height, int64_t width, const ConvolutionOptions& options) {
    return convolve(Tensor(Shape{5, height, width, 3}), Tensor(Shape{8, 3, 3, 3}), bias, options)
        .shape();
  };
  EXPECT_EQ(shape(32, 48, {.padding = 1}), (Shape{5, 32, 48, 8}));
  EXPECT_EQ(shape(32, 48, {.stride = 2, .padding = 1}), (Shape{5, 16, 24, 8}));
  EXPECT_EQ(shape(3, 4, {}), (Shape{5, 1, 2, 8}));
  EXPECT_EQ(max_pool(Tensor(Shape{5, 7, 4, 3}), 2).shape(), (Shape{5, 3, 2, 3}));
}

TEST(Convolve, Errors) {
  const Tensor x(Shape{1, 4, 4, 2}), weight(Shape{3, 3, 3, 2}), bias(Shape{3});
  EXPECT_THROW(convolve(Tensor(Shape{4, 4}), weight, bias), Error);
  for (const Shape& bad : {Shape{3, 18}, {3, 3, 2, 2}, {3, 3, 3, 1}, {3, 5, 5, 2}, {3, 0, 0, 2}})
    EXPECT_THROW(convolve(x, Tensor(bad), bias), Error);
  EXPECT_THROW(convolve(x, weight, Tensor(Shape{2})), Error);
  EXPECT_THROW(convolve(x, weight, bias, {.stride = 0}), Error);
  EXPECT_THROW(convolve(x, weight, bias, {.padding = -1}), Error);
  EXPECT_THROW(max_pool(Tensor(Shape{4, 4}), 2), Error);
  EXPECT_THROW(max_pool(x, 0), Error);
  EXPECT_THROW(max_pool(x, 5), Error);
}

}  // namespace
}  // namespace cadena
