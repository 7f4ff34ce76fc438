// SPDX-License-Identifier: MIT
#include "cadena/tasks/generator_network.h"

#include <utility>

#include "cadena/autograd/ops.h"

namespace cadena {
namespace {

// Small vectors, because they may be output weights too.
constexpr float vector_bound = 0.1f;

bool projects(const GeneratorOptions& o) { return o.tied && o.hidden != o.size; }

}  // namespace

int64_t GeneratorNetwork::least_parameters(const GeneratorOptions& o, int units) {
  return int64_t{units} * (o.tied ? o.size : o.size + o.hidden) +
         cadena::least_parameters(
             {.cell = o.cell, .input = o.size, .hidden = o.hidden, .layers = o.layers});
}

GeneratorNetwork::GeneratorNetwork(const GeneratorOptions& options, int units, Rng& rng)
    : options_(options),
      units_(units, options.size, vector_bound, rng),
      recurrent_({.cell = options.cell,
                  .input = options.size,
                  .hidden = options.hidden,
                  .layers = options.layers,
                  .dropout = options.dropout,
                  .tuning = {.weight_drop = options.weight_drop}},
                 rng),
      output_bias_(Tensor::parameter({units})) {
  if (projects(options)) projection_.emplace(options.hidden, options.size, rng);
  if (!options.tied) own_weight_ = uniform_parameter({units, options.hidden}, vector_bound, rng);
}

Tensor GeneratorNetwork::features(const Tensor& vectors, const Layout& layout, State& state) const {
  Recurrent::Result result =
      recurrent_(sequence_dropout(vectors, layout, options_.dropout), layout, state);
  state = std::move(result.last);
  const Tensor output = sequence_dropout(result.output, layout, options_.dropout);
  return projection_ ? (*projection_)(output) : output;
}

Tensor GeneratorNetwork::loss(std::span<const int32_t> inputs, std::span<const int32_t> targets,
                              const Layout& layout, State& state) const {
  return linear_cross_entropy(features(vectors(inputs), layout, state), output_weight(),
                              output_bias_, targets);
}

Tensor GeneratorNetwork::logits(std::span<const int32_t> inputs, const Layout& layout,
                                State& state) const {
  return logits(features(vectors(inputs), layout, state));
}

GeneratorNetwork::Reader::Reader(const GeneratorNetwork& network)
    : units_(network.units_.weight()),
      recurrent_(network.recurrent_),
      output_(network.output_weight(), network.output_bias_) {
  if (network.projection_)
    projection_.emplace(network.projection_->weight(), network.projection_->bias());
}

void GeneratorNetwork::Reader::read(int32_t unit) {
  const auto size = static_cast<size_t>(units_.cols());
  features_ = recurrent_.step(units_.values().subspan(static_cast<size_t>(unit) * size, size));
}

std::span<float> GeneratorNetwork::Reader::logits() {
  return output_.step(projection_ ? projection_->step(features_) : features_);
}

void GeneratorNetwork::visit(Visitor& v) {
  v("units", units_);
  v("recurrent", recurrent_);
  if (projection_) v("projection", *projection_);
  if (own_weight_) v("output.weight", own_weight_);
  v("output.bias", output_bias_);
}

}  // namespace cadena
