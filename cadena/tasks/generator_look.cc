// SPDX-License-Identifier: MIT
// What a language model does at each unit of a line.
#include <algorithm>
#include <utility>

#include "cadena/autograd/ops.h"
#include "cadena/tasks/generator.h"

namespace cadena {
namespace {

// Likeliest units that are told of each step.
constexpr size_t told = 5;

// A row of the likeliest for each step: their probabilities stand where their rank says.
void add_answers(const TextUnits& units, const Tensor& p, std::span<const int32_t> targets,
                 Inspection& seen) {
  const auto& vocabulary = units.vocabulary();
  for (size_t t = 0; t < targets.size(); ++t) {
    const float* const row = p.data() + static_cast<int64_t>(t) * p.cols();
    const auto best = static_cast<int32_t>(std::max_element(row, row + p.cols()) - row);
    seen.answers.push_back({.text = vocabulary.text(targets[t]),
                            .probability = row[targets[t]],
                            .best = best == targets[t] ? std::string() : vocabulary.text(best)});
  }
}

// The units that are likeliest somewhere, by their mean probability.
Grid likeliest(const TextUnits& units, const Tensor& p, const std::vector<std::string>& steps) {
  std::vector<double> sums(static_cast<size_t>(p.cols()));
  for (int64_t i = 0; i < p.size(); ++i) sums[static_cast<size_t>(i % p.cols())] += p.data()[i];
  Grid grid{.name = "probabilities", .rows = steps, .columns = {}, .values = {}};
  const std::vector<int64_t> best = largest(sums, told * 4);
  for (const int64_t unit : best)
    grid.columns.push_back(units.vocabulary().text(static_cast<int32_t>(unit)));
  for (int64_t t = 0; t < p.rows(); ++t)
    for (const int64_t unit : best) grid.values.push_back(p.data()[t * p.cols() + unit]);
  return grid;
}

}  // namespace

Inspection Generator::look(std::istream& in, const InspectOptions& options) {
  Inspection seen{.text = chosen_line(in, options),
                  .loss = "-log p of the line and its end",
                  .part = "-log p of the unit after step t",
                  .networks = {{"recurrent", {}}},
                  .answers = {},
                  .observation = {},
                  .grids = {}};
  std::vector<int32_t> inputs{units_.line_end()}, targets;
  units_.encode(seen.text, inputs);
  targets.assign(inputs.begin() + 1, inputs.end());
  targets.push_back(units_.line_end());
  expect_inspectable(std::ssize(inputs), options);
  std::vector<std::string>& steps = seen.networks[0].steps;
  for (const int32_t unit : inputs) steps.push_back(units_.vocabulary().text(unit));

  const Tensor vectors = network_->vectors(inputs);
  State state = network_->start(1);
  const Tensor p = softmax(
      network_->logits(network_->features(vectors, layout_side_by_side(vectors.rows(), 1), state)));
  add_answers(units_, p, targets, seen);
  seen.grids.push_back(likeliest(units_, p, steps));

  const auto loss_of_parts = [&](std::span<const int> parts) {
    const auto copies = std::ssize(parts);
    State start = network_->start(copies);
    const Tensor features = network_->features(side_by_side(vectors, copies),
                                               layout_side_by_side(vectors.rows(), copies), start);
    std::vector<int32_t> rows, wanted;
    for (int64_t i = 0; i < features.rows(); ++i) {
      const int64_t t = i / copies, part = parts[static_cast<size_t>(i % copies)];
      if (part != whole_loss && part != t) continue;
      rows.push_back(static_cast<int32_t>(i));
      wanted.push_back(targets[static_cast<size_t>(t)]);
    }
    return cross_entropy(network_->logits(gather(features, rows)), wanted);
  };
  seen.observation = observe(static_cast<int>(std::ssize(steps)), 1, loss_of_parts);
  return seen;
}

}  // namespace cadena
