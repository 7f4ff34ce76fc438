// SPDX-License-Identifier: MIT
#include "cadena/tasks/tagger_network.h"

#include <array>

#include "cadena/autograd/ops.h"

namespace cadena {
namespace {

bool convolves(const TaggerOptions& o) { return o.characters == "convolution"; }
bool reads_characters(const TaggerOptions& o) { return o.characters != "none"; }

int64_t form_size(const TaggerOptions& o) {
  if (!reads_characters(o)) return 0;
  return convolves(o) ? o.character_hidden : 2 * o.character_hidden;
}

// The ids of the characters beside each row's own, `shift` steps on; beyond the ends stands id 0.
std::vector<int32_t> neighbours(const TaggerBatch& batch, int shift) {
  const Layout& layout = batch.spellings;
  std::vector<int32_t> ids(batch.spelling.size());
  for (int t = 0; t < layout.steps(); ++t)
    for (int b = 0; b < layout.width(t); ++b)
      if (const int other = t + shift; other >= 0 && other < layout.length(b))
        ids[static_cast<size_t>(layout.row(t, b))] =
            batch.spelling[static_cast<size_t>(layout.row(other, b))];
  return ids;
}

}  // namespace

int64_t TaggerNetwork::least_parameters(const TaggerOptions& o, const Sizes& sizes) {
  const auto square = [](int64_t side) { return side * side; };
  int64_t count = int64_t{sizes.words} * o.word_size + int64_t{2} * o.layers * square(o.hidden) +
                  square(sizes.labels) + 2 * int64_t{o.hidden} * (o.word_size + form_size(o));
  if (reads_characters(o)) {
    count += int64_t{sizes.characters} * o.character_size +
             o.character_hidden * int64_t{o.character_size};
    if (!convolves(o)) count += 2 * square(o.character_hidden);
  }
  return count;
}

TaggerNetwork::TaggerNetwork(const TaggerOptions& options, const Sizes& sizes,
                             const Crf::Legal& legal, Rng& rng)
    : options_(options),
      words_(sizes.words, options.word_size, rng),
      encoder_({.cell = options.cell,
                .input = options.word_size + form_size(options),
                .hidden = options.hidden,
                .layers = options.layers,
                .bidirectional = true,
                .dropout = options.dropout},
               rng),
      emit_(encoder_.outputs(), sizes.labels, rng),
      crf_(sizes.labels, legal) {
  if (!reads_characters(options)) return;
  characters_.emplace(sizes.characters, options.character_size, rng);
  if (convolves(options)) {
    window_.emplace(3 * options.character_size, options.character_hidden, rng);
  } else {
    spelling_.emplace(RecurrentOptions{.cell = options.characters,
                                       .input = options.character_size,
                                       .hidden = options.character_hidden,
                                       .bidirectional = true},
                      rng);
  }
}

Tensor TaggerNetwork::read_spellings(const TaggerBatch& batch) const {
  const Embedding& characters = *characters_;
  if (!convolves(options_))
    return (*spelling_)(characters(batch.spelling), batch.spellings).last.layers[0][0];
  const std::array windows{characters(neighbours(batch, -1)), characters(batch.spelling),
                           characters(neighbours(batch, 1))};
  return max_over_time(tanh((*window_)(concat(windows))), batch.spellings);
}

Tensor TaggerNetwork::scores(const TaggerBatch& batch) const {
  std::vector<Tensor> parts{words_(batch.words)};
  if (reads_characters(options_)) parts.push_back(gather(read_spellings(batch), batch.forms));
  const Tensor input = dropout(concat(parts), options_.dropout);
  const Tensor output = encoder_(input, batch.sentences).output;
  return emit_(dropout(output, options_.dropout));
}

void TaggerNetwork::visit(Visitor& v) {
  v("words", words_);
  if (characters_) v("characters", *characters_);
  if (spelling_) v("spelling", *spelling_);
  if (window_) v("window", *window_);
  v("encoder", encoder_);
  v("emit", emit_);
  v("crf", crf_);
}

}  // namespace cadena
