// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cadena/base/json.h"
#include "command.h"

namespace cadena {

/// A figure of the lecture in the forms in which it can be had.
struct Figure {
  std::string text;  ///< a table
  Json json;
  std::string svg;
};

/// A sub-verb of `cadena lecture`, whose own options `verb` has already.
Command figure_command(CLI::App* verb, const std::function<Figure()>& draw);

// One for each figure.
Command add_bptt(CLI::App& lecture);
Command add_vanishing(CLI::App& lecture);
Command add_memory(CLI::App& lecture);
Command add_gates(CLI::App& lecture);
Command add_adding(CLI::App& lecture);
Command add_copy(CLI::App& lecture);
Command add_timing(CLI::App& lecture);
Command add_spikes(CLI::App& lecture);

/// An option with a whole number from `min`. Errors: another value.
template <class Number>
void add_count(CLI::App& verb, const std::string& name, Number& value, int min,
               const std::string& help, int max = 100'000) {
  add_number(verb, name, min, max, help + ", " + std::to_string(value) + " by default",
             [&value](int number) { value = static_cast<Number>(number); });
}

/// Options with a number, `value` by default. Errors: another value.
void add_real(CLI::App& verb, const std::string& name, double& value, double min, double max,
              const std::string& help);
void add_real(CLI::App& verb, const std::string& name, float& value, double min, double max,
              const std::string& help);

/// --rho 0.5,0.9. Errors: a number that is not from `min` to `max`.
void add_reals(CLI::App& verb, const std::string& name, std::vector<double>& values, double min,
               double max, const std::string& help);

/// --cell with one name. Errors: there is no such cell.
void add_cell(CLI::App& verb, std::string& cell);
/// --cell elman,lstm.
void add_cells(CLI::App& verb, std::vector<std::string>& cells);

/// 1, 2 ... count, for axes.
std::vector<double> counted(size_t count);

}  // namespace cadena
