// SPDX-License-Identifier: MIT
#include "cadena/tasks/translator_network.h"

#include <utility>

#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"
#include "cadena/data/vocabulary.h"

namespace cadena {
namespace {

int64_t vector_size(const TranslatorOptions& o) { return o.size > 0 ? o.size : o.hidden; }

const TranslatorOptions& checked(const TranslatorOptions& o) {
  if (o.hidden % 2 != 0)
    throw Error("model.hidden is odd: " + std::to_string(o.hidden),
                "half of the encoder's units read in each direction");
  if (o.tied && vector_size(o) != o.hidden)
    throw Error("model.size is " + std::to_string(o.size) + ", model.hidden " +
                    std::to_string(o.hidden) + ": vectors of another size cannot be tied",
                "model.size = 0 makes it the same, or model.tied = false");
  if (o.copy && o.attention == "none")
    throw Error("model.copy without attention: nothing tells what to copy",
                "choose a model.attention, or model.copy = false");
  return o;
}

// What the last states of the upper layer are in number.
int64_t summary_size(const Recurrent& encoder) {
  return std::ssize(encoder.start().layers.back()) * encoder.outputs();
}

}  // namespace

int64_t TranslatorNetwork::least_parameters(const TranslatorOptions& o, const Sizes& sizes) {
  const int64_t hidden = o.hidden, size = vector_size(o);
  const int64_t vectors = (int64_t{sizes.sources} + sizes.targets) * size;
  const int64_t output = o.tied ? 0 : sizes.targets * hidden;
  // A cell of one gate: the encoder's layers see half of each direction, the decoder's all units.
  const RecurrentOptions decoder{
      .cell = o.cell, .input = size, .hidden = hidden, .layers = o.layers};
  return vectors + output + hidden * size + cadena::least_parameters(decoder);
}

TranslatorNetwork::TranslatorNetwork(const TranslatorOptions& options, const Sizes& sizes, Rng& rng)
    : options_(checked(options)),
      vectors_(sizes.sources, vector_size(options), rng),
      encoder_({.cell = options.cell,
                .input = vector_size(options),
                .hidden = options.hidden / 2,
                .layers = options.layers,
                .bidirectional = true,
                .dropout = options.dropout,
                .tuning = options.tuning},
               rng),
      decoder_({.cell = options.cell,
                .symbols = sizes.targets,
                .size = vector_size(options),
                .hidden = options.hidden,
                .layers = options.layers,
                .attention = options.attention,
                .encoded = encoder_.outputs(),
                .summary = summary_size(encoder_),
                .feed = options.feed && options.attention != "none",
                .tied = options.tied,
                .copy = options.copy,
                .unknown = Vocabulary::unknown,
                .dropout = options.dropout,
                .tuning = options.tuning},
               rng) {}

Decoder::Source TranslatorNetwork::encode(std::span<const int32_t> units, const Layout& layout,
                                          std::vector<int32_t> words) const {
  return encode(vectors(units), layout, std::move(words));
}

Decoder::Source TranslatorNetwork::encode(const Tensor& vectors, const Layout& layout,
                                          std::vector<int32_t> words) const {
  const Recurrent::Result result = encoder_(dropout(vectors, options_.dropout), layout);
  const Tensor summary = dropout(concat(result.last.layers.back()), options_.dropout);
  return decoder_.source(summary, dropout(result.output, options_.dropout), layout,
                         std::move(words));
}

Tensor TranslatorNetwork::loss(const TranslatorBatch& batch) const {
  return decoder_.loss(encode(batch.units, batch.layout, batch.words), batch.target,
                       options_.sampling);
}

void TranslatorNetwork::visit(Visitor& v) {
  v("vectors", vectors_);
  v("encoder", encoder_);
  v("decoder", decoder_);
}

}  // namespace cadena
