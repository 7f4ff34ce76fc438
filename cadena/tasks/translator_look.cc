// SPDX-License-Identifier: MIT
// What a translator does while it reads a line and says its best answer.
#include <cmath>
#include <numeric>
#include <utility>

#include "cadena/autograd/ops.h"
#include "cadena/tasks/translator.h"

namespace cadena {
namespace {

// Of each of the symbols after those before it.
std::vector<double> probabilities(const DecoderStepper& stepper, const Decoder::Source& source,
                                  std::span<const int32_t> inputs,
                                  std::span<const int32_t> symbols) {
  std::vector<double> all;
  DecoderStepper::Memory memory = stepper.start(source);
  for (size_t t = 0; t < symbols.size(); ++t) {
    const Tensor p = softmax(stepper.step(source, inputs.subspan(t, 1), memory));
    all.push_back(p.data()[symbols[t]]);
  }
  return all;
}

// Each value as often as there are copies, side by side.
std::vector<int32_t> repeated(std::span<const int32_t> values, int64_t copies) {
  std::vector<int32_t> all;
  for (const int32_t value : values) all.insert(all.end(), static_cast<size_t>(copies), value);
  return all;
}

}  // namespace

Tensor Translator::loss_of_parts(const Tensor& vectors, const Source& source,
                                 std::span<const int32_t> inputs, std::span<const int32_t> symbols,
                                 std::span<const int> parts) const {
  const auto copies = std::ssize(parts);
  Decoder::Target target{layout_side_by_side(std::ssize(symbols), copies),
                         std::vector<int32_t>(parts.size()),
                         repeated(inputs, copies),
                         {}};
  std::iota(target.source.begin(), target.source.end(), 0);
  for (int64_t i = 0; i < target.layout.rows(); ++i) {
    const int64_t t = i / copies, part = parts[static_cast<size_t>(i % copies)];
    target.targets.push_back(part == whole_loss || part == t ? symbols[static_cast<size_t>(t)]
                                                             : -1);
  }
  const Decoder::Source encoded =
      network_->encode(side_by_side(vectors, copies), layout_side_by_side(vectors.rows(), copies),
                       repeated(source.words, copies));
  return network_->decoder().loss(encoded, target);
}

Inspection Translator::look(std::istream& in, const InspectOptions& options) {
  const std::string text = normal_form(chosen_line(in, options));
  const Source source = encode_source(text);
  expect_inspectable(std::ssize(source.units), options);
  const Answer answer =
      std::move(this->answer({&text, 1}, {.width = beam_.width, .length_power = beam_.length_power})
                    .at(0)
                    .at(0));
  std::vector<int32_t> symbols = answer.hypothesis.symbols, inputs{target_units_.line_end()};
  for (const int32_t symbol : symbols) inputs.push_back(readable(symbol));
  if (std::ssize(symbols) < data_.longest_target)
    symbols.push_back(target_units_.line_end());
  else
    inputs.pop_back();

  Inspection seen{.text = text,
                  .loss = "-log p of its own answer",
                  .part = "-log p of unit t of the answer",
                  .networks = {{"encoder", source_units_.split(text)}, {"decoder", {}}},
                  .answers = {},
                  .observation = {},
                  .grids = {}};
  std::vector<std::string>& read = seen.networks[0].steps;
  read.resize(source.units.size());
  for (const int32_t input : inputs)
    seen.networks[1].steps.push_back(target_units_.vocabulary().text(input));
  const int only = 0;
  const std::vector<double> p = probabilities(
      DecoderStepper(network_->decoder()), read_sources({&source, 1}, {&only, 1}), inputs, symbols);
  for (size_t t = 0; t < symbols.size(); ++t)
    seen.answers.push_back({t < answer.units.size() ? answer.units[t] : "\n", p[t]});
  if (options_.attention != "none") {
    Grid& grid = seen.grids.emplace_back(Grid{"attention", answer.units, read, {}});
    for (const std::vector<float>& row : attention_of(text, answer))
      grid.values.insert(grid.values.end(), row.begin(), row.end());
  }

  const Tensor vectors = network_->vectors(source.units);
  seen.observation = observe(static_cast<int>(std::ssize(symbols)), 2, [&](auto parts) {
    return loss_of_parts(vectors, source, inputs, symbols, parts);
  });
  return seen;
}

}  // namespace cadena
