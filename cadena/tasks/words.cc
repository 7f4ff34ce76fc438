// SPDX-License-Identifier: MIT
#include "cadena/tasks/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "cadena/base/error.h"

namespace cadena {
namespace {

// So many characters of a word are read at most.
constexpr size_t longest_spelling = 100;
// What stands before and after the characters of a word; no text has them.
constexpr const char *word_begin = "\x02", *word_end = "\x03";

}  // namespace

void WordOptions::add_to(Settings& s) {
  s.add("data.lowercase", lowercase,
        "words are known by their lower case; characters see the case");
  s.add("data.min_count", min_count, "words seen less often are unknown", {.min = 1, .max = 1e9});
  s.add("data.unknown", unknown,
        "a word seen n times is hidden in training with probability unknown / (unknown + n)",
        {.min = 0, .max = 1e6});
  s.add("data.vectors", vectors, "file of word vectors (.vec text); empty: none");
  s.add("data.vector_words", vector_words,
        "words taken from that file beside those of the training data", {.min = 0, .max = 1e8});
}

Words::Words(const WordOptions& options, const SymbolCounts& forms, int size) : options_(options) {
  SymbolCounts words, characters;
  characters[word_begin] = characters[word_end] = 0;
  for (const auto& [form, count] : forms) {
    words[normal_form(form)] += count;
    for (char32_t point : code_points(form)) characters[encode(point)] += count;
  }
  characters_ = Vocabulary::from_counts(characters);
  words_ = Vocabulary::from_counts(words, {.min_count = options.min_count});
  if (!options.vectors.empty()) load_vectors(size);
}

Words::Words(const WordOptions& options, std::string_view words, std::string_view characters)
    : options_(options),
      words_(Vocabulary::from_text(words)),
      characters_(Vocabulary::from_text(characters)) {}

// Words of the file join the vocabulary, with a count of 0: the first ones, which are the most
// frequent, and all that training has.
void Words::load_vectors(int size) {
  int taken = 0;
  vectors_ = read_vectors(options_.vectors, [&](std::string_view form) {
    return words_.id(normal_form(form)) != Vocabulary::unknown || taken++ < options_.vector_words;
  });
  if (vectors_.dimension != size)
    throw Error(
        Place{options_.vectors, 1},
        fmt::format("the vectors have {} values, the model expects {}", vectors_.dimension, size),
        fmt::format("set model.word_size = {}", vectors_.dimension));
  std::vector<std::string> symbols;
  std::vector<int64_t> counts;
  for (int id = 1; id < words_.size(); ++id) {
    symbols.push_back(words_.text(id));
    counts.push_back(words_.count(id));
  }
  std::set<std::string> added{words_.text(Vocabulary::unknown)};
  for (std::string& form : vectors_.words) {
    form = normal_form(form);
    if (words_.id(form) == Vocabulary::unknown && added.insert(form).second) {
      symbols.push_back(form);
      counts.push_back(0);
    }
  }
  words_ = Vocabulary::from_symbols(std::move(symbols), std::move(counts));
}

void Words::set_vectors(Embedding& embedding) {
  // Backwards: of words that are one in lower case, the first and most frequent counts.
  for (size_t i = vectors_.words.size(); i-- > 0;)
    std::copy_n(vectors_.values.begin() + static_cast<std::ptrdiff_t>(i) * vectors_.dimension,
                vectors_.dimension, embedding.row(words_.id(vectors_.words[i])).begin());
  vectors_ = {};
}

int32_t Words::form(Forms& forms, const std::string& word) const {
  const auto [at, fresh] = forms.ids.try_emplace(word, static_cast<int32_t>(forms.all.size()));
  if (fresh) {
    const int id = words_.id(normal_form(word));
    // The rarer a word, the more often it is hidden, so that the network learns to do without
    // (Kiperwasser and Goldberg, 2016).
    const float hide = options_.unknown / (options_.unknown + static_cast<float>(words_.count(id)));
    Forms::Form& made = forms.all.emplace_back(Forms::Form{id, hide, {}});
    made.spelling.push_back(characters_.id(word_begin));
    const std::u32string points = code_points(word).substr(0, longest_spelling);
    for (char32_t point : points) made.spelling.push_back(characters_.id(encode(point)));
    made.spelling.push_back(characters_.id(word_end));
  }
  return at->second;
}

WordBatch Words::batch(const Forms& forms, std::span<const int32_t> rows, Rng* noise) {
  WordBatch batch;
  std::vector<int32_t> position(forms.all.size(), -1), distinct;
  for (int32_t id : rows) {
    const Forms::Form& form = forms.all[static_cast<size_t>(id)];
    const bool hidden = noise && noise->uniform() < form.hide;
    batch.words.push_back(hidden ? Vocabulary::unknown : form.word);
    if (position[static_cast<size_t>(id)] < 0) {
      position[static_cast<size_t>(id)] = 0;
      distinct.push_back(id);
    }
  }
  std::vector<int> lengths;
  for (int32_t id : distinct)
    lengths.push_back(static_cast<int>(forms.all[static_cast<size_t>(id)].spelling.size()));
  const std::vector<int> order = longest_first(lengths);
  std::sort(lengths.rbegin(), lengths.rend());
  batch.spellings = Layout(lengths);
  batch.spelling.resize(static_cast<size_t>(batch.spellings.rows()));
  for (size_t b = 0; b < order.size(); ++b) {
    const auto id = static_cast<size_t>(distinct[static_cast<size_t>(order[b])]);
    position[id] = static_cast<int32_t>(b);
    const std::vector<int32_t>& spelling = forms.all[id].spelling;
    for (size_t t = 0; t < spelling.size(); ++t)
      batch.spelling[static_cast<size_t>(
          batch.spellings.row(static_cast<int>(t), static_cast<int>(b)))] = spelling[t];
  }
  for (int32_t id : rows) batch.forms.push_back(position[static_cast<size_t>(id)]);
  return batch;
}

}  // namespace cadena
