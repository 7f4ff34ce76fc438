// SPDX-License-Identifier: MIT
#include "cadena/kernels/recurrence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "cadena/tensor/layout.h"
#include "tests/cells/reference.h"
#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

namespace cadena::kernels {
namespace {

using Values = std::vector<float>;
using Doubles = std::vector<double>;

// A recurrence with all it reads and writes. The outputs are the right part of a wider matrix, the
// states of a sequence stand side by side in [B, S·H].
struct Problem {
  const CellKernel* cell;
  int64_t hidden;
  Layout layout;
  bool reverse, from_zero;
  Values x, weight, bias, initial, doutput, dlast;  // read
  Values output, rest, saved, dx, du, dinitial;     // written

  Problem(const char* name, int64_t h, const std::vector<int>& lengths, bool backwards,
          bool zeros = false)
      : cell(find_cell(name)), hidden(h), layout(lengths), reverse(backwards), from_zero(zeros) {
    Rng rng(1);
    const int64_t n = layout.rows(), b = layout.sequences();
    x = normal_values(n * gates(), rng);
    weight = normal_values(gates() * h, rng, 1 / std::sqrt(static_cast<float>(h)));
    bias = normal_values(gates(), rng);
    initial = normal_values(b * states(), rng);
    if (from_zero) std::ranges::fill(initial, 0.0f);
    doutput = normal_values(n * wide(), rng);
    dlast = normal_values(b * states(), rng);
    output = Values(static_cast<size_t>(n * wide()), guard);
    rest = Values(static_cast<size_t>(n * (states() - h)));
    saved = Values(static_cast<size_t>(n * cell->spec.saved * h));
    dx = du = Values(x.size(), guard);
    dinitial = Values(initial.size(), guard);
  }

  static constexpr float guard = -777;
  static constexpr int64_t before = 3;  // columns of the wider matrix before the outputs
  int64_t wide() const { return hidden + before; }
  int64_t gates() const { return cell->spec.gates * hidden; }
  int64_t states() const { return cell->spec.states * hidden; }

  template <class Float>
  States<Float> side_by_side(Float* values) const {
    return {values, states(), values + hidden, states()};
  }
  // The steps [first, last), with the weights packed for the pass.
  Recurrence part(const PackedMatrix& packed, int64_t first, int64_t last, bool keep = true) {
    return {.cell = cell,
            .weight = &packed,
            .hidden = hidden,
            .sequences = {layout.widths(), layout.offsets()},
            .reverse = reverse,
            .first = first,
            .last = last,
            .bias = bias.data(),
            .initial = side_by_side<const float>(initial.data()),
            .from_zero = from_zero,
            .x = {x.data(), gates(), 0},
            .h = {output.data() + before, wide(), 0},
            .rest = {rest.data(), states() - hidden, 0},
            .saved = {keep ? saved.data() : nullptr, cell->spec.saved * hidden, 0}};
  }
  RecurrenceGradients gradients(const Buffer& carry, bool of_initial) {
    if (cell->spec.summed) du.clear();
    const Rows<float> of_x{dx.data(), gates(), 0}, of_u{du.data(), gates(), 0};
    return {.outputs = {doutput.data() + before, wide(), 0},
            .last = side_by_side<const float>(dlast.data()),
            .dx = of_x,
            .du = du.empty() ? of_x : of_u,
            .du_after = du.empty() ? of_x : of_u,
            .carry = side_by_side(carry.data()),
            .initial = of_initial ? side_by_side(dinitial.data()) : States<float>()};
  }
  void run(const std::vector<int64_t>& cuts = {}, bool of_initial = true);

  const Values& gradient_of_u() const { return cell->spec.summed ? dx : du; }
};

// Both passes of all together, in parts that end at the cuts, in running order.
void run_together(std::span<Problem* const> problems, std::vector<int64_t> cuts = {},
                  bool of_initial = true) {
  const int64_t steps = problems[0]->layout.steps();
  cuts.insert(cuts.begin(), 0);
  cuts.push_back(steps);
  std::vector<PackedMatrix> forth, back;
  std::vector<Buffer> carry;
  for (Problem* p : problems) {
    forth.push_back(p->cell->pack_forward(p->hidden, p->weight.data(), Precision::single));
    back.emplace_back(p->gates(), p->hidden, plain(p->weight.data(), p->hidden));
    carry.emplace_back(p->layout.sequences() * p->states());
  }
  const auto parts = [&](const std::vector<PackedMatrix>& weights, size_t k) {
    std::vector<Recurrence> all;
    for (size_t i = 0; i < problems.size(); ++i)
      all.push_back(problems[i]->reverse
                        ? problems[i]->part(weights[i], steps - cuts[k + 1], steps - cuts[k])
                        : problems[i]->part(weights[i], cuts[k], cuts[k + 1]));
    return all;
  };
  for (size_t k = 0; k + 1 < cuts.size(); ++k) recurrence_forward(parts(forth, k));
  for (size_t k = cuts.size() - 1; k-- > 0;) {
    std::vector<RecurrenceGradients> gradients;
    for (size_t i = 0; i < problems.size(); ++i)
      gradients.push_back(problems[i]->gradients(carry[i], of_initial));
    recurrence_backward(parts(back, k), gradients);
  }
}

void Problem::run(const std::vector<int64_t>& cuts, bool of_initial) {
  Problem* const self = this;
  run_together(std::span(&self, 1), cuts, of_initial);
}

// The same in double, one sequence and one unit after the other.
template <class Cell>
struct Reference {
  static constexpr CellSpec spec = Cell::spec;
  using Gates = Pack<double, spec.gates>;
  using Unit = Pack<double, spec.states>;
  using Step = reference::Step<Cell>;

  const Problem& p;
  size_t hidden = static_cast<size_t>(p.hidden);
  Doubles output = Doubles(p.output.size(), Problem::guard), dx = Doubles(p.x.size()), du = dx;
  Doubles dinitial = Doubles(p.initial.size());

  explicit Reference(const Problem& problem) : p(problem) {
    for (int b = 0; b < p.layout.sequences(); ++b) backward(b, forward(b));
  }

  size_t gate(int64_t row, size_t k, size_t j) const {
    return (static_cast<size_t>(row) * spec.gates + k) * hidden + j;
  }
  size_t state(int b, size_t k, size_t j) const {
    return (static_cast<size_t>(b) * spec.states + k) * hidden + j;
  }
  size_t out(int64_t row, size_t j) const {
    return static_cast<size_t>(row * p.wide() + Problem::before) + j;
  }
  float weight(size_t k, size_t to, size_t from) const {
    return p.weight[(k * hidden + to) * hidden + from];
  }

  std::vector<Step> forward(int b) {
    std::vector<Unit> s(hidden);
    for (size_t j = 0; j < hidden; ++j)
      for (size_t k = 0; k < s[j].size(); ++k) s[j][k] = p.initial[state(b, k, j)];
    std::vector<Step> steps;
    for (int i = 0; i < p.layout.length(b); ++i) {
      Step step{p.layout.row(p.reverse ? p.layout.length(b) - 1 - i : i, b), s, {}};
      for (size_t j = 0; j < hidden; ++j) {
        Gates x, u;
        for (size_t k = 0; k < x.size(); ++k) {
          x[k] = p.x[gate(step.row, k, j)];
          u[k] = p.bias[k * hidden + j];
          for (size_t from = 0; from < hidden; ++from)
            u[k] += weight(k, j, from) * step.before[from][0];
        }
        Cell::forward(x, u, step.before[j], s[j], step.saved.emplace_back());
        output[out(step.row, j)] = s[j][0];
      }
      steps.push_back(step);
    }
    return steps;
  }

  void backward(int b, const std::vector<Step>& steps) {
    std::vector<Unit> ds(hidden);
    for (size_t j = 0; j < hidden; ++j)
      for (size_t k = 0; k < ds[j].size(); ++k) ds[j][k] = p.dlast[state(b, k, j)];
    for (size_t i = steps.size(); i-- > 0;) {
      const Step& step = steps[i];
      std::vector<Gates> u(hidden);
      for (size_t j = 0; j < hidden; ++j) {
        Gates x;
        Unit dnext = ds[j];
        dnext[0] += p.doutput[out(step.row, j)];
        Cell::backward(dnext, step.before[j], step.saved[j], x, u[j], ds[j]);
        for (size_t k = 0; k < x.size(); ++k) {
          dx[gate(step.row, k, j)] = x[k];
          du[gate(step.row, k, j)] = u[j][k];
        }
      }
      for (size_t from = 0; from < hidden; ++from)
        for (size_t j = 0; j < hidden; ++j)
          for (size_t k = 0; k < u[j].size(); ++k) ds[from][0] += u[j][k] * weight(k, j, from);
    }
    for (size_t j = 0; j < hidden; ++j)
      for (size_t k = 0; k < ds[j].size(); ++k)
        dinitial[state(b, k, j)] = steps.empty() ? Problem::guard : ds[j][k];
  }
};

double worst(const Values& got, const Doubles& wanted) {
  double most = 0;
  for (size_t i = 0; i < got.size(); ++i)
    most = std::max(most, std::abs(got[i] - wanted[i]) / std::max(1.0, std::abs(wanted[i])));
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
  const Reference<Cell> reference(start);
  constexpr double bound = 3e-6;  // measured: 1.5e-6
  for_each_target([&] {
    Problem p = start;
    p.run();
    EXPECT_LE(worst(p.output, reference.output), bound);
    EXPECT_LE(worst(p.dx, reference.dx), bound);
    EXPECT_LE(worst(p.gradient_of_u(), reference.du), bound);
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

#define CADENA_CELL_TEST(Cell) \
  TEST(RecurrenceAgreesWithDouble, Cell) { expect_agreement_at_all_sizes<reference::Cell>(); }
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
  EXPECT_TRUE(same_bits(a.dx, b.dx) && same_bits(a.du, b.du));
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
