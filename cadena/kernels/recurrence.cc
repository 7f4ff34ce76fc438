// SPDX-License-Identifier: MIT
#include "cadena/kernels/recurrence.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "cadena/base/parallel.h"

namespace cadena::kernels {
namespace {

// The rows of one step and of what comes before it in running order.
struct Step {
  int64_t row, count;  // first row; sequences alive
  int64_t continued;   // of them, those that have a step before this one
  int64_t before;      // first row of that step
};

Step step_at(const Recurrence& r, int64_t i) {
  const auto steps = std::ssize(r.widths);
  const int64_t t = r.reverse ? steps - 1 - i : i, before = r.reverse ? t + 1 : t - 1;
  const auto alive = [&](int64_t s) -> int64_t {
    return s < 0 || s >= steps ? 0 : r.widths[static_cast<size_t>(s)];
  };
  Step step{
      .row = r.offsets[static_cast<size_t>(t)], .count = alive(t), .continued = 0, .before = 0};
  step.continued = std::min(step.count, alive(before));
  if (step.continued > 0) step.before = r.offsets[static_cast<size_t>(before)];
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

void forward_step(const Recurrence& r, const PackedMatrix& weight, const Step& step,
                  const Share& share) {
  const CellSpec& c = r.cell->spec;
  const auto run = [&](int64_t offset, int64_t count, bool product, States<const float> before) {
    const int64_t row = step.row + offset;
    const ForwardStep part{.weight = weight,
                           .bias = r.bias,
                           .hidden = r.hidden,
                           .rows = count,
                           .product = product,
                           .x = r.x + row * c.gates * r.hidden,
                           .s = before,
                           .next = r.states.row(row),
                           .save = r.saved ? r.saved + row * c.saved * r.hidden : nullptr};
    share(r.cell->forward_tiles(r.hidden, count),
          [&](int64_t begin, int64_t end) { r.cell->forward(part, begin, end); });
  };
  run(0, step.continued, true, r.states.row(step.before));
  run(step.continued, step.count - step.continued, !r.from_zero, r.initial.row(step.continued));
}

// `carry` [B] holds what comes back from the step after; `after` is that step, if there is one.
void backward_step(const Recurrence& r, const RecurrenceGradients& g, const PackedMatrix& weight,
                   const Step& step, const Step* after, States<float> carry, const Share& share) {
  const CellSpec& c = r.cell->spec;
  const int64_t gates = c.gates * r.hidden;
  const auto run = [&](int64_t first, int64_t last, bool begins, bool ends) {
    if (first == last) return;
    const int64_t row = step.row + first;
    const BackwardStep part{
        .weight = weight,
        .hidden = r.hidden,
        .rows = last - first,
        .du_after = ends ? nullptr : g.du + (after->row + first) * gates,
        .carry = ends ? g.last.row(first) : States<const float>(carry.row(first)),
        .dy = g.outputs.row(row),
        .s = begins ? r.initial.row(first) : States<const float>(r.states.row(step.before + first)),
        .save = r.saved + row * c.saved * r.hidden,
        .dx = g.dx + row * gates,
        .du = g.du + row * gates,
        .ds = carry.row(first)};
    share(r.cell->backward_tiles(r.hidden, last - first),
          [&](int64_t begin, int64_t end) { r.cell->backward(part, begin, end); });
  };
  // Sequences whose next step exists come first, as do those that have one before.
  const int64_t going_on = after ? after->continued : 0;
  const int64_t low = std::min(going_on, step.continued), high = std::max(going_on, step.continued);
  run(0, low, false, false);
  run(low, high, step.continued == low, going_on == low);
  run(high, step.count, true, true);
}

// A step of fewer operations than this is done before a second thread has heard of it.
constexpr int64_t worth_sharing = 40000;

int64_t largest_team(std::span<const Recurrence> recurrences) {
  int64_t operations = 0;
  for (const Recurrence& r : recurrences)
    if (!r.widths.empty()) operations += 2 * r.cell->spec.gates * r.hidden * r.hidden * r.widths[0];
  return operations < worth_sharing ? 1 : threads();
}

std::vector<Step> steps_of(const Recurrence& r) {
  std::vector<Step> steps;
  for (int64_t i = 0; i < std::ssize(r.widths); ++i) steps.push_back(step_at(r, i));
  return steps;
}

// The gradients of the states that each sequence began with.
void backward_initial(const Recurrence& r, const RecurrenceGradients& g, const PackedMatrix& weight,
                      std::span<const Step> steps, States<const float> carry) {
  const int64_t gates = r.cell->spec.gates * r.hidden;
  for (const Step& step : steps) {
    const int64_t first = step.continued, count = step.count - first;
    if (count == 0) continue;
    gemm(count, plain(g.du + (step.row + first) * gates, gates), weight, g.initial.row(first).h,
         g.initial.h_stride, {carry.row(first).h, carry.h_stride});
    for (int64_t b = first; b < step.count; ++b)
      std::copy_n(carry.row(b).rest, (r.cell->spec.states - 1) * r.hidden, g.initial.row(b).rest);
  }
}

}  // namespace

void recurrence_forward(std::span<const Recurrence> recurrences) {
  std::vector<PackedMatrix> weights;
  std::vector<std::vector<Step>> steps;
  for (const Recurrence& r : recurrences) {
    weights.push_back(r.cell->pack_forward(r.hidden, r.weight));
    steps.push_back(steps_of(r));
  }
  parallel_team(largest_team(recurrences), [&](int member, int members, Barrier& barrier) {
    for (size_t i = 0; i < steps[0].size(); ++i) {
      for (size_t k = 0; k < recurrences.size(); ++k)
        forward_step(recurrences[k], weights[k], steps[k][i], {member, members});
      barrier.wait();
    }
  });
}

void recurrence_backward(std::span<const Recurrence> recurrences,
                         std::span<const RecurrenceGradients> gradients) {
  std::vector<PackedMatrix> weights;
  std::vector<std::vector<Step>> steps;
  std::vector<Buffer> carried;
  for (const Recurrence& r : recurrences) {
    weights.emplace_back(r.cell->spec.gates * r.hidden, r.hidden, plain(r.weight, r.hidden));
    steps.push_back(steps_of(r));
    carried.emplace_back(r.widths.empty() ? 0 : r.widths[0] * r.cell->spec.states * r.hidden);
  }
  const auto carry = [&](size_t k) -> States<float> {
    const int64_t hidden = recurrences[k].hidden, wide = recurrences[k].cell->spec.states * hidden;
    return {carried[k].data(), wide, carried[k].data() + hidden, wide};
  };
  parallel_team(largest_team(recurrences), [&](int member, int members, Barrier& barrier) {
    for (size_t i = steps[0].size(); i-- > 0;) {
      for (size_t k = 0; k < recurrences.size(); ++k)
        backward_step(recurrences[k], gradients[k], weights[k], steps[k][i],
                      i + 1 < steps[k].size() ? &steps[k][i + 1] : nullptr, carry(k),
                      {member, members});
      barrier.wait();
    }
  });
  for (size_t k = 0; k < recurrences.size(); ++k)
    if (gradients[k].initial.h)
      backward_initial(recurrences[k], gradients[k], weights[k], steps[k], carry(k));
}

PreviousOutputs previous_outputs(const Recurrence& r) {
  const std::vector<Step> steps = steps_of(r);
  PreviousOutputs previous;
  previous.rows.resize(
      static_cast<size_t>(std::accumulate(r.widths.begin(), r.widths.end(), int64_t{0})));
  for (const Step& step : steps)
    for (int64_t b = 0; b < step.count; ++b)
      previous.rows[static_cast<size_t>(step.row + b)] =
          b < step.continued ? r.states.row(step.before + b).h : r.initial.row(b).h;
  if (r.from_zero && !steps.empty()) {
    const auto first = previous.rows.begin() + steps[0].row;
    if (!r.reverse) previous.first = steps[0].count;
    previous.rows.erase(first, first + steps[0].count);
  }
  return previous;
}

}  // namespace cadena::kernels
