// SPDX-License-Identifier: MIT
#include "cadena/nn/recurrent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#include "cadena/base/error.h"
#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/recurrent_batch.h"
#include "tests/support/threads.h"

namespace cadena {
namespace {

constexpr int64_t inputs = 6;

std::vector<int> every_sequence(const RecurrentBatch& batch) {
  std::vector<int> all(static_cast<size_t>(batch.layout.sequences()));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

// Lengths of more sequences than two tasks run.
std::vector<int> three_blocks() {
  std::vector<int> lengths;
  for (int b = 0; b < 53; ++b) lengths.push_back(10 - b / 5);
  return lengths;
}

void expect_same(const State& a, const State& b) {
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (size_t l = 0; l < a.layers.size(); ++l) {
    ASSERT_EQ(a.layers[l].size(), b.layers[l].size());
    for (size_t k = 0; k < a.layers[l].size(); ++k)
      EXPECT_TRUE(same_bits(a.layers[l][k].values(), b.layers[l][k].values()))
          << "layer " << l << ", state " << k;
  }
}

void expect_same_row(const State& a, int64_t row, const State& b, int64_t other) {
  for (size_t l = 0; l < a.layers.size(); ++l)
    for (size_t k = 0; k < a.layers[l].size(); ++k)
      EXPECT_TRUE(same_bits(row_of(a.layers[l][k], row), row_of(b.layers[l][k], other)))
          << "layer " << l << ", state " << k;
}

void expect_same(const RecurrentPass& a, const RecurrentPass& b) {
  EXPECT_TRUE(same_bits(a.result.output.values(), b.result.output.values()));
  EXPECT_TRUE(same_bits(a.dx, b.dx));
  expect_same(a.result.last, b.result.last);
  expect_same(a.dinitial, b.dinitial);
  for (size_t i = 0; i < a.dweights.size(); ++i)
    EXPECT_TRUE(same_bits(a.dweights[i], b.dweights[i])) << "weight " << i;
}

// Networks of two layers: cell, units, two directions.
using Parameters = std::tuple<std::string, int, bool>;

std::string name_of(const testing::TestParamInfo<Parameters>& info) {
  const auto& [cell, hidden, both] = info.param;
  return cell + "_" + std::to_string(hidden) + (both ? "_both" : "");
}

class EveryNetwork : public testing::TestWithParam<Parameters> {
 protected:
  Rng rng_{1};
  Recurrent network_{{.cell = std::get<0>(GetParam()),
                      .input = inputs,
                      .hidden = std::get<1>(GetParam()),
                      .layers = 2,
                      .bidirectional = std::get<2>(GetParam())},
                     rng_};
};
INSTANTIATE_TEST_SUITE_P(Cells, EveryNetwork,
                         testing::Combine(testing::ValuesIn(cell_names()), testing::Values(5, 40),
                                          testing::Bool()),
                         name_of);

// The sums of the weight gradients of single sequences, and of their sizes.
struct WeightSums {
  std::vector<std::vector<double>> sums, sizes;

  explicit WeightSums(const RecurrentPass& like) {
    for (const std::vector<float>& weight : like.dweights) sums.emplace_back(weight.size());
    sizes = sums;
  }
  void add(const RecurrentPass& pass) {
    for (size_t i = 0; i < sums.size(); ++i)
      for (size_t j = 0; j < sums[i].size(); ++j) {
        sums[i][j] += pass.dweights[i][j];
        sizes[i][j] += std::abs(pass.dweights[i][j]);
      }
  }
  void expect_agree(const RecurrentPass& pass, double bound) const {
    for (size_t i = 0; i < sums.size(); ++i)
      for (size_t j = 0; j < sums[i].size(); ++j)
        ASSERT_NEAR(pass.dweights[i][j], sums[i][j], bound * std::max(1.0, sizes[i][j]))
            << "weight " << i << ", value " << j;
  }
};

void expect_each_sequence_is_the_same_alone(Recurrent& network, const RecurrentBatch& batch) {
  const RecurrentPass together(network, batch);
  WeightSums weights(together);
  for (const int b : every_sequence(batch)) {
    SCOPED_TRACE(testing::Message() << "sequence " << b);
    const RecurrentBatch one = batch.part({b});
    const RecurrentPass alone(network, one);
    const Tensor dx(batch.x.shape(), together.dx), alone_dx(one.x.shape(), alone.dx);
    for (int t = 0; t < batch.layout.length(b); ++t) {
      const int64_t row = batch.layout.row(t, b);
      EXPECT_TRUE(same_bits(row_of(together.result.output, row), row_of(alone.result.output, t)));
      EXPECT_TRUE(same_bits(row_of(dx, row), row_of(alone_dx, t)));
    }
    expect_same_row(together.result.last, b, alone.result.last, 0);
    expect_same_row(together.dinitial, b, alone.dinitial, 0);
    weights.add(alone);
  }
  // What forgets nothing has gradients of steps that are larger than their sum: measured 1.7e-5.
  weights.expect_agree(together, network.options().cell == "lstm_nfg" ? 3e-5 : 1e-5);
}

TEST_P(EveryNetwork, ASequenceInABatchIsTheSameAsAlone) {
  const RecurrentBatch batch(network_, {64, 7, 2, 1, 0}, rng_);
  for_each_target([&] { expect_each_sequence_is_the_same_alone(network_, batch); });
}

TEST_P(EveryNetwork, ASequenceInALargeBatchIsTheSameAsAlone) {
  const RecurrentBatch batch(network_, three_blocks(), rng_);
  expect_each_sequence_is_the_same_alone(network_, batch);
}

TEST_P(EveryNetwork, HasTheSameBitsForAnyNumberOfThreads) {
  for (const std::vector<int>& lengths : {std::vector<int>{64, 7, 2, 1, 0}, three_blocks()}) {
    const RecurrentBatch batch(network_, lengths, rng_);
    const RecurrentPass first(network_, batch);
    for (const int count : {1, 2, 3, 4}) {
      SCOPED_TRACE(testing::Message() << count << " threads");
      const ThreadScope scope(count);
      expect_same(RecurrentPass(network_, batch), first);
    }
  }
}

TEST_P(EveryNetwork, EmptySequencesHandTheirStateOn) {
  for (const std::vector<int>& lengths : {std::vector<int>{0, 0}, {}}) {
    const RecurrentBatch batch(network_, lengths, rng_);
    const RecurrentPass pass(network_, batch);
    EXPECT_EQ(pass.result.output.shape(), (Shape{0, network_.outputs()}));
    expect_same(pass.result.last, batch.initial);
    expect_same(pass.dinitial, batch.dlast);
    for (const std::vector<float>& gradient : pass.dweights)
      EXPECT_EQ(gradient, std::vector<float>(gradient.size()));
  }
}

TEST_P(EveryNetwork, WithoutAStateItStartsFromZeros) {
  const RecurrentBatch batch(network_, {5, 3, 0}, rng_);
  const auto plain = network_(batch.x, batch.layout);
  const auto from_start = network_(batch.x, batch.layout, network_.start(3));
  EXPECT_TRUE(same_bits(plain.output.values(), from_start.output.values()));
  expect_same(plain.last, from_start.last);
  for (const float value : row_of(plain.last.layers[0][0], 2)) EXPECT_EQ(value, 0);
}

TEST_P(EveryNetwork, RefusesAStateOfTheWrongShape) {
  const RecurrentBatch batch(network_, {3, 2}, rng_);
  const auto run = [&](const State& state) { return network_(batch.x, batch.layout, state); };
  EXPECT_NO_THROW(run(network_.start(2)));
  EXPECT_THROW(run(network_.start(1)), Error);
  EXPECT_THROW(run(network_.start(3)), Error);
  State state = network_.start(2);
  state.layers.pop_back();
  EXPECT_THROW(run(state), Error);
  state = network_.start(2);
  state.layers[1].emplace_back(2, network_.outputs());
  EXPECT_THROW(run(state), Error);
  state = network_.start(2);
  state.layers[1][0] = Tensor(2, network_.outputs() + 1);
  EXPECT_THROW(run(state), Error);
}

class EveryOneWayNetwork : public EveryNetwork {};
INSTANTIATE_TEST_SUITE_P(Cells, EveryOneWayNetwork,
                         testing::Combine(testing::ValuesIn(cell_names()), testing::Values(5, 40),
                                          testing::Values(false)),
                         name_of);

TEST_P(EveryOneWayNetwork, StepByStepIsTheWholeSequence) {
  for (const int sequences : {1, 3, 30})
    for (const int length : {1, 11}) {
      const RecurrentBatch batch(network_, std::vector<int>(static_cast<size_t>(sequences), length),
                                 rng_);
      const auto whole = network_(batch.x, batch.layout, batch.initial);
      State state = batch.initial;
      for (int t = 0; t < length; ++t) {
        const Tensor x(sequences, inputs);
        for (int b = 0; b < sequences; ++b)
          RecurrentBatch::copy_row(batch.x, batch.layout.row(t, b), x, b);
        const Tensor output = network_.step(x, state);
        for (int b = 0; b < sequences; ++b)
          ASSERT_TRUE(same_bits(row_of(output, b), row_of(whole.output, batch.layout.row(t, b))));
      }
      expect_same(state, whole.last);
    }
}

TEST_P(EveryOneWayNetwork, ChunksWithTheStateCarriedAreTheWholeSequence) {
  const RecurrentBatch batch(network_, {20, 12, 3, 0}, rng_);
  const auto whole = network_(batch.x, batch.layout, batch.initial);
  State state = batch.initial;
  for (const auto& [begin, end] : {std::pair(0, 7), std::pair(7, 8), std::pair(8, 20)}) {
    const RecurrentBatch chunk = batch.part(every_sequence(batch), begin, end);
    const auto result = network_(chunk.x, chunk.layout, state);
    for (int b = 0; b < chunk.layout.sequences(); ++b)
      for (int t = 0; t < chunk.layout.length(b); ++t)
        EXPECT_TRUE(same_bits(row_of(result.output, chunk.layout.row(t, b)),
                              row_of(whole.output, batch.layout.row(begin + t, b))));
    state = result.last;
  }
  expect_same(state, whole.last);
}

class EveryReverse : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Cells, EveryReverse, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

RecurrentWeights normal_weights(const std::string& cell, int64_t hidden, Rng& rng) {
  const CellSpec& spec = cell_spec(cell);
  const int64_t gates = spec.gates * hidden;
  RecurrentWeights w{.input = normal_parameter({gates, inputs}, rng, 0.4f),
                     .recurrent = {},
                     .input_bias = normal_parameter({gates}, rng),
                     .recurrent_bias = {}};
  if (spec.recurrent) {
    w.recurrent = normal_parameter({gates, hidden}, rng, 0.4f);
    w.recurrent_bias = normal_parameter({gates}, rng);
  }
  if (spec.own > 0) w.own = normal_parameter({spec.own, hidden}, rng, 0.4f);
  return w;
}

// The right half of a matrix.
Tensor right_half(const Tensor& matrix) {
  const int64_t half = matrix.cols() / 2;
  const Tensor out(matrix.rows(), half);
  for (int64_t i = 0; i < matrix.rows(); ++i)
    std::copy_n(matrix.data() + i * matrix.cols() + half, half, out.data() + i * half);
  return out;
}

TEST_P(EveryReverse, TheReverseDirectionIsTheForwardOneOnTheReversedInput) {
  const Layout layout(std::vector<int>{9, 4, 4, 1, 0});
  for (const int64_t hidden : {5, 40}) {
    Rng rng(2);
    const RecurrentWeights one = normal_weights(GetParam(), hidden, rng),
                           other = normal_weights(GetParam(), hidden, rng);
    const Tensor x = normal_parameter({layout.rows(), inputs}, rng), reversed{x.shape()};
    const auto mirror = [&](int t, int b) { return layout.row(layout.length(b) - 1 - t, b); };
    for (int b = 0; b < layout.sequences(); ++b)
      for (int t = 0; t < layout.length(b); ++t)
        RecurrentBatch::copy_row(x, layout.row(t, b), reversed, mirror(t, b));
    std::vector<Tensor> initial, right_initial;
    for (int k = 0; k < cell_spec(GetParam()).states; ++k) {
      initial.push_back(normal_parameter({layout.sequences(), 2 * hidden}, rng));
      right_initial.push_back(right_half(initial.back()));
    }
    const RecurrentOutput both = recurrent(GetParam(), x, layout, std::vector{one, other}, initial);
    const RecurrentOutput forward =
        recurrent(GetParam(), reversed, layout, std::vector{other}, right_initial);
    const Tensor right = right_half(both.output);
    for (int b = 0; b < layout.sequences(); ++b)
      for (int t = 0; t < layout.length(b); ++t)
        EXPECT_TRUE(
            same_bits(row_of(right, layout.row(t, b)), row_of(forward.output, mirror(t, b))));
    for (size_t k = 0; k < initial.size(); ++k)
      EXPECT_TRUE(same_bits(right_half(both.last[k]).values(), forward.last[k].values()));
  }
}

}  // namespace
}  // namespace cadena
