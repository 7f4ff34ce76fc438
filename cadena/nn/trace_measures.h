// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cadena/nn/trace.h"

namespace cadena {

/// One value of each unit over the T steps of a sequence: a gate or a state.
struct Track {
  std::string name;
  int64_t units;
  std::vector<float> values;       // [T, units]
  std::vector<double> gradient{};  // of a state: |dL/ds_t| at each step t
};

/// What one direction of one layer did with one sequence.
struct LayerRecord {
  int network, layer;  // both from 0
  bool reverse;
  std::string cell;
  int steps;  // T
  std::vector<Track> states, gates;
  std::vector<double> triangle;  // [parts, T]: |dE_t/ds_k|, t a part and k a step, over all states
  // [T, units], of the last network: the mean over the parts t of |dE_t/ds_k| of each unit, by the
  // steps from k to t; all zeros after the longest distance there is.
  std::vector<double> decay;
};

struct Observation {
  double loss = 0;         // L
  std::vector<int> parts;  // the steps t of E_t, rising
  std::vector<LayerRecord> layers;
};

/// Runs copies of one input side by side as sequences of one batch (see side_by_side), and gives
/// the sum [1] of a loss of each: of copy i the part E_t of step t = parts[i], or, if that is
/// `whole_loss`, L itself.
using ObservedPass = std::function<Tensor(std::span<const int> parts)>;
inline constexpr int whole_loss = -1;

/// Parts are looked at for so many last steps at most.
inline constexpr int most_parts = 40;

/// Passes under a Tape and a Trace. As sequences of a batch do not touch each other, the gradient
/// of a copy's states is that of its own part, and all parts need few passes. `parts`: 0 if the
/// loss has none, else how many: 0 ... parts - 1. Runs of recurrent networks after the first
/// `networks` are steps of the last of these. Errors: the loss is not finite.
Observation observe(int parts, int networks, const ObservedPass& pass);

/// x [T, D] as rows of `copies` equal sequences side by side, [T·copies, D], row t·copies + b. Its
/// gradient is wanted whether or not that of the weights is.
Tensor side_by_side(const Tensor& x, int64_t copies);
/// The layout of these rows.
Layout layout_side_by_side(int64_t steps, int64_t copies);

/// Shares of a track's values below 0.1 and above 0.9 in size: a gate closed and open, a squashed
/// value at rest and at its limits.
struct Saturation {
  double low, high;
};
Saturation saturation(const Track& track);

/// Of each unit, over all steps: mean of |v_t|, and of |v_t - v_{t-1}|.
std::vector<double> mean_size(const Track& track);
std::vector<double> mean_change(const Track& track);

/// Numbers of the `count` largest values, or all, the largest first; of equal ones the first,
/// NaN last.
std::vector<int64_t> largest(std::span<const double> values, size_t count);

/// How many steps a unit remembers, as the mean of a geometric distribution counts them.
struct Horizon {
  /// The gate whose mean k says it: 1 / (1 - k). Empty: none does, and the decay of |dE_t/ds_k|
  /// does, as its sum over distances from 1 divided by its value at 1, which is the same for k^n.
  std::string gate;
  bool complement = false;    // k is 1 - the gate
  std::vector<double> steps;  // of each unit; NaN where no gradient shows it; empty: not known
};
Horizon memory_horizon(const LayerRecord& layer);

}  // namespace cadena
