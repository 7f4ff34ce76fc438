// SPDX-License-Identifier: MIT
#include "cadena/tasks/word_layer.h"

#include <array>

#include "cadena/autograd/ops.h"

namespace cadena {
namespace {

bool convolves(const WordLayerOptions& o) { return o.characters == "convolution"; }
bool reads_characters(const WordLayerOptions& o) { return o.characters != "none"; }

int64_t spelling_size(const WordLayerOptions& o) {
  if (!reads_characters(o)) return 0;
  return convolves(o) ? o.character_hidden : 2 * o.character_hidden;
}

// The ids of the characters beside each row's own, `shift` steps on; beyond the ends stands id 0.
std::vector<int32_t> neighbours(const WordBatch& batch, int shift) {
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

void WordLayerOptions::add_to(Settings& s) {
  s.add("model.word_size", word_size, "size of a word's vector", {.min = 1, .max = 65536});
  std::vector<std::string> readers = recurrent_cells();
  readers.insert(readers.end(), {"convolution", "none"});
  s.add("model.characters", characters, "how the characters of a word are read", readers);
  s.add("model.character_size", character_size, "size of a character's vector",
        {.min = 1, .max = 65536});
  s.add("model.character_hidden", character_hidden,
        "units of each direction over characters, or filters", {.min = 1, .max = 65536});
}

int64_t WordLayer::least_parameters(const WordLayerOptions& o, int words, int characters) {
  int64_t count = int64_t{words} * o.word_size;
  if (!reads_characters(o)) return count;
  count += int64_t{characters} * o.character_size;
  if (convolves(o)) return count + int64_t{o.character_hidden} * o.character_size;
  return count + cadena::least_parameters({.cell = o.characters,
                                           .input = o.character_size,
                                           .hidden = o.character_hidden,
                                           .bidirectional = true});
}

WordLayer::WordLayer(const WordLayerOptions& options, int words, int characters, Rng& rng)
    : options_(options), words_(words, options.word_size, rng) {
  if (!reads_characters(options)) return;
  characters_.emplace(characters, options.character_size, rng);
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

int64_t WordLayer::size() const { return options_.word_size + spelling_size(options_); }

Tensor WordLayer::spell(const WordBatch& batch) const {
  const Embedding& characters = *characters_;
  if (!convolves(options_))
    return (*spelling_)(characters(batch.spelling), batch.spellings).last.layers[0][0];
  const std::array windows{characters(neighbours(batch, -1)), characters(batch.spelling),
                           characters(neighbours(batch, 1))};
  return max_over_time(tanh((*window_)(concat(windows))), batch.spellings);
}

Tensor WordLayer::operator()(const WordBatch& batch) const {
  std::vector<Tensor> parts{words_(batch.words)};
  if (reads_characters(options_)) parts.push_back(gather(spell(batch), batch.forms));
  return concat(parts);
}

void WordLayer::visit(Visitor& v) {
  v("words", words_);
  if (characters_) v("characters", *characters_);
  if (spelling_) v("spelling", *spelling_);
  if (window_) v("window", *window_);
}

}  // namespace cadena
