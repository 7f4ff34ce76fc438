// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "cadena/nn/trace_measures.h"

namespace cadena {

/// What Task::inspect looks at.
struct InspectOptions {
  std::string input;       ///< a form of Task::inputs()
  std::string file = "-";  ///< name of the input in errors
  int64_t number = 1;      ///< which line, sentence or series of it, from 1
};

/// Longer inputs would take memory, and nobody would see anything.
inline constexpr int most_inspected = 500;

/// Numbers in rows and columns with their names.
struct Grid {
  std::string name;
  std::vector<std::string> rows, columns;
  std::vector<float> values;  ///< [rows · columns]; NaN: not possible
};

/// What a network did with one input, step by step.
struct Inspection {
  std::string text;  ///< what was read
  std::string loss;  ///< what L is, whose value observation.loss has; a sum of parts, or not
  std::string part;  ///< what the parts E_t are; empty: there are none

  /// The recurrent networks in the order of LayerRecord::network, and what they read at each step.
  struct Network {
    std::string name;
    std::vector<std::string> steps;
  };
  std::vector<Network> networks;

  /// Of each step of the last network, or one of all.
  struct Answer {
    std::string text;
    double probability;  ///< of the text
    std::string best{};  ///< the likeliest, if it is another
  };
  std::vector<Answer> answers;

  Observation observation;
  std::vector<Grid> grids;  ///< "attention", "marginals" ...
};

/// Errors: a number that is not from 1 to most_inspected.
void expect_inspectable(int64_t steps, const InspectOptions& options);
/// For a file of so many inputs, fewer than InspectOptions::number.
[[noreturn]] void throw_too_few(const InspectOptions& options, int64_t items);

/// The line that is asked for. Errors: it is not there, or no text.
std::string chosen_line(std::istream& in, const InspectOptions& options);

/// Rows of a matrix as a grid.
Grid grid_of(std::string name, std::vector<std::string> rows, std::vector<std::string> columns,
             const Tensor& values);

}  // namespace cadena
