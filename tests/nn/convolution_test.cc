// SPDX-License-Identifier: MIT
#include "cadena/nn/convolution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cadena/autograd/tape.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

TEST(ImageEncoder, ListsItsParameters) {
  Rng rng(1);
  ImageEncoder encoder({.height = 9, .width = 8, .channels = 1, .filters = {4, 6}, .outputs = 5},
                       rng);
  std::vector<std::string> names;
  std::vector<Shape> shapes;
  Visitor visitor([&](const std::string& name, Tensor& parameter) {
    names.push_back(name);
    shapes.push_back(parameter.shape());
  });
  encoder.visit(visitor);
  EXPECT_EQ(names, (std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.weight",
                                             "layers.1.bias", "output.weight", "output.bias"}));
  EXPECT_EQ(shapes, (std::vector<Shape>{{4, 3, 3, 1}, {4}, {6, 3, 3, 4}, {6}, {5, 24}, {5}}));
  EXPECT_EQ(encoder(Tensor(Shape{3, 9, 8, 1})).shape(), (Shape{3, 5}));
  EXPECT_THROW(encoder(Tensor(Shape{3, 9, 8, 3})), Error);
}

TEST(ImageEncoder, RefusesPicturesTooSmall) {
  Rng rng(1);
  EXPECT_NO_THROW(ImageEncoder({.height = 8, .width = 8}, rng));
  EXPECT_THROW(ImageEncoder({.height = 8, .width = 7}, rng), Error);
  EXPECT_THROW(ImageEncoder({.height = 0, .width = 8}, rng), Error);
}

TEST(ImageEncoder, KeepsTheScaleOfItsInput) {
  Rng rng(2);
  const ImageEncoder encoder({.filters = {32, 32, 32}, .outputs = 200}, rng);
  const Tensor x = normal_parameter({2, 48, 48, 3}, rng), y = encoder(x);
  double squares = 0;
  for (const float value : y.values()) squares += double{value} * value;
  EXPECT_GT(squares / static_cast<double>(y.size()), 0.3);
  EXPECT_LT(squares / static_cast<double>(y.size()), 3);
}

TEST(ImageEncoder, EveryParameterHasAGradient) {
  Rng rng(3);
  ImageEncoder encoder({.height = 16, .width = 16, .outputs = 4}, rng);
  Tape tape;
  tape.backward(sum(encoder(normal_parameter({2, 16, 16, 3}, rng))));
  for (const Tensor& parameter : parameters(encoder)) {
    ASSERT_TRUE(parameter.has_grad());
    EXPECT_TRUE(std::any_of(parameter.grad(), parameter.grad() + parameter.size(),
                            [](float value) { return value != 0; }));
  }
}

}  // namespace
}  // namespace cadena
