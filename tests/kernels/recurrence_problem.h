// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "cadena/kernels/recurrence.h"
#include "cadena/tensor/layout.h"
#include "tests/cells/reference.h"
#include "tests/support/random.h"

namespace cadena::kernels {

/// A recurrence with all it reads and writes. The outputs are the right part of a wider matrix, the
/// states of a sequence stand side by side in [B, S·H].
struct RecurrenceProblem {
  using Values = std::vector<float>;

  const CellKernel* cell;
  int64_t hidden;
  Layout layout;
  bool reverse, from_zero;
  Values x, weight, bias, own, initial, doutput, dlast;  // read
  Values stay{};                                         // [N, S·H], [1, S·H] or none
  Values output, rest, saved, dx, du, dw, dinitial;      // written

  RecurrenceProblem(const char* name, int64_t h, const std::vector<int>& lengths, bool backwards,
                    bool zeros = false)
      : cell(find_cell(name)), hidden(h), layout(lengths), reverse(backwards), from_zero(zeros) {
    Rng rng(1);
    const int64_t n = layout.rows(), b = layout.sequences();
    x = normal_values(n * gates(), rng);
    weight = normal_values(gates() * h, rng, 1 / std::sqrt(static_cast<float>(h)));
    bias = normal_values(gates(), rng);
    own = normal_values(cell->spec.own * h, rng, 0.5f);
    initial = normal_values(b * states(), rng);
    if (from_zero) std::ranges::fill(initial, 0.0f);
    doutput = normal_values(n * wide(), rng);
    dlast = normal_values(b * states(), rng);
    output = Values(static_cast<size_t>(n * wide()), guard);
    rest = Values(static_cast<size_t>(n * (states() - h)));
    saved = Values(static_cast<size_t>(n * cell->spec.saved * h));
    dx = du = Values(x.size(), guard);
    dw = Values(static_cast<size_t>(n) * own.size(), guard);
    dinitial = Values(initial.size(), guard);
  }

  /// Zoneout: of each row some states stay as they were, or of all rows a half.
  void let_stay(bool each_row) {
    Rng rng(2);
    stay.assign(static_cast<size_t>((each_row ? layout.rows() : 1) * states()), 0.5f);
    if (each_row)
      for (float& share : stay) share = static_cast<float>(rng.below(2));
  }

  static constexpr float guard = -777;
  static constexpr int64_t before = 3;  // columns of the wider matrix before the outputs
  int64_t wide() const { return hidden + before; }
  int64_t gates() const { return cell->spec.gates * hidden; }
  int64_t states() const { return cell->spec.states * hidden; }
  int64_t stay_stride() const { return std::ssize(stay) > states() ? states() : 0; }

  template <class Float>
  States<Float> side_by_side(Float* values) const {
    return {values, states(), values + hidden, states()};
  }
  /// The steps [first, last), with the weights packed for the pass.
  Recurrence part(const PackedMatrix& packed, int64_t first, int64_t last, bool keep = true) {
    return {.cell = cell,
            .weight = &packed,
            .hidden = hidden,
            .sequences = {layout.widths(), layout.offsets()},
            .reverse = reverse,
            .first = first,
            .last = last,
            .bias = cell->spec.recurrent ? bias.data() : nullptr,
            .own = own.data(),
            .stay = {stay.empty() ? nullptr : stay.data(), stay_stride(), 0},
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
            .dw = {own.empty() ? nullptr : dw.data(), std::ssize(own), 0},
            .du_after = du.empty() ? of_x : of_u,
            .carry = side_by_side(carry.data()),
            .initial = of_initial ? side_by_side(dinitial.data()) : States<float>()};
  }
  void run(const std::vector<int64_t>& cuts = {}, bool of_initial = true);

  const Values& gradient_of_u() const { return cell->spec.summed ? dx : du; }
};

/// Both passes of all together, in parts that end at the cuts, in running order.
inline void run_together(std::span<RecurrenceProblem* const> problems,
                         std::vector<int64_t> cuts = {}, bool of_initial = true) {
  const int64_t steps = problems[0]->layout.steps();
  cuts.insert(cuts.begin(), 0);
  cuts.push_back(steps);
  std::vector<PackedMatrix> forth, back;
  std::vector<Buffer> carry;
  for (RecurrenceProblem* p : problems) {
    forth.push_back(p->cell->pack_forward(p->hidden, p->weight.data(), Precision::single));
    back.emplace_back(p->cell->spec.recurrent ? p->gates() : 0, p->hidden,
                      plain(p->weight.data(), p->hidden));
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

inline void RecurrenceProblem::run(const std::vector<int64_t>& cuts, bool of_initial) {
  RecurrenceProblem* const self = this;
  run_together(std::span(&self, 1), cuts, of_initial);
}

/// The same in double, one sequence and one unit after the other.
template <class Cell>
struct RecurrenceOracle {
  using Problem = RecurrenceProblem;
  using Doubles = std::vector<double>;
  static constexpr CellSpec spec = Cell::spec;
  using Gates = Pack<double, spec.gates>;
  using Unit = Pack<double, spec.states>;
  using Step = reference::Step<Cell>;

  const Problem& p;
  size_t hidden = static_cast<size_t>(p.hidden);
  Doubles output = Doubles(p.output.size(), Problem::guard), dx = Doubles(p.x.size()), du = dx;
  Doubles dw = Doubles(p.dw.size()), dinitial = Doubles(p.initial.size());

  explicit RecurrenceOracle(const Problem& problem) : p(problem) {
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
    return spec.recurrent ? p.weight[(k * hidden + to) * hidden + from] : 0;
  }
  size_t own(int64_t row, size_t k, size_t j) const {
    return (static_cast<size_t>(row) * spec.own + k) * hidden + j;
  }
  Pack<double, spec.own> own_of(size_t j) const {
    Pack<double, spec.own> w;
    for (size_t k = 0; k < w.size(); ++k) w[k] = p.own[own(0, k, j)];
    return w;
  }
  Unit stay_of(int64_t row, size_t j) const {
    Unit stay{};
    for (size_t k = 0; k < stay.size() && !p.stay.empty(); ++k)
      stay[k] = p.stay[static_cast<size_t>(row * p.stay_stride()) + k * hidden + j];
    return stay;
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
          u[k] = spec.recurrent ? p.bias[k * hidden + j] : 0;
          for (size_t from = 0; from < hidden; ++from)
            u[k] += weight(k, j, from) * step.before[from][0];
        }
        reference::unit_forward<Cell>(x, u, step.before[j], own_of(j), stay_of(step.row, j), s[j],
                                      step.saved.emplace_back());
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
        Pack<double, spec.own> w;
        reference::unit_backward<Cell>(dnext, step.before[j], own_of(j), stay_of(step.row, j),
                                       step.saved[j], x, u[j], ds[j], w);
        for (size_t k = 0; k < w.size(); ++k) dw[own(step.row, k, j)] = w[k];
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

}  // namespace cadena::kernels
