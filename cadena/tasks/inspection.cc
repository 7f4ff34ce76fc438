// SPDX-License-Identifier: MIT
#include "cadena/tasks/inspection.h"

#include <fmt/format.h>

#include <utility>

#include "cadena/base/error.h"
#include "cadena/data/lines.h"
#include "cadena/tasks/task.h"

namespace cadena {

Inspection Task::inspect(std::istream& in, const InspectOptions& options) {
  Inspection seen = look(in, options);
  for (const Tensor& weights : parameters(*this)) weights.clear_grad();
  return seen;
}

Inspection Task::look(std::istream&, const InspectOptions&) {
  throw Error(fmt::format("what a model of '{}' does at each step cannot be inspected yet", name()),
              "without INPUT, inspect tells what the file holds");
}

void expect_inspectable(int64_t steps, const InspectOptions& options) {
  if (steps < 1)
    throw Error(Place{options.file},
                fmt::format("number {} is empty: there are no steps to look at", options.number),
                "--line chooses another");
  if (steps > most_inspected)
    throw Error(Place{options.file},
                fmt::format("number {} has {} steps: at most {} can be looked at", options.number,
                            steps, most_inspected),
                "give a part of it");
}

void throw_too_few(const InspectOptions& options, int64_t inputs) {
  throw Error(Place{options.file},
              fmt::format("there is no number {}: it has {}", options.number, inputs),
              "--line chooses one, by default the first");
}

std::string chosen_line(std::istream& in, const InspectOptions& options) {
  LineReader reader(in, options.file);
  int64_t lines = 0;
  while (const auto line = reader.next()) {
    if (++lines < options.number) continue;
    expect_text(*line, options.file);
    return std::string(line->text);
  }
  throw_too_few(options, lines);
}

Grid grid_of(std::string name, std::vector<std::string> rows, std::vector<std::string> columns,
             const Tensor& values) {
  return {std::move(name),
          std::move(rows),
          std::move(columns),
          {values.values().begin(), values.values().end()}};
}

}  // namespace cadena
