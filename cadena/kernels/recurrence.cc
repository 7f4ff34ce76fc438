// SPDX-License-Identifier: MIT
#include "cadena/kernels/recurrence.h"

#include <algorithm>

#include "cadena/base/parallel.h"

namespace cadena::kernels {
namespace {

// Number i in running order of the steps of a recurrence, and its neighbours in that order.
struct Step {
  int64_t row, count;                 // first row; sequences alive
  int64_t before = 0, continued = 0;  // first row of the step before; sequences that have it
  int64_t after = 0, going_on = 0;    // of the step after
};

Step step_at(const Recurrence& r, int64_t i) {
  const int64_t t = r.reverse ? r.last - 1 - i : r.first + i, forth = r.reverse ? -1 : 1;
  const auto neighbour = [&](int64_t s, int64_t& row, int64_t& count) {
    count = std::min(r.sequences.width(s), r.sequences.width(t));
    row = count > 0 ? r.sequences.row(s) : 0;
  };
  Step step{.row = r.sequences.row(t), .count = r.sequences.width(t)};
  neighbour(t - forth, step.before, step.continued);
  neighbour(t + forth, step.after, step.going_on);
  return step;
}

// A step's tiles are shared out evenly; a member keeps its panels of weights, and its caches, from
// step to step.
struct Share {
  int member, members;

  template <class Run>
  void operator()(int64_t tiles, const Run& run) const {
    const int64_t begin = tiles * member / members, end = tiles * (member + 1) / members;
    if (begin < end) run(begin, end);
  }
};

States<float> states_at(const Recurrence& r, int64_t row) {
  return {r.h.row(row), r.h.stride, r.rest.row(row), r.rest.stride};
}

void forward_step(const Recurrence& r, const Step& step, const Share& share) {
  const auto run = [&](int64_t first, int64_t last, bool product, States<const float> before,
                       const Rows<float>& paired, int64_t paired_row) {
    const int64_t row = step.row + first;
    const ForwardStep part{.weight = *r.weight,
                           .bias = r.bias,
                           .own = r.own,
                           .hidden = r.hidden,
                           .rows = last - first,
                           .product = product,
                           .x = r.x.row(row),
                           .s = before,
                           .next = states_at(r, row),
                           .save = r.saved ? r.saved.row(row) : nullptr,
                           .stay = r.stay ? r.stay.row(row) : nullptr,
                           .stay_stride = r.stay.stride,
                           .paired = paired ? paired.row(paired_row) : nullptr,
                           .next_paired = r.paired ? r.paired.row(row) : nullptr};
    share(r.cell->forward_tiles(r.hidden, last - first),
          [&](int64_t begin, int64_t end) { r.cell->forward(part, begin, end); });
  };
  if (step.continued > 0)
    run(0, step.continued, r.cell->spec.recurrent, states_at(r, step.before), r.paired,
        step.before);
  if (step.continued < step.count)
    run(step.continued, step.count, r.cell->spec.recurrent && !r.from_zero,
        r.initial.row(step.continued), r.initial_paired, step.continued);
}

// `du_after` are the gradients du of the step after this one in running order, as the product takes
// them.
void backward_step(const Recurrence& r, const RecurrenceGradients& g, const Step& step,
                   const Rows<float>& du_after, const Share& share) {
  const auto run = [&](int64_t first, int64_t last, bool begins, bool ends) {
    if (first == last) return;
    const int64_t row = step.row + first;
    const BackwardStep part{
        .weight = *r.weight,
        .own = r.own,
        .hidden = r.hidden,
        .rows = last - first,
        .du_after = ends || !r.cell->spec.recurrent ? nullptr : du_after.row(step.after + first),
        .carry = ends ? g.last.row(first) : States<const float>(g.carry.row(first)),
        .dy = g.outputs ? g.outputs.row(row) : nullptr,
        .dy_stride = g.outputs.stride,
        .s = begins ? r.initial.row(first) : States<const float>(states_at(r, step.before + first)),
        .save = r.saved.row(row),
        .dx = g.dx.row(row),
        .du = g.du.row(row),
        .dw = g.dw ? g.dw.row(row) : nullptr,
        .ds = g.carry.row(first),
        .stay = r.stay ? r.stay.row(row) : nullptr,
        .stay_stride = r.stay.stride,
        .du_paired = g.du_paired ? g.du_paired.row(row) : nullptr};
    share(r.cell->backward_tiles(r.hidden, last - first),
          [&](int64_t begin, int64_t end) { r.cell->backward(part, begin, end); });
  };
  // Sequences that have a step after this one come first, as do those that have one before.
  const auto [low, high] = std::minmax(step.going_on, step.continued);
  run(0, low, false, false);
  run(low, high, step.continued == low, step.going_on == low);
  run(high, step.count, true, true);
}

// The gradients of the states that sequences began with at these steps.
void backward_initial(const Recurrence& r, const RecurrenceGradients& g) {
  const int64_t gates = r.cell->spec.gates * r.hidden;
  for (int64_t i = 0; i < r.last - r.first; ++i) {
    const Step step = step_at(r, i);
    const int64_t first = step.continued;
    if (first == step.count) continue;
    gemm(step.count - first, plain(g.du.row(step.row + first), gates), *r.weight,
         g.initial.row(first).h, g.initial.h_stride, {g.carry.row(first).h, g.carry.h_stride});
    for (int64_t b = first; b < step.count; ++b)
      std::copy_n(g.carry.row(b).rest, (r.cell->spec.states - 1) * r.hidden, g.initial.row(b).rest);
  }
}

// Calls run(recurrence, number of the step, share) for every step of all, in this order or the
// opposite one.
template <class Run>
void in_step(std::span<const Recurrence> recurrences, bool backwards, const Run& run) {
  // Steps of fewer operations than this are done before a second thread has heard of them.
  constexpr int64_t worth_sharing = 40000;
  constexpr int64_t of_equation = 20;  // operations for each gate of a unit, about
  int64_t operations = 0, steps = 0;
  for (const Recurrence& r : recurrences) {
    const int64_t of_gate = r.cell->spec.recurrent ? 2 * r.hidden : of_equation;
    operations += of_gate * r.cell->spec.gates * r.hidden * r.sequences.width(r.first);
    steps = std::max(steps, r.last - r.first);
  }
  parallel_team(operations < worth_sharing ? 1 : threads(),
                [&](int member, int members, Barrier& barrier) {
                  for (int64_t i = 0; i < steps; ++i) {
                    for (size_t k = 0; k < recurrences.size(); ++k)
                      if (const int64_t own = recurrences[k].last - recurrences[k].first; i < own)
                        run(k, backwards ? own - 1 - i : i, Share{member, members});
                    barrier.wait();
                  }
                });
}

}  // namespace

void recurrence_forward(std::span<const Recurrence> recurrences) {
  in_step(recurrences, false, [&](size_t k, int64_t i, const Share& share) {
    forward_step(recurrences[k], step_at(recurrences[k], i), share);
  });
}

void recurrence_backward(std::span<const Recurrence> recurrences,
                         std::span<const RecurrenceGradients> gradients) {
  in_step(recurrences, true, [&](size_t k, int64_t i, const Share& share) {
    const Recurrence& r = recurrences[k];
    const RecurrenceGradients& g = gradients[k];
    const Rows<float>& here = g.du_paired ? g.du_paired : g.du;
    backward_step(r, g, step_at(r, i), i + 1 < r.last - r.first ? here : g.du_after, share);
  });
  for (size_t k = 0; k < recurrences.size(); ++k)
    if (gradients[k].initial.h) backward_initial(recurrences[k], gradients[k]);
}

}  // namespace cadena::kernels
