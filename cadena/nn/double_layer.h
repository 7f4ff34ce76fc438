// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cadena {

/// One direction of a recurrent layer of a cell of cells/all.inl over one sequence, in double
/// precision and by the plainest loops: what the layers that train are held against.
class DoubleLayer {
 public:
  /// All that such a layer reads, a gradient of all that, or a direction in which all that moves.
  /// T steps, D inputs, H units, S states, G gates; empty what the cell does not have.
  enum Part { x, initial, input, recurrent, input_bias, recurrent_bias, own, parts };
  /// [T, D], [S, H], [G·H, D], [G·H, H], [G·H], [G·H], [own, H].
  using Parts = std::array<std::vector<double>, parts>;
  static constexpr std::array<const char*, parts> part_names{
      "x", "initial states", "weight_ih", "weight_hh", "bias_ih", "bias_hh", "own weights"};

  /// What it writes, or how much each number of that weighs in a loss.
  struct Result {
    std::vector<double> output, last;  // [T, H], [S, H]
  };

  /// Whether there is such a form of a cell.
  static bool exists(std::string_view cell);
  /// Errors: there is none.
  DoubleLayer(std::string_view cell, int64_t steps, int64_t inputs, int64_t hidden);

  /// Zeros.
  Parts zeros() const;
  Result forward(const Parts& at) const;
  /// The gradient of the weighted sum of the result, back through time.
  Parts backward(const Parts& at, const Result& weights) const;
  /// The derivative of that sum along a direction: the complex step Im f(at + i·h·along) / h of
  /// forward(), which has no rounding error of its own (Squire and Trapp, 1998).
  double slope(const Parts& at, const Parts& along, const Result& weights) const;

 private:
  struct Form;
  static const std::vector<Form>& forms();

  const Form* form_;
  int64_t steps_, inputs_, hidden_;
};

}  // namespace cadena
