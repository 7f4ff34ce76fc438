// SPDX-License-Identifier: MIT
#include "cadena/kernels/recurrent_layer.h"

#include <algorithm>
#include <utility>

#include "cadena/kernels/pointwise.h"
#include "cadena/kernels/rows.h"

namespace cadena::kernels {
namespace {

// Rows of a part at least: enough for the products over them to run at full speed, and as many as
// have their gates in a cache, for threads meet at each end of a part.
int64_t rows_of_part(int64_t gates) {
  constexpr int64_t enough = 512, cached = int64_t{1} << 17;  // rows, floats
  return std::max(enough, cached / gates);
}

// At least that large; what was in it is gone.
void resize(Buffer& buffer, int64_t size) {
  if (buffer.size() >= size) return;
  buffer = {};
  buffer = Buffer(size);
}

// Rows of so many bfloat16 numbers; a product reads them in pairs, so the one after an odd last one
// must be zero.
void resize_paired(Buffer& buffer, int64_t rows, int64_t values) {
  resize(buffer, rows * paired_size(values));
  if (values % 2 == 1) std::ranges::fill(buffer.values(), 0.0f);
}

}  // namespace

std::shared_ptr<const PackedMatrix> pack_input(const CellKernel& cell, int64_t inputs,
                                               int64_t hidden, const float* weight,
                                               Precision precision) {
  return std::make_shared<PackedMatrix>(inputs, cell.spec.gates * hidden,
                                        transposed(weight, inputs), precision);
}

std::shared_ptr<const PackedMatrix> pack_recurrent(const CellKernel& cell, int64_t hidden,
                                                   const float* weight, Precision precision) {
  return std::make_shared<PackedMatrix>(cell.pack_forward(hidden, weight, precision));
}

RecurrentLayer::RecurrentLayer(const LayerShape& shape, std::span<const LayerWeights> directions,
                               bool keep, int64_t memory, Precision precision)
    : shape_(shape), keep_(keep), precision_(precision) {
  const Sequences& s = shape.sequences;
  const int64_t rows = shape.part_rows > 0 ? shape.part_rows : rows_of_part(gates());
  for (int64_t t = 0; t < s.steps(); ++t) {
    if (parts_.empty() || parts_.back().rows() >= rows)
      parts_.push_back({t, t, s.row(t), s.row(t)});
    parts_.back().last = t + 1;
    parts_.back().end = s.row(t) + s.width(t);
  }
  for (const LayerWeights& w : directions) {
    Direction& d = directions_.emplace_back();
    d.weights = w;
    d.reverse = directions_.size() == 2;
    d.column = d.reverse ? shape.hidden : 0;
    if (!w.packed_input)
      d.weights.packed_input =
          pack_input(*shape.cell, shape.inputs, shape.hidden, w.input, precision);
    if (!w.packed_recurrent)
      d.weights.packed_recurrent =
          pack_recurrent(*shape.cell, shape.hidden, w.recurrent, precision);
  }
  per_segment_ = per_segment(memory);
}

// Without a backward pass nothing but the states between parts has to stay.
int64_t RecurrentLayer::per_segment(int64_t memory) const {
  const int64_t count = std::ssize(parts_);
  if (count == 0 || !keep_) return 1;
  if (memory == 0) return count;
  int64_t rows = 0;
  for (const Part& part : parts_) rows = std::max(rows, part.rows());
  const int64_t bytes = std::ssize(directions_) * static_cast<int64_t>(sizeof(float));
  const int64_t of_part = rows * (shape_.cell->spec.saved * shape_.hidden + rest_size()) * bytes;
  const auto needed = [&](int64_t parts) {
    return parts * of_part + (count + parts - 1) / parts * shape_.batch * rest_size() * bytes;
  };
  int64_t best = 1;
  for (int64_t parts = 1; parts <= count; ++parts)
    if (needed(parts) <= std::max(memory, needed(best))) best = parts;
  return best;
}

// Parts are counted in running order, so that with any number of them in a segment the same two of
// both directions go together, and their sums into dx keep their order.
const RecurrentLayer::Part* RecurrentLayer::part(const Direction& d, int64_t k, int64_t i) const {
  const int64_t running = k * per_segment_ + i, count = std::ssize(parts_);
  if (i >= per_segment_ || running >= count) return nullptr;
  return &parts_[static_cast<size_t>(d.reverse ? count - 1 - running : running)];
}

States<float> RecurrentLayer::side_by_side(const Buffer& buffer) const {
  return {buffer.data(), wide(), buffer.data() + shape_.hidden, wide()};
}

// The states of one direction side by side, [B, S·H]; zeros where there are none.
Buffer RecurrentLayer::gather(std::span<const float* const> states, int64_t column) const {
  Buffer together(shape_.batch * wide());
  std::ranges::fill(together.values(), 0.0f);
  for (size_t s = 0; s < states.size(); ++s)
    if (states[s])
      copy_columns(shape_.batch, shape_.hidden, states[s] + column, width(),
                   together.data() + static_cast<int64_t>(s) * shape_.hidden, wide());
  return together;
}

Recurrence RecurrentLayer::recurrence(const Direction& d, const Part& part,
                                      const PackedMatrix& weight) const {
  return {.cell = shape_.cell,
          .weight = &weight,
          .hidden = shape_.hidden,
          .sequences = shape_.sequences,
          .reverse = d.reverse,
          .first = part.first,
          .last = part.last,
          .bias = d.weights.recurrent_bias,
          .own = d.weights.own,
          .stay = {d.weights.stay, d.weights.stay_stride, 0},
          .initial = side_by_side(d.initial),
          .from_zero = from_zero_,
          .x = {d.x.data(), gates(), part.begin},
          .h = {y_ + d.column, width(), 0},
          .rest = d.rest_rows,
          .saved = d.saved_rows,
          .paired = d.paired_rows,
          .initial_paired = {d.initial_paired.data(), paired_size(shape_.hidden), 0}};
}

void RecurrentLayer::forward(const float* x, std::span<const float* const> initial, float* y,
                             std::span<float* const> last) {
  x_ = x;
  y_ = y;
  from_zero_ = initial.empty();
  for (Direction& d : directions_) {
    d.initial = gather(initial, d.column);
    if (narrow()) {
      d.initial_paired = Buffer(shape_.batch * paired_size(shape_.hidden));
      to_bfloat16(shape_.batch, shape_.hidden, d.initial.data(), wide(), d.initial_paired.data());
    }
    for (size_t s = 0; s < last.size(); ++s)  // of sequences without steps
      copy_columns(shape_.batch, shape_.hidden,
                   d.initial.data() + static_cast<int64_t>(s) * shape_.hidden, wide(),
                   last[s] + d.column, width());
    d.checkpoints.resize(static_cast<size_t>(segments()));
  }
  for (int64_t k = 0; k < segments(); ++k) {
    for (Direction& d : directions_) open_segment(d, k, keep_ && segments() == 1);
    run_segment(k);
    for (Direction& d : directions_) close_segment(d, k, last);
  }
}

// Makes room for a segment and for the step before it.
void RecurrentLayer::open_segment(Direction& d, int64_t k, bool save) {
  const Part* first = part(d, k, 0);
  const Part* last = first;
  int64_t rows = 0, most = 0;
  for (int64_t i = 0; const Part* p = part(d, k, i); ++i) {
    last = p;
    rows += p->rows();
    most = std::max(most, p->rows());
  }
  const Part& lowest = d.reverse ? *last : *first;
  const int64_t before = d.reverse ? first->last : first->first - 1;
  const int64_t entering = k == 0 ? 0 : shape_.sequences.width(before);
  resize(d.x, most * gates());
  d.saved_rows = {};
  if (save) {
    resize(d.saved, rows * shape_.cell->spec.saved * shape_.hidden);
    d.saved_rows = {d.saved.data(), shape_.cell->spec.saved * shape_.hidden, lowest.begin};
  }
  if (rest_size() == 0) return;
  resize(d.rest, (rows + entering) * rest_size());
  d.rest_rows = {d.rest.data(), rest_size(), lowest.begin - (d.reverse ? 0 : entering)};
  if (entering > 0)
    std::copy_n(d.checkpoints[static_cast<size_t>(k)].data(), entering * rest_size(),
                d.rest_rows.row(shape_.sequences.row(before)));
  if (!keep_) d.checkpoints[static_cast<size_t>(k)] = {};
}

// Keeps the states that enter the next segment and those with which sequences end in this one.
void RecurrentLayer::close_segment(Direction& d, int64_t k, std::span<float* const> last) {
  const Sequences& s = shape_.sequences;
  int64_t final_step = 0;
  for (int64_t i = 0; const Part* p = part(d, k, i); ++i) {
    for (int64_t t = p->first; t < p->last; ++t)
      for (int64_t b = d.reverse ? (t == 0 ? 0 : s.width(t)) : s.width(t + 1); b < s.width(t);
           ++b) {
        std::copy_n(y_ + (s.row(t) + b) * width() + d.column, shape_.hidden,
                    last[0] + b * width() + d.column);
        for (int64_t state = 1; state < std::ssize(last); ++state)
          std::copy_n(d.rest_rows.row(s.row(t) + b) + (state - 1) * shape_.hidden, shape_.hidden,
                      last[static_cast<size_t>(state)] + b * width() + d.column);
      }
    final_step = d.reverse ? p->first : p->last - 1;
  }
  if (rest_size() == 0 || k + 1 == segments()) return;
  const int64_t size = s.width(final_step) * rest_size();
  Buffer& checkpoint = d.checkpoints[static_cast<size_t>(k + 1)];
  checkpoint = Buffer(size);
  std::copy_n(d.rest_rows.row(s.row(final_step)), size, checkpoint.data());
}

// Makes room for a part's h in bfloat16, and for that of the step before it.
void RecurrentLayer::open_paired(Direction& d, const Part& part) const {
  const Sequences& s = shape_.sequences;
  const int64_t before = d.reverse ? part.last : part.first - 1, entering = s.width(before);
  resize_paired(d.paired, part.rows() + entering, shape_.hidden);
  d.paired_rows = {d.paired.data(), paired_size(shape_.hidden),
                   part.begin - (d.reverse ? 0 : entering)};
  if (entering > 0)
    to_bfloat16(entering, shape_.hidden, y_ + s.row(before) * width() + d.column, width(),
                d.paired_rows.row(s.row(before)));
}

void RecurrentLayer::run_segment(int64_t k) {
  for (int64_t i = 0; i < per_segment_; ++i) {
    std::vector<Recurrence> together;
    for (Direction& d : directions_)
      if (const Part* p = part(d, k, i)) {
        if (narrow()) open_paired(d, *p);
        gemm(p->rows(), plain(x_ + p->begin * shape_.inputs, shape_.inputs),
             *d.weights.packed_input, d.x.data(), gates(), {d.weights.input_bias, 0});
        together.push_back(recurrence(d, *p, *d.weights.packed_recurrent));
      }
    recurrence_forward(together);
  }
}

void RecurrentLayer::backward(LayerGradients gradients) {
  std::vector<Back> backs;
  for (const Direction& d : directions_) {
    Back& back = backs.emplace_back();
    back.input =
        PackedMatrix(gates(), shape_.inputs, plain(d.weights.input, shape_.inputs), precision_);
    back.recurrent = PackedMatrix(d.weights.recurrent ? gates() : 0, shape_.hidden,
                                  plain(d.weights.recurrent, shape_.hidden), precision_);
    back.last = gather(gradients.last, d.column);
    back.carry = Buffer(shape_.batch * wide());
    back.initial = gather(gradients.last, d.column);  // stays so where there are no steps
  }
  if (gradients.x.data && directions_.size() > 1 && !std::exchange(gradients.x.holds, true))
    std::fill_n(gradients.x.data, parts_.empty() ? 0 : parts_.back().end * shape_.inputs, 0.0f);
  for (int64_t k = segments() - 1; k >= 0; --k) {
    if (segments() > 1) {
      for (Direction& d : directions_) open_segment(d, k, true);
      run_segment(k);
    }
    for (int64_t i = per_segment_ - 1; i >= 0; --i) backward_part(backs, gradients, k, i);
  }
  for (size_t s = 0; s < gradients.initial.size(); ++s)
    if (gradients.initial[s])
      for (size_t d = 0; d < backs.size(); ++d)
        add_columns(shape_.batch, shape_.hidden,
                    backs[d].initial.data() + static_cast<int64_t>(s) * shape_.hidden, wide(),
                    gradients.initial[s] + directions_[d].column, width());
}

void RecurrentLayer::backward_part(std::vector<Back>& backs, LayerGradients& gradients, int64_t k,
                                   int64_t i) {
  std::vector<Recurrence> together;
  std::vector<RecurrenceGradients> theirs;
  std::vector<size_t> which;
  for (size_t n = 0; n < directions_.size(); ++n) {
    const Direction& d = directions_[n];
    const Part* p = part(d, k, i);
    if (!p) continue;
    Back& back = backs[n];
    const auto rows_of = [&](Buffer(&buffers)[2]) -> Rows<float> {
      std::swap(buffers[0], buffers[1]);
      resize(buffers[0], p->rows() * gates());
      return {buffers[0].data(), gates(), p->begin};
    };
    const Rows<float> dx = rows_of(back.dx), du = shape_.cell->spec.summed ? dx : rows_of(back.du);
    Rows<float> du_paired;
    if (narrow()) {
      std::swap(back.du_paired[0], back.du_paired[1]);
      resize_paired(back.du_paired[0], p->rows(), gates());
      du_paired = {back.du_paired[0].data(), paired_size(gates()), p->begin};
    }
    Rows<float> dw;
    if (gradients.weights[n].own) {
      resize(back.dw, p->rows() * own_size());
      dw = {back.dw.data(), own_size(), p->begin};
    }
    Rows<const float> dy;
    if (gradients.dy) dy = {gradients.dy + d.column, width(), 0};
    which.push_back(n);
    together.push_back(recurrence(d, *p, back.recurrent));
    theirs.push_back(
        {.outputs = dy,
         .last = side_by_side(back.last),
         .dx = dx,
         .du = du,
         .dw = dw,
         .du_paired = du_paired,
         .du_after = back.du_after,
         .carry = side_by_side(back.carry),
         .initial = gradients.initial.empty() ? States<float>() : side_by_side(back.initial)});
  }
  recurrence_backward(together, theirs);
  for (size_t j = 0; j < which.size(); ++j) {
    const size_t n = which[j];
    backs[n].du_after = narrow() ? theirs[j].du_paired : theirs[j].du;
    add_products(backs[n], together[j], theirs[j], gradients.weights[n], gradients.x);
  }
}

// The h that entered each row of a part, without those of a first step from zeros, which count
// `front` rows at the beginning of the part.
std::vector<const float*> RecurrentLayer::previous_outputs(const Recurrence& r,
                                                           int64_t& front) const {
  const Sequences& s = r.sequences;
  front = 0;
  std::vector<const float*> rows;
  for (int64_t t = r.first; t < r.last; ++t) {
    const int64_t before = r.reverse ? t + 1 : t - 1;
    const int64_t continued = std::min(s.width(before), s.width(t));
    if (r.from_zero && continued == 0 && (t == 0 || t + 1 == s.steps())) {
      if (!r.reverse) front = s.width(t);
      continue;
    }
    for (int64_t b = 0; b < s.width(t); ++b)
      rows.push_back(b < continued ? r.h.row(s.row(before) + b) : r.initial.row(b).h);
  }
  return rows;
}

// The sums over the rows of a part.
void RecurrentLayer::add_products(const Back& back, const Recurrence& r,
                                  const RecurrenceGradients& g, LayerGradients::Weights& sums,
                                  const Accumulator& x) const {
  const Sequences& s = r.sequences;
  const int64_t begin = s.row(r.first), rows = s.row(r.last - 1) + s.width(r.last - 1) - begin;
  const int64_t inputs = shape_.inputs;
  if (sums.input.data)
    gemm_add(gates(), inputs, rows, transposed(g.dx.data, gates()),
             plain(x_ + begin * inputs, inputs), sums.input, precision_);
  if (sums.recurrent.data) {
    int64_t front = 0;
    const PackedMatrix previous(previous_outputs(r, front), shape_.hidden, precision_);
    gemm_add(gates(), transposed(g.du.row(begin + front), gates()), previous, sums.recurrent);
  }
  if (x.data)
    gemm(rows, plain(g.dx.data, gates()), back.input, x.data + begin * inputs, inputs,
         x.holds ? Start{x.data + begin * inputs, inputs} : Start{});
  sums.input.holds = sums.recurrent.holds = true;
  if (sums.own) add_row_sum(rows, own_size(), g.dw.data, sums.own);

  const Buffer sum(gates());
  std::ranges::fill(sum.values(), 0.0f);
  add_row_sum(rows, gates(), g.dx.data, sum.data());
  if (sums.input_bias) add_scaled(gates(), 1, sum.data(), sums.input_bias);
  if (!sums.recurrent_bias) return;
  if (shape_.cell->spec.summed)
    add_scaled(gates(), 1, sum.data(), sums.recurrent_bias);
  else
    add_row_sum(rows, gates(), g.du.data, sums.recurrent_bias);
}

}  // namespace cadena::kernels
