// SPDX-License-Identifier: MIT
#include "cadena/kernels/recurrence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "tests/kernels/recurrence_problem.h"
#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/threads.h"

namespace cadena::kernels {
namespace {

using Problem = RecurrenceProblem;
using Values = std::vector<float>;
using Doubles = std::vector<double>;

double worst(const Values& got, const Doubles& wanted) {
  double most = 0;
  for (size_t i = 0; i < got.size(); ++i)
    most = std::max(most, std::abs(got[i] - wanted[i]) / std::max(1.0, std::abs(wanted[i])));
  return most;
}

double largest(const Values& values) {
  double most = 1;
  for (const float value : values) most = std::max(most, std::abs(double{value}));
  return most;
}

std::vector<int> many_lengths() {  // several tiles of sequences, and some that have no steps
  std::vector<int> lengths(55, 2);
  std::fill_n(lengths.begin(), 30, 3);
  lengths[0] = 12;
  lengths[53] = lengths[54] = 0;
  return lengths;
}

template <class Cell>
void expect_agreement(const Problem& start) {
  const RecurrenceOracle<Cell> reference(start);
  constexpr double bound = 3e-6;  // measured: 1.5e-6
  for_each_target([&] {
    Problem p = start;
    p.run();
    EXPECT_LE(worst(p.output, reference.output), bound);
    EXPECT_LE(worst(p.dx, reference.dx), bound);
    EXPECT_LE(worst(p.gradient_of_u(), reference.du), bound);
    // A gate's gradient times a memory, which not every cell keeps below 1.
    EXPECT_LE(worst(p.dw, reference.dw), bound * largest(p.rest));
    EXPECT_LE(worst(p.dinitial, reference.dinitial), bound);
  });
}

template <class Cell>
void expect_agreement_at_all_sizes() {
  for (const bool from_zero : {false, true})
    for (const bool reverse : {false, true})
      for (const auto& lengths : {std::vector<int>{9, 5, 5, 1}, many_lengths()})
        for (const int64_t hidden : {1, 5, 17, 37})
          expect_agreement<Cell>(Problem(Cell::spec.name, hidden, lengths, reverse, from_zero));
}

template <class Cell>
void expect_agreement_when_states_stay() {
  for (const bool each_row : {false, true})
    for (const bool reverse : {false, true}) {
      Problem problem(Cell::spec.name, 37, many_lengths(), reverse);
      problem.let_stay(each_row);
      expect_agreement<Cell>(problem);
    }
}

#define CADENA_CELL_TEST(Cell)                                                                 \
  TEST(RecurrenceAgreesWithDouble, Cell) { expect_agreement_at_all_sizes<reference::Cell>(); } \
  TEST(RecurrenceAgreesWithDouble, Cell##WhoseStatesStay) {                                    \
    expect_agreement_when_states_stay<reference::Cell>();                                      \
  }
CADENA_CELLS(CADENA_CELL_TEST)
#undef CADENA_CELL_TEST

class EveryRecurrence : public testing::TestWithParam<const char*> {};
#define CADENA_CELL_NAME(Cell) reference::Cell::spec.name,
INSTANTIATE_TEST_SUITE_P(Cells, EveryRecurrence,
                         testing::ValuesIn({CADENA_CELLS(CADENA_CELL_NAME)}),
                         [](const auto& info) { return std::string(info.param); });
#undef CADENA_CELL_NAME

void expect_same(const Problem& a, const Problem& b) {
  EXPECT_TRUE(same_bits(a.output, b.output) && same_bits(a.rest, b.rest));
  EXPECT_TRUE(same_bits(a.dx, b.dx) && same_bits(a.du, b.du) && same_bits(a.dw, b.dw));
  EXPECT_TRUE(same_bits(a.dinitial, b.dinitial));
}

// Steps large enough that the threads share them.
TEST_P(EveryRecurrence, HasTheSameBitsForAnyNumberOfThreads) {
  for (const bool from_zero : {false, true})
    for (const bool reverse : {false, true}) {
      const Problem start(GetParam(), 37, many_lengths(), reverse, from_zero);
      Problem one = start;
      {
        const ThreadScope scope(1);
        one.run();
      }
      for (const int count : {2, 3, 4}) {
        const ThreadScope scope(count);
        Problem other = start;
        other.run();
        expect_same(other, one);
      }
    }
}

// A sequence alone has the bits that it has among others.
TEST_P(EveryRecurrence, ASequenceDoesNotDependOnTheOthers) {
  for (const bool reverse : {false, true}) {
    Problem all(GetParam(), 19, many_lengths(), reverse);
    all.run();
    for (int b = 0; b < all.layout.sequences(); ++b) {
      const int length = all.layout.length(b);
      Problem alone(GetParam(), 19, {length}, reverse);
      const auto rows_of = [&](const Values& values, int64_t width) {
        Values rows;
        for (int t = 0; t < length; ++t) {
          const auto row = values.begin() + all.layout.row(t, b) * width;
          rows.insert(rows.end(), row, row + width);
        }
        return rows;
      };
      const auto state_of = [&](const Values& values) {
        return Values(values.begin() + b * all.states(), values.begin() + (b + 1) * all.states());
      };
      alone.x = rows_of(all.x, all.gates());
      alone.doutput = rows_of(all.doutput, all.wide());
      alone.initial = state_of(all.initial);
      alone.dlast = state_of(all.dlast);
      alone.weight = all.weight;
      alone.bias = all.bias;
      alone.own = all.own;
      alone.run();
      EXPECT_TRUE(same_bits(alone.output, rows_of(all.output, all.wide()))) << b;
      EXPECT_TRUE(same_bits(alone.dx, rows_of(all.dx, all.gates()))) << b;
      EXPECT_TRUE(same_bits(alone.dinitial, state_of(all.dinitial))) << b;
    }
  }
}

TEST_P(EveryRecurrence, FromZeroIsTheSameAsFromZeros) {
  for (const auto& lengths : {std::vector<int>{5, 2, 2, 1, 0}, many_lengths()})
    for (const bool reverse : {false, true})
      for_each_target([&] {
        Problem zero(GetParam(), 19, lengths, reverse, true), zeros = zero;
        zeros.from_zero = false;
        zero.run();
        zeros.run();
        expect_same(zero, zeros);
        EXPECT_TRUE(same_bits(zero.saved, zeros.saved));
      });
}

TEST_P(EveryRecurrence, PartsAreTheWhole) {
  for (const bool reverse : {false, true}) {
    Problem whole(GetParam(), 19, many_lengths(), reverse), parts = whole;
    whole.run();
    parts.run({1, 4, 5});
    expect_same(whole, parts);
  }
}

TEST_P(EveryRecurrence, RunsIndependentRecurrencesTogether) {
  Problem a(GetParam(), 37, many_lengths(), false), b(GetParam(), 7, many_lengths(), true, true);
  Problem alone_a = a, alone_b = b;
  alone_a.run();
  alone_b.run();
  for (const int count : {1, 2, 3}) {
    const ThreadScope scope(count);
    Problem with_b = a, with_a = b;
    Problem* const both[] = {&with_b, &with_a};
    run_together(both);
    expect_same(with_b, alone_a);
    expect_same(with_a, alone_b);
  }
}

TEST_P(EveryRecurrence, NeedNotGiveTheGradientsOfTheInitialStates) {
  Problem with(GetParam(), 19, {5, 2, 1, 0}, true), without = with;
  with.run();
  without.run({}, false);
  EXPECT_TRUE(same_bits(with.dx, without.dx) && same_bits(with.du, without.du));
  EXPECT_EQ(without.dinitial, Values(without.dinitial.size(), Problem::guard));
}

TEST_P(EveryRecurrence, HasTheSameStatesWhenNothingIsSaved) {
  Problem saving(GetParam(), 9, {5, 2, 1}, false), plain = saving;
  const PackedMatrix weight =
      saving.cell->pack_forward(saving.hidden, saving.weight.data(), Precision::single);
  const Recurrence a = saving.part(weight, 0, 5), b = plain.part(weight, 0, 5, false);
  recurrence_forward(std::span(&a, 1));
  recurrence_forward(std::span(&b, 1));
  EXPECT_TRUE(same_bits(saving.output, plain.output) && same_bits(saving.rest, plain.rest));
  EXPECT_EQ(plain.saved, Values(plain.saved.size()));
}

TEST_P(EveryRecurrence, NanIsSeenInTheOutput) {
  for_each_target([] {
    Problem p(GetParam(), 5, {2}, false);
    p.x[3] = NAN;
    p.run();
    for (int64_t j = 0; j < 5; ++j)
      EXPECT_EQ(std::isnan(p.output[static_cast<size_t>(Problem::before + j)]), j == 3);
  });
}

TEST_P(EveryRecurrence, NothingToDoIsDefined) {
  for (const std::vector<int>& lengths : {std::vector<int>{}, {0, 0}}) {
    Problem p(GetParam(), 3, lengths, true);
    p.run();
    EXPECT_EQ(p.dinitial, Values(p.dinitial.size(), Problem::guard)) << "only begun sequences";
  }
}

}  // namespace
}  // namespace cadena::kernels
