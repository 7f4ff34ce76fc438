// SPDX-License-Identifier: MIT
#include "cadena/kernels/recurrent_layer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/kernels/layer_problem.h"
#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/threads.h"

namespace cadena::kernels {
namespace {

using Problem = LayerProblem;
using Values = std::vector<float>;
using Doubles = std::vector<double>;

// Seven parts; sequences begin and end in every one, and one goes on alone.
std::vector<int> several_parts() {
  std::vector<int> lengths{1000};
  for (int b = 0; b < 38; ++b) lengths.push_back(150 - 4 * b + b % 3);
  lengths.insert(lengths.end(), {1, 0, 0});
  return lengths;
}

void expect_same(const Problem::Passes& a, const Problem::Passes& b) {
  const auto left = a.all(), right = b.all();
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i)
    EXPECT_TRUE(same_bits(left[i].second, right[i].second)) << left[i].first;
}

// The largest difference, in units of the largest value.
double worst(const Values& got, const Doubles& wanted) {
  double difference = 0, size = 1;
  for (size_t i = 0; i < got.size(); ++i) {
    difference = std::max(difference, std::abs(got[i] - wanted[i]));
    size = std::max(size, std::abs(wanted[i]));
  }
  return difference / size;
}

// Measured: 3.9e-6. A memory that nothing is forgotten from, or an h that nothing bounds, is a sum
// over up to 1000 steps, and so is its error: measured 5e-5.
constexpr double bound_of(const CellSpec& spec) {
  for (const std::string_view unbounded : {"lstm_nfg", "lstm_nog", "lstm_niaf"})
    if (spec.name == unbounded) return 1e-4;
  return 8e-6;
}

template <class Cell>
void expect_agreement(bool states_stay) {
  constexpr double bound = bound_of(Cell::spec);
  for (const int64_t directions : {1, 2})
    for (const bool from_zero : {false, true})
      for (const auto& lengths :
           {several_parts(), std::vector<int>{9, 5, 5, 1, 0}, {1, 1}, {0, 0}}) {
        Problem problem(Cell::spec.name, directions, 5, lengths, from_zero);
        if (states_stay) problem.let_stay();
        const auto wanted = LayerOracle<Cell>(problem).result.all();
        for_each_target([&] {
          const auto got = problem.run(1).all();
          for (size_t i = 0; i < got.size(); ++i)
            EXPECT_LE(worst(got[i].second, wanted[i].second), bound) << got[i].first;
        });
      }
}

#define CADENA_CELL_TEST(Cell)                                                             \
  TEST(RecurrentLayerAgreesWithDouble, Cell) { expect_agreement<reference::Cell>(false); } \
  TEST(RecurrentLayerAgreesWithDouble, Cell##WhoseStatesStay) {                            \
    expect_agreement<reference::Cell>(true);                                               \
  }
CADENA_CELLS(CADENA_CELL_TEST)
#undef CADENA_CELL_TEST

class EveryRecurrentLayer : public testing::TestWithParam<const char*> {
 protected:
  // Calls test(problem) for one and two directions, from given states and from zeros.
  template <class Test>
  void for_each_problem(const Test& test) const {
    for (const int64_t directions : {1, 2})
      for (const bool from_zero : {false, true}) {
        SCOPED_TRACE(testing::Message()
                     << directions << (from_zero ? " directions from zeros" : " directions"));
        test(Problem(GetParam(), directions, 25, several_parts(), from_zero));
      }
  }

 private:
  const ThreadScope one_{1};  // many small steps
};
#define CADENA_CELL_NAME(Cell) reference::Cell::spec.name,
INSTANTIATE_TEST_SUITE_P(Cells, EveryRecurrentLayer,
                         testing::ValuesIn({CADENA_CELLS(CADENA_CELL_NAME)}),
                         [](const auto& info) { return std::string(info.param); });
#undef CADENA_CELL_NAME

TEST_P(EveryRecurrentLayer, HasTheSameBitsForAnyMemory) {
  for_each_problem([](Problem problem) {
    problem.let_stay();
    const Problem::Passes unlimited = problem.run();
    for (const int64_t part : {0, 1, 3, 5, 7}) {
      const int64_t memory = std::max(int64_t{1}, problem.whole() * part / 7);
      SCOPED_TRACE(testing::Message() << memory << " bytes");
      expect_same(problem.run(memory), unlimited);
    }
  });
}

// Steps large enough that the threads share them.
TEST_P(EveryRecurrentLayer, HasTheSameBitsForAnyNumberOfThreads) {
  std::vector<int> lengths(300, 8);
  std::fill_n(lengths.begin(), 100, 11);
  Problem problem(GetParam(), 2, 25, lengths, true);
  problem.let_stay();
  const Problem::Passes unlimited = problem.run();
  const ThreadScope scope(3);
  expect_same(problem.run(), unlimited);
  expect_same(problem.run(1), unlimited);
}

TEST_P(EveryRecurrentLayer, WithoutABackwardPassGivesTheSame) {
  for_each_problem([](const Problem& problem) {
    Problem::Passes plain = problem.blank();
    RecurrentLayer layer = problem.layer(false, 0);
    problem.forward(layer, plain);
    const Problem::Passes both = problem.run();
    EXPECT_TRUE(same_bits(plain.y, both.y));
    for (size_t k = 0; k < plain.last.size(); ++k)
      EXPECT_TRUE(same_bits(plain.last[k], both.last[k]));
  });
}

// What is not asked for stays as it was.
TEST_P(EveryRecurrentLayer, GivesTheGradientsThatAreWanted) {
  for_each_problem([](const Problem& problem) {
    const Problem::Passes all = problem.run(), blank = problem.blank();
    Problem::Passes without_x = all, without_weights = all, without_initial = all;
    without_x.dx = blank.dx;
    without_weights.dweights = blank.dweights;
    without_initial.dinitial = blank.dinitial;
    expect_same(problem.run(1, {.x = false}), without_x);
    expect_same(problem.run(1, {.weights = false}), without_weights);
    expect_same(problem.run(1, {.initial = false}), without_initial);
  });
}

TEST_P(EveryRecurrentLayer, NoGradientOfAnOutputIsAGradientOfZeros) {
  for_each_problem([](const Problem& problem) {
    Problem no_dy = problem, no_last = problem;
    std::ranges::fill(no_dy.dy, 0.0f);
    for (Values& state : no_last.dlast) std::ranges::fill(state, 0.0f);
    expect_same(problem.run(1, {.dy = false}), no_dy.run());
    expect_same(problem.run(1, {.last = false}), no_last.run());
  });
}

TEST_P(EveryRecurrentLayer, SetsSumsThatHoldNothing) {
  for_each_problem([](const Problem& problem) {
    Problem zeros = problem;
    zeros.there = 0;
    const Problem::Passes set = problem.run(1, {.holds = false}), sum = zeros.run();
    EXPECT_TRUE(same_bits(set.dx, sum.dx));
    for (size_t d = 0; d < set.dweights.size(); ++d) {
      EXPECT_TRUE(same_bits(set.dweights[d].input, sum.dweights[d].input));
      EXPECT_TRUE(same_bits(set.dweights[d].recurrent, sum.dweights[d].recurrent));
    }
  });
}

TEST_P(EveryRecurrentLayer, FromZeroIsTheSameAsFromZeros) {
  for (const int64_t directions : {1, 2}) {
    const Problem zero(GetParam(), directions, 25, several_parts(), true);
    Problem zeros = zero;
    zeros.initial.assign(zero.dlast.size(), Values(static_cast<size_t>(zero.states())));
    Problem::Passes given = zeros.run(1);
    given.dinitial.clear();
    expect_same(given, zero.run());
  }
}

}  // namespace
}  // namespace cadena::kernels
