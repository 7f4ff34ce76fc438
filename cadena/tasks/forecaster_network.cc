// SPDX-License-Identifier: MIT
#include "cadena/tasks/forecaster_network.h"

#include <vector>

#include "cadena/autograd/ops.h"

namespace cadena {
namespace {

int64_t features(const ForecasterOptions& o, const ForecasterNetwork::Sizes& sizes) {
  return int64_t{o.hidden} + sizes.known + (o.direct ? sizes.past : 0);
}

}  // namespace

int64_t ForecasterNetwork::least_parameters(const ForecasterOptions& o, const Sizes& sizes) {
  return cadena::least_parameters({.cell = o.cell,
                                   .input = int64_t{sizes.step} + sizes.known,
                                   .hidden = o.hidden,
                                   .layers = o.layers}) +
         sizes.outputs * features(o, sizes);
}

ForecasterNetwork::ForecasterNetwork(const ForecasterOptions& options, const Sizes& sizes, Rng& rng)
    : options_(options),
      recurrent_({.cell = options.cell,
                  .input = int64_t{sizes.step} + sizes.known,
                  .hidden = options.hidden,
                  .layers = options.layers,
                  .dropout = options.dropout},
                 rng),
      weight_(Tensor::parameter({sizes.outputs, features(options, sizes)})),
      bias_(Tensor::parameter({sizes.outputs})) {}

Tensor ForecasterNetwork::operator()(const ForecasterBatch& batch) const {
  const Tensor last = recurrent_(batch.steps, batch.layout).last.layers.back()[0];
  std::vector<Tensor> parts{dropout(last, options_.dropout), batch.known};
  if (options_.direct) parts.push_back(batch.past);
  return linear(concat(parts), weight_, bias_);
}

Tensor ForecasterNetwork::loss(const ForecasterBatch& batch) const {
  const Tensor above = add(batch.targets, scale((*this)(batch), -1));
  return add(sum(multiply(relu(above), batch.above)),
             sum(multiply(relu(scale(above, -1)), batch.below)));
}

void ForecasterNetwork::visit(Visitor& v) {
  v("recurrent", recurrent_);
  v("output.weight", weight_);
  v("output.bias", bias_);
}

}  // namespace cadena
