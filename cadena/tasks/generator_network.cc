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
                  .tuning = options.tuning},
                 rng),
      output_bias_(Tensor::parameter({units})) {
  if (projects(options)) projection_.emplace(options.hidden, options.size, rng);
  if (!options.tied) own_weight_ = uniform_parameter({units, options.hidden}, vector_bound, rng);
}

Tensor GeneratorNetwork::outputs(const Tensor& vectors, const Layout& layout, State& state) const {
  Recurrent::Result result =
      recurrent_(sequence_dropout(vectors, layout, options_.dropout), layout, state);
  state = std::move(result.last);
  return sequence_dropout(result.output, layout, options_.dropout);
}

// Of large outputs and fast changes (Merity, McCann and Socher, 2017), as large as the mean square
// times the rows, for the loss is a sum over rows too.
Tensor GeneratorNetwork::penalty(const Tensor& output, int64_t lanes) const {
  const auto mean_square = [&](const Tensor& x, float factor) {
    return scale(sum(multiply(x, x)), factor / static_cast<float>(x.cols()));
  };
  Tensor total = mean_square(output, options_.activation);
  if (options_.slowness > 0 && output.rows() > lanes) {
    const Tensor before = rows(output, 0, output.rows() - lanes),
                 after = rows(output, lanes, output.rows());
    total = add(total, mean_square(add(after, scale(before, -1)), options_.slowness));
  }
  return total;
}

Tensor GeneratorNetwork::loss(std::span<const int32_t> inputs, std::span<const int32_t> targets,
                              const Layout& layout, State& state) const {
  const Tensor output = outputs(vectors(inputs), layout, state);
  const Tensor loss =
      linear_cross_entropy(projected(output), output_weight(), output_bias_, targets);
  const bool free = options_.activation == 0 && options_.slowness == 0;
  return free ? loss : add(loss, penalty(output, layout.sequences()));
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
