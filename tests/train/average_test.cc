// SPDX-License-Identifier: MIT
#include "cadena/train/average.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "cadena/base/rng.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

std::vector<float> values_of(const Tensor& tensor) {
  return {tensor.values().begin(), tensor.values().end()};
}

/// What the mean is after the parameter was set to each of `values` in turn.
float mean_of(float start, const std::vector<float>& values, float decay) {
  const Tensor parameter = Tensor::parameter({1});
  parameter.data()[0] = start;
  Average average({parameter}, decay);
  for (float value : values) {
    parameter.data()[0] = value;
    average.update();
  }
  average.swap();
  return parameter.item();
}

TEST(Average, IsTheParameterAtFirst) {
  EXPECT_EQ(mean_of(3, {}, 0.9f), 3);
  for (size_t steps : {1u, 10u, 1000u})
    EXPECT_EQ(mean_of(3, std::vector<float>(steps, 3.0f), 0.9f), 3) << "a constant is its own mean";
}

TEST(Average, ForgetsItsBeginning) {
  EXPECT_NEAR(mean_of(1, {0}, 0.9f), 1.0 / 10, 1e-7);
  EXPECT_NEAR(mean_of(1, {0, 0}, 0.9f), 1.0 / 10 * 2 / 11, 1e-7);
  EXPECT_NEAR(mean_of(1, {0, 0, 0}, 0.9f), 1.0 / 10 * 2 / 11 * 3 / 12, 1e-7);
  EXPECT_NEAR(mean_of(0, {1}, 0.05f), 0.95, 1e-7) << "its own decay is the limit";
}

TEST(Average, FollowsTheFormulaInDouble) {
  Rng rng(1);
  const Tensor a = normal_parameter({3, 2}, rng), b = normal_parameter({5}, rng);
  std::vector<double> mean;
  for (const Tensor& tensor : {a, b})
    mean.insert(mean.end(), tensor.data(), tensor.data() + tensor.size());
  Average average({a, b}, 0.8f);
  for (int t = 0; t < 100; ++t) {
    const double decay = std::min(0.8, (1.0 + t) / (10.0 + t));
    size_t i = 0;
    for (const Tensor& tensor : {a, b})
      for (float& value : tensor.values()) {
        value += rng.normal();
        mean[i] = decay * mean[i] + (1 - decay) * value;
        ++i;
      }
    average.update();
  }
  average.swap();
  size_t i = 0;
  for (const Tensor& tensor : {a, b})
    for (float value : tensor.values()) EXPECT_NEAR(value, mean[i++], 1e-5);
}

TEST(Average, SwappedTwiceIsUnchanged) {
  Rng rng(2);
  const Tensor a = normal_parameter({7}, rng), b = normal_parameter({2, 3}, rng);
  Average average({a, b}, 0.9f);
  for (const Tensor& tensor : {a, b})
    for (float& value : tensor.values()) value = rng.normal();
  average.update();
  const std::vector<float> before = values_of(a), before_b = values_of(b);
  average.swap();
  const std::vector<float> mean = values_of(a);
  EXPECT_FALSE(same_bits(mean, before));
  average.swap();
  EXPECT_TRUE(same_bits(a.values(), before));
  EXPECT_TRUE(same_bits(b.values(), before_b));
  average.swap();
  EXPECT_TRUE(same_bits(a.values(), mean));
}

}  // namespace
}  // namespace cadena
