// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cadena/lecture/toy_training.h"

namespace cadena {

/// What one unit does at each step of one sequence of the keeping problem, after it was trained.
struct GateValues {
  std::vector<double> input, mark;               ///< of each step
  std::vector<std::string> gates, states;        ///< names, by the equation of the cell
  std::vector<std::vector<double>> gate_values;  ///< of each gate, by step
  std::vector<std::vector<double>> state_values;
  ToyResult training;
};

/// Trains a network on sequences of 10 steps and runs it on one of `length`. Of its first unit;
/// with one unit alone there is nothing else to see. Errors: as train_toy, length below 2.
GateValues gate_values(const ToyOptions& options, int length);

}  // namespace cadena
