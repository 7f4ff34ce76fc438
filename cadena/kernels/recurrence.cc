// SPDX-License-Identifier: MIT
#include "cadena/kernels/recurrence.h"

#include <algorithm>
#include <vector>

#include "cadena/base/parallel.h"

namespace cadena::kernels {
namespace {

// Sequences that one task runs. Two register tiles of rows on the widest target.
constexpr int64_t block_size = 24;

int64_t blocks(const Recurrence& r) {
  return r.widths.empty() ? 0 : (r.widths[0] + block_size - 1) / block_size;
}

// The sequences [first, last) of a block at one step, and where their rows and those before them
// stand.
struct Step {
  int64_t first, last;  // sequences of the block alive at this step
  int64_t row;          // of sequence `first`
  int64_t continued;    // of them, those that have a step before this one (in running order)
  int64_t before;       // row of sequence `first` at that step

  int64_t count() const { return last - first; }
};

Step step_at(const Recurrence& r, int64_t block, int64_t t) {
  const int64_t before = r.reverse ? t + 1 : t - 1;
  const int64_t first = block * block_size;
  const auto alive = [&](int64_t s) {
    if (s < 0 || s >= std::ssize(r.widths)) return first;
    return std::clamp<int64_t>(r.widths[static_cast<size_t>(s)], first, first + block_size);
  };
  Step step{.first = first,
            .last = alive(t),
            .row = r.offsets[static_cast<size_t>(t)] + first,
            .continued = 0,
            .before = 0};
  step.continued = std::min(step.last, alive(before)) - first;
  if (step.continued > 0) step.before = r.offsets[static_cast<size_t>(before)] + first;
  return step;
}

// Calls run(offset within the step, count, states before) for the sequences that go on and for
// those that begin.
template <class Run>
void for_states_before(const Recurrence& r, const Step& step, const Run& run) {
  if (step.continued > 0)
    run(int64_t{0}, step.continued, States<const float>(r.states.row(step.before)));
  if (step.continued < step.count())
    run(step.continued, step.count() - step.continued, r.initial.row(step.first + step.continued));
}

void run_forward(const Recurrence& r, const PackedMatrix& weight, int64_t block) {
  const CellSpec& c = r.cell->spec;
  const int64_t gates = c.gates * r.hidden, steps = std::ssize(r.widths);
  const Buffer u(block_size * gates);
  for (int64_t i = 0; i < steps; ++i) {
    const Step step = step_at(r, block, r.reverse ? steps - 1 - i : i);
    for_states_before(r, step, [&](int64_t offset, int64_t count, States<const float> before) {
      const int64_t row = step.row + offset;
      for (int64_t b = 0; b < count; ++b) std::copy_n(r.bias, gates, u.data() + b * gates);
      gemm_step(count, plain(before.h, before.h_stride), weight, u.data(), gates, true);
      r.cell->forward(count, r.hidden, r.x + row * gates, u.data(), before, r.states.row(row),
                      r.saved ? r.saved + row * c.saved * r.hidden : nullptr);
    });
  }
}

States<float> rows_of(const Buffer& buffer, const CellSpec& c, int64_t hidden) {
  return {buffer.data(), c.states * hidden, buffer.data() + hidden, c.states * hidden};
}

void copy_states(const CellSpec& c, int64_t hidden, int64_t count, States<const float> from,
                 States<float> to) {
  for (int64_t b = 0; b < count; ++b) {
    std::copy_n(from.row(b).h, hidden, to.row(b).h);
    std::copy_n(from.row(b).rest, (c.states - 1) * hidden, to.row(b).rest);
  }
}

// Steps are taken against their running order; `carry` holds the gradients that come back from the
// step after.
void run_backward(const Recurrence& r, const RecurrenceGradients& g, const PackedMatrix& weight,
                  int64_t block) {
  const CellSpec& c = r.cell->spec;
  const int64_t gates = c.gates * r.hidden, steps = std::ssize(r.widths),
                first = block * block_size;
  const Buffer carried(block_size * c.states * r.hidden), passed(block_size * c.states * r.hidden);
  const States<float> carry = rows_of(carried, c, r.hidden), ds = rows_of(passed, c, r.hidden);
  int64_t open = 0;  // sequences of the block whose final states have been met
  for (int64_t i = steps - 1; i >= 0; --i) {
    const Step step = step_at(r, block, r.reverse ? steps - 1 - i : i);
    if (step.count() > open) {
      copy_states(c, r.hidden, step.count() - open, g.last.row(first + open), carry.row(open));
      open = step.count();
    }
    for (int64_t b = 0; b < step.count(); ++b) {
      const float* dy = g.outputs.row(step.row + b).h;
      float* dh = carry.row(b).h;
      for (int64_t j = 0; j < r.hidden; ++j) dh[j] += dy[j];
    }
    for_states_before(r, step, [&](int64_t offset, int64_t count, States<const float> before) {
      const int64_t row = step.row + offset;
      float* du = g.du + row * gates;
      r.cell->backward(count, r.hidden, carry.row(offset), before,
                       r.saved + row * c.saved * r.hidden, g.dx + row * gates, du, ds.row(offset));
      gemm_step(count, plain(du, gates), weight, ds.row(offset).h, ds.h_stride, true);
    });
    copy_states(c, r.hidden, step.continued, ds, carry);
    copy_states(c, r.hidden, step.count() - step.continued, ds.row(step.continued),
                g.initial.row(first + step.continued));
  }
}

struct Task {
  size_t recurrence;
  int64_t block;
};

std::vector<Task> tasks_of(std::span<const Recurrence> recurrences) {
  std::vector<Task> tasks;
  for (size_t i = 0; i < recurrences.size(); ++i)
    for (int64_t block = 0; block < blocks(recurrences[i]); ++block) tasks.push_back({i, block});
  return tasks;
}

// u = h · weightᵀ forwards, dh = du · weight backwards.
std::vector<PackedMatrix> pack_weights(std::span<const Recurrence> recurrences, bool backward) {
  std::vector<PackedMatrix> packed;
  for (const Recurrence& r : recurrences) {
    const int64_t gates = r.cell->spec.gates * r.hidden;
    packed.push_back(backward ? PackedMatrix(gates, r.hidden, plain(r.weight, r.hidden))
                              : PackedMatrix(r.hidden, gates, transposed(r.weight, r.hidden)));
  }
  return packed;
}

}  // namespace

void recurrence_forward(std::span<const Recurrence> recurrences) {
  const std::vector<PackedMatrix> weights = pack_weights(recurrences, false);
  const std::vector<Task> tasks = tasks_of(recurrences);
  parallel_for(std::ssize(tasks), [&](int64_t i) {
    const auto [k, block] = tasks[static_cast<size_t>(i)];
    run_forward(recurrences[k], weights[k], block);
  });
}

void recurrence_backward(std::span<const Recurrence> recurrences,
                         std::span<const RecurrenceGradients> gradients) {
  const std::vector<PackedMatrix> weights = pack_weights(recurrences, true);
  const std::vector<Task> tasks = tasks_of(recurrences);
  parallel_for(std::ssize(tasks), [&](int64_t i) {
    const auto [k, block] = tasks[static_cast<size_t>(i)];
    run_backward(recurrences[k], gradients[k], weights[k], block);
  });
}

void previous_outputs(const Recurrence& r, float* previous) {
  const auto steps = std::ssize(r.widths);
  parallel_for(blocks(r), [&](int64_t block) {
    for (int64_t t = 0; t < steps; ++t) {
      const Step step = step_at(r, block, t);
      for_states_before(r, step, [&](int64_t offset, int64_t count, States<const float> before) {
        for (int64_t b = 0; b < count; ++b)
          std::copy_n(before.row(b).h, r.hidden, previous + (step.row + offset + b) * r.hidden);
      });
    }
  });
}

}  // namespace cadena::kernels
