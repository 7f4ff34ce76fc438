// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cadena/kernels/recurrence.h"

namespace cadena::kernels {

/// Weights of one direction: G gates of H units, D inputs. Null for those that the cell does not
/// have.
struct LayerWeights {
  const float *input, *recurrent;            // [G·H, D], [G·H, H]
  const float *input_bias, *recurrent_bias;  // [G·H]
  const float* own;                          // [own·H]
  // Shares of states that stay as they were in each row, [N, S·H], or with a stride of 0 in all.
  const float* stay;
  int64_t stay_stride;
  // The first two as a forward pass reads them, if the caller has them at hand.
  std::shared_ptr<const PackedMatrix> packed_input{}, packed_recurrent{};
};
std::shared_ptr<const PackedMatrix> pack_input(const CellKernel& cell, int64_t inputs,
                                               int64_t hidden, const float* weight,
                                               Precision precision);
std::shared_ptr<const PackedMatrix> pack_recurrent(const CellKernel& cell, int64_t hidden,
                                                   const float* weight, Precision precision);

struct LayerShape {
  const CellKernel* cell;
  int64_t inputs, hidden, batch;  // D, H, B
  Sequences sequences;
  int64_t part_rows = 0;  // that go through all products together, at least; 0: what suits caches
};

/// Gradients of a layer over N rows. dy and last are given, null for zeros; the others are added
/// to, null for those that nobody wants.
struct LayerGradients {
  struct Weights {
    Accumulator input, recurrent;
    float *input_bias, *recurrent_bias, *own;
  };
  const float* dy = nullptr;       // [N, directions·H]
  std::vector<const float*> last;  // per state [B, directions·H]
  std::vector<float*> initial;     // per state [B, directions·H]
  Accumulator x{};                 // [N, D]
  std::vector<Weights> weights;    // per direction
};

/// A layer of one or two directions over a packed batch. It goes through the rows in parts of some
/// hundreds, so that what passes between the products of a part stays in the caches, and sums over
/// rows part by part from the end: the bits do not depend on how many parts are kept at once.
class RecurrentLayer {
 public:
  /// `keep`: a backward pass will follow. `memory`: bytes for what it needs of the forward pass
  /// beside x and y; with less than all, the states between some parts are kept and the rest is
  /// computed again. 0: as much as it takes. `precision`: of all products; int8 only without keep.
  RecurrentLayer(const LayerShape& shape, std::span<const LayerWeights> directions, bool keep,
                 int64_t memory, Precision precision = Precision::single);

  /// x [N, D] -> y [N, directions·H] and, per state, `last` [B, directions·H]; from `initial`, one
  /// for each state, or from zeros if there are none. x and y must stay for the backward pass.
  void forward(const float* x, std::span<const float* const> initial, float* y,
               std::span<float* const> last);
  void backward(LayerGradients gradients);

  /// [N, saved·H] of a direction, after a forward pass that kept all.
  std::span<const float> saved(size_t direction) const {
    return directions_[direction].saved.values();
  }

 private:
  // Steps [first, last) and their rows [begin, end).
  struct Part {
    int64_t first, last, begin, end;
    int64_t rows() const { return end - begin; }
  };

  // One direction and what it holds of one segment, some parts in a row.
  struct Direction {
    LayerWeights weights;
    bool reverse;
    int64_t column;  // its first one in y and in each state
    Buffer initial, initial_paired, x, rest, saved, paired;
    Rows<float> rest_rows, saved_rows, paired_rows;
    std::vector<Buffer> checkpoints;  // per segment, states after h that enter it
  };

  // What a backward pass holds of a direction.
  struct Back {
    PackedMatrix input, recurrent;
    Buffer last, carry, initial;
    Buffer dx[2], du[2], du_paired[2];  // of this part and of the one after it
    Buffer dw;
    Rows<float> du_after;
  };

  int64_t gates() const { return shape_.cell->spec.gates * shape_.hidden; }
  int64_t wide() const { return shape_.cell->spec.states * shape_.hidden; }
  int64_t rest_size() const { return wide() - shape_.hidden; }
  int64_t width() const { return std::ssize(directions_) * shape_.hidden; }
  int64_t own_size() const { return shape_.cell->spec.own * shape_.hidden; }
  bool narrow() const { return precision_ == Precision::bfloat16 && shape_.cell->spec.recurrent; }
  int64_t segments() const { return (std::ssize(parts_) + per_segment_ - 1) / per_segment_; }
  int64_t per_segment(int64_t memory) const;
  /// Part number i, in running order, of segment number k.
  const Part* part(const Direction& d, int64_t k, int64_t i) const;
  States<float> side_by_side(const Buffer& buffer) const;
  Buffer gather(std::span<const float* const> states, int64_t column) const;
  Recurrence recurrence(const Direction& d, const Part& part, const PackedMatrix& weight) const;
  void open_segment(Direction& d, int64_t k, bool save);
  void close_segment(Direction& d, int64_t k, std::span<float* const> last);
  void open_paired(Direction& d, const Part& part) const;
  void run_segment(int64_t k);
  void backward_part(std::vector<Back>& backs, LayerGradients& gradients, int64_t k, int64_t i);
  std::vector<const float*> previous_outputs(const Recurrence& r, int64_t& front) const;
  void add_products(const Back& back, const Recurrence& r, const RecurrenceGradients& g,
                    LayerGradients::Weights& sums, const Accumulator& x) const;

  LayerShape shape_;
  std::vector<Direction> directions_;
  bool keep_;
  Precision precision_;
  std::vector<Part> parts_;
  int64_t per_segment_ = 1;
  const float* x_ = nullptr;
  float* y_ = nullptr;
  bool from_zero_ = true;
};

}  // namespace cadena::kernels
