// SPDX-License-Identifier: MIT
#include "cadena/nn/stepper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/nn/linear.h"
#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/recurrent_batch.h"

namespace cadena {
namespace {

// Every parameter, so the biases too, which begin as zeros.
void set_normal(Recurrent& network, Rng& rng) {
  for (const Tensor& weight : parameters(network))
    for (float& value : weight.values()) value = 0.4f * rng.normal();
}

// The states after the last step, as Stepper::memory() has them.
std::vector<float> joined(const State& state) {
  std::vector<float> all;
  for (const std::vector<Tensor>& layer : state.layers)
    for (const Tensor& matrix : layer) std::ranges::copy(matrix.values(), std::back_inserter(all));
  return all;
}

// Networks: cell, units, layers.
using Parameters = std::tuple<std::string, int, int>;

std::string name_of(const testing::TestParamInfo<Parameters>& info) {
  const auto& [cell, hidden, layers] = info.param;
  return cell + "_" + std::to_string(hidden) + "_" + std::to_string(layers);
}

class EveryStepper : public testing::TestWithParam<Parameters> {
 protected:
  static constexpr int length = 12;
  static constexpr int64_t inputs = 5;

  EveryStepper() { set_normal(network_, rng_); }

  Recurrent::Result whole() const { return network_(x_, Layout(std::vector{length})); }

  // Steps [begin, end) are those rows of `wanted`.
  void expect_steps(Stepper& stepper, const Tensor& wanted, int begin = 0, int end = length) const {
    for (int t = begin; t < end; ++t)
      ASSERT_TRUE(same_bits(stepper.step(row_of(x_, t)), row_of(wanted, t))) << "step " << t;
  }

  Rng rng_{1};
  Recurrent network_{{.cell = std::get<0>(GetParam()),
                      .input = inputs,
                      .hidden = std::get<1>(GetParam()),
                      .layers = std::get<2>(GetParam())},
                     rng_};
  Tensor x_ = normal_parameter({length, inputs}, rng_);
};
INSTANTIATE_TEST_SUITE_P(Cells, EveryStepper,
                         testing::Combine(testing::ValuesIn(cell_names()),
                                          testing::Values(1, 7, 16, 37), testing::Values(1, 2, 3)),
                         name_of);

TEST_P(EveryStepper, GivesTheBitsOfTheWholeSequence) {
  for_each_target([&] {
    const Recurrent::Result wanted = whole();
    Stepper stepper(network_);
    expect_steps(stepper, wanted.output);
    EXPECT_TRUE(same_bits(stepper.memory(), joined(wanted.last)));
  });
}

TEST_P(EveryStepper, BeginsAgainAfterReset) {
  const Tensor wanted = whole().output;
  Stepper stepper(network_);
  expect_steps(stepper, wanted, 0, 7);
  stepper.reset();
  expect_steps(stepper, wanted);
}

TEST_P(EveryStepper, ItsMemoryBranchesASequence) {
  const Tensor wanted = whole().output;
  Stepper trunk(network_), branch(network_);
  expect_steps(trunk, wanted, 0, 5);
  const std::vector<float> kept(trunk.memory().begin(), trunk.memory().end());
  expect_steps(trunk, wanted, 5, 8);
  std::ranges::copy(kept, branch.memory().begin());
  expect_steps(branch, wanted, 5);
  std::ranges::copy(kept, trunk.memory().begin());
  expect_steps(trunk, wanted, 5);
}

TEST_P(EveryStepper, KeepsTheWeightsOfItsConstruction) {
  const Tensor wanted = whole().output;
  Stepper stepper(network_);
  set_normal(network_, rng_);
  expect_steps(stepper, wanted);
}

TEST_P(EveryStepper, MovesWithItsMemory) {
  const Tensor wanted = whole().output;
  Stepper first(network_);
  expect_steps(first, wanted, 0, 5);
  Stepper second(std::move(first));
  expect_steps(second, wanted, 5);
}

// Wider than the blocks of a matrix product, and enough of a step for several threads.
TEST(Stepper, AWideNetworkGivesTheBitsOfTheWholeSequence) {
  for (const std::string& cell : cell_names()) {
    SCOPED_TRACE(cell);
    Rng rng(3);
    Recurrent network({.cell = cell, .input = 700, .hidden = 300, .layers = 2}, rng);
    const Tensor x = normal_parameter({3, 700}, rng);
    const Tensor wanted = network(x, Layout(std::vector{3})).output;
    Stepper stepper(network);
    for (int t = 0; t < 3; ++t)
      ASSERT_TRUE(same_bits(stepper.step(row_of(x, t)), row_of(wanted, t))) << "step " << t;
  }
}

TEST(Stepper, RefusesANetworkInBothDirections) {
  Rng rng(1);
  const Recurrent network({.input = 2, .hidden = 3, .bidirectional = true}, rng);
  EXPECT_THROW(Stepper{network}, Error);
}

TEST(FixedStepper, HasTheBitsOfTheDynamicOne) {
  Rng rng(1);
  Recurrent network({.cell = "gru", .input = 3, .hidden = 7, .layers = 2}, rng);
  set_normal(network, rng);
  Stepper dynamic(network);
  FixedStepper<3, 7> fixed(network);
  for (int t = 0; t < 5; ++t) {
    const std::array<float, 3> x{rng.normal(), rng.normal(), rng.normal()};
    EXPECT_TRUE(same_bits(fixed.step(x), dynamic.step(x)));
  }
  EXPECT_TRUE(same_bits(fixed.memory(), dynamic.memory()));
  using Other = FixedStepper<4, 7>;
  EXPECT_THROW(Other{network}, Error);
}

// Steps near zero cost what others do, because there are no subnormal numbers; the caller keeps
// his.
TEST(Stepper, AVanishingStateBecomesZero) {
  Rng rng(1);
  Recurrent network({.cell = "elman_relu", .input = 1, .hidden = 1}, rng);
  for (const Tensor& weight : parameters(network)) std::ranges::fill(weight.values(), 0.0f);
  network.layers()[0][0].recurrent.data()[0] = 0.5f;
  Stepper stepper(network);
  stepper.memory()[0] = 1;
  const std::vector<float> silence{0};
  constexpr float smallest = std::numeric_limits<float>::min();
  for (float wanted = 0.5f; wanted >= smallest; wanted /= 2)
    ASSERT_EQ(stepper.step(silence)[0], wanted);
  EXPECT_EQ(stepper.step(silence)[0], 0);
  volatile float half = 0.5f;
  EXPECT_GT(half * smallest, 0);
}

TEST(LinearStepper, HasTheBitsOfLinear) {
  Rng rng(1);
  for (const int64_t inputs : {1, 5, 16, 700})
    for (const int64_t outputs : {1, 7, 16, 37, 530}) {
      SCOPED_TRACE(testing::Message() << inputs << " to " << outputs);
      const Linear layer(inputs, outputs, rng);
      for (float& value : layer.bias().values()) value = rng.normal();
      const Tensor x = normal_parameter({9, inputs}, rng);
      for_each_target([&] {
        const Tensor wanted = layer(x);
        LinearStepper stepper(layer.weight(), layer.bias());
        for (int t = 0; t < 9; ++t)
          ASSERT_TRUE(same_bits(stepper.step(row_of(x, t)), row_of(wanted, t))) << "row " << t;
      });
    }
}

TEST(LinearStepper, KeepsTheWeightsOfItsConstruction) {
  Rng rng(1);
  const Linear layer(5, 7, rng);
  const Tensor x = normal_parameter({1, 5}, rng), wanted = layer(x);
  LinearStepper stepper(layer.weight(), layer.bias());
  for (const Tensor& weight : {layer.weight(), layer.bias()}) std::ranges::fill(weight.values(), 9);
  EXPECT_TRUE(same_bits(stepper.step(x.values()), wanted.values()));
}

}  // namespace
}  // namespace cadena
