// SPDX-License-Identifier: MIT
#include "cadena/tasks/describer_network.h"

#include <algorithm>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"

namespace cadena {
namespace {

bool looks(const DescriberOptions& o) { return o.attention != "none"; }

int64_t map_height(const DescriberOptions& o, const ImageShape& image) {
  return image.height >> o.filters.size();
}
int64_t map_width(const DescriberOptions& o, const ImageShape& image) {
  return image.width >> o.filters.size();
}
int64_t map_channels(const DescriberOptions& o, const ImageShape& image) {
  return o.filters.empty() ? image.channels : o.filters.back();
}

std::optional<ImageEncoder> make_eye(const DescriberOptions& o,
                                     const DescriberNetwork::Sizes& sizes, Rng& rng) {
  if (sizes.dimension > 0) return std::nullopt;
  return ImageEncoder({.height = sizes.image.height,
                       .width = sizes.image.width,
                       .channels = sizes.image.channels,
                       .filters = {o.filters.begin(), o.filters.end()},
                       .outputs = o.hidden},
                      rng);
}

DecoderOptions decoder_options(const DescriberOptions& o, const DescriberNetwork::Sizes& sizes) {
  return {.cell = o.cell,
          .symbols = sizes.symbols,
          .size = o.size,
          .hidden = o.hidden,
          .layers = o.layers,
          .attention = o.attention,
          .encoded =
              map_channels(o, sizes.image) + map_height(o, sizes.image) + map_width(o, sizes.image),
          .summary = sizes.dimension > 0 ? sizes.dimension : o.hidden,
          .dropout = o.dropout};
}

// The places of maps [B, H, W, C], row by row, as sequences of H · W steps, each with a 1 for its
// row and one for its column: [H · W · B, C + H + W].
Tensor places_of(const Tensor& map) {
  const int64_t count = map.shape()[0], height = map.shape()[1], width = map.shape()[2],
                channels = map.shape()[3], places = height * width,
                columns = channels + height + width;
  const Tensor y(places * count, columns);
  for (int64_t at = 0; at < places; ++at)
    for (int64_t b = 0; b < count; ++b) {
      float* row = y.data() + (at * count + b) * columns;
      std::copy_n(map.data() + (b * places + at) * channels, channels, row);
      row[channels + at / width] = 1;
      row[channels + height + at % width] = 1;
    }
  Tape::record({map}, {y}, [=] {
    float* to = map.grad();
    for (int64_t b = 0; b < count; ++b)
      for (int64_t at = 0; at < places; ++at) {
        const float* from = y.grad() + (at * count + b) * columns;
        for (int64_t c = 0; c < channels; ++c) *to++ += from[c];
      }
  });
  return y;
}

}  // namespace

int64_t DescriberNetwork::least_parameters(const DescriberOptions& o, const Sizes& sizes) {
  const int64_t hidden = o.hidden;
  int64_t seen = sizes.dimension * hidden;
  if (sizes.dimension == 0)
    seen = map_height(o, sizes.image) * map_width(o, sizes.image) * map_channels(o, sizes.image) *
           hidden;
  for (size_t i = 1; i < o.filters.size(); ++i) seen += int64_t{o.filters[i - 1]} * o.filters[i];
  return seen + sizes.symbols * (o.size + hidden) +
         cadena::least_parameters(
             {.cell = o.cell, .input = o.size, .hidden = hidden, .layers = o.layers});
}

DescriberNetwork::DescriberNetwork(const DescriberOptions& options, const Sizes& sizes, Rng& rng)
    : options_(options),
      eye_(make_eye(options, sizes, rng)),
      decoder_(decoder_options(options, sizes), rng) {}

Decoder::Source DescriberNetwork::look(const Tensor& seen) const {
  if (!eye_) return decoder_.source(dropout(seen, options_.dropout));
  const Tensor map = dropout(eye_->map(seen), options_.dropout);
  const Tensor summary = relu(eye_->summary(map));
  if (!looks(options_)) return decoder_.source(summary);
  const int64_t count = map.shape()[0], places = map.shape()[1] * map.shape()[2];
  const Layout layout(std::vector(static_cast<size_t>(count), static_cast<int>(places)));
  return decoder_.source(summary, places_of(map), layout);
}

void DescriberNetwork::visit(Visitor& v) {
  if (eye_) v("eye", *eye_);
  v("decoder", decoder_);
}

}  // namespace cadena
