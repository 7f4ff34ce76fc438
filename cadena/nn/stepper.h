// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "cadena/base/error.h"
#include "cadena/nn/recurrent.h"

namespace cadena {

/// A recurrent network made ready to run one sequence step by step: its weights as they were at
/// construction, packed once in the precision of that moment (compute()), and its memory. A step
/// neither allocates nor locks, so it may stand in an audio or a control loop; it gives the bits of
/// the whole sequence from a given state of zeros. (One of composed cells allocates.)
class Stepper {
 public:
  /// From zeros. Errors: the network looks in both directions.
  explicit Stepper(const Recurrent& network);
  /// The same from the weights of each layer. Errors: no layer, an unknown cell.
  Stepper(std::string_view cell, std::span<const RecurrentWeights> layers);
  Stepper(Stepper&&) noexcept;
  Stepper& operator=(Stepper&&) noexcept;
  ~Stepper();

  /// x [D] -> the output [H], a part of the memory. Errors: none are checked.
  std::span<const float> step(std::span<const float> x);

  /// Back to zeros.
  void reset();
  /// The states of each layer one after the other, to copy from and to; elsewhere after each step.
  std::span<float> memory();

 private:
  struct Network;
  struct Composed;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Composed> composed_{};  // instead
};

/// A Stepper whose sizes the compiler checks: so many values in and out.
template <size_t inputs, size_t outputs>
class FixedStepper {
 public:
  /// Errors: as Stepper; the network has other sizes.
  explicit FixedStepper(const Recurrent& network) : stepper_(network) {
    if (network.options().input != inputs || network.options().hidden != outputs)
      throw Error("recurrent: a network of " + std::to_string(network.options().input) +
                  " inputs and " + std::to_string(network.options().hidden) +
                  " outputs for a stepper of " + std::to_string(inputs) + " and " +
                  std::to_string(outputs));
  }

  std::span<const float, outputs> step(std::span<const float, inputs> x) {
    return stepper_.step(x).template first<outputs>();
  }
  void reset() { stepper_.reset(); }
  std::span<float> memory() { return stepper_.memory(); }

 private:
  Stepper stepper_;
};

/// The same for a linear layer: x [D] -> [H].
class LinearStepper {
 public:
  /// weight [H, D], bias [H].
  LinearStepper(const Tensor& weight, const Tensor& bias);
  LinearStepper(LinearStepper&&) noexcept;
  LinearStepper& operator=(LinearStepper&&) noexcept;
  ~LinearStepper();

  std::span<float> step(std::span<const float> x);

 private:
  friend class Stepper;
  struct Layer;
  std::unique_ptr<Layer> layer_;
};

}  // namespace cadena
