// SPDX-License-Identifier: MIT
#include "cadena/tasks/tagger.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "cadena/base/error.h"
#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"
#include "cadena/data/batches.h"
#include "cadena/data/conll.h"
#include "cadena/data/conlleval.h"
#include "cadena/data/tags.h"

namespace cadena {
namespace {

constexpr size_t most_labels = 1000;
// So many characters of a word are read at most.
constexpr size_t longest_spelling = 100;
// What stands before and after the characters of a word; no text has them.
constexpr const char *word_begin = "\x02", *word_end = "\x03";

// Every tenth sentence goes to the held-out part.
Table split_off(Table& train) {
  Table held_out{.file = train.file, .sentences = {}};
  std::vector<Sentence> rest;
  for (size_t i = 0; i < train.sentences.size(); ++i)
    (i % 10 == 9 ? held_out.sentences : rest).push_back(std::move(train.sentences[i]));
  train.sentences = std::move(rest);
  return held_out;
}

bool opens_span(const std::string& label) { return is_tag_form(label) && label != "O"; }

bool has_control(const std::string& label) {
  return std::ranges::any_of(code_points(label), is_control);
}

void expect_sound(const std::string& label, bool spans, const Place& place) {
  const bool control = has_control(label);
  if (!control && (!spans || is_tag_form(label))) return;
  throw Error(place,
              fmt::format("the tag \"{}\" {}", printable(label),
                          control ? "has control characters"
                                  : "is neither O nor B-, I-, E- or S- with a type"),
              "run 'cadena data check " + place.file + "' for all such lines");
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

void Tagger::add_to(Settings& s) {
  s.add("data.word_column", data_.word_column, "column of the token: 1 is the first, -1 the last",
        {.min = -1000, .max = 1000});
  s.add("data.tag_column", data_.tag_column, "column of the tag", {.min = -1000, .max = 1000});
  s.add("data.lowercase", data_.lowercase,
        "words are known by their lower case; characters see the case");
  s.add("data.min_count", data_.min_count, "words seen less often are unknown",
        {.min = 1, .max = 1e9});
  s.add("data.unknown", data_.unknown,
        "a word seen n times is hidden in training with probability unknown / (unknown + n)",
        {.min = 0, .max = 1e6});
  s.add("data.vectors", data_.vectors, "file of word vectors (.vec text); empty: none");
  s.add("data.vector_words", data_.vector_words,
        "words taken from that file beside those of the training data", {.min = 0, .max = 1e8});
  s.add("data.rows", data_.rows, "tokens in a batch, at most", {.min = 1, .max = 1e8});
  s.add("model.word_size", options_.word_size, "size of a word's vector", {.min = 1, .max = 65536});
  std::vector<std::string> readers = cell_names();
  s.add("model.cell", options_.cell, "cell of the layers over words", readers);
  s.add("model.hidden", options_.hidden, "units of each direction", {.min = 1, .max = 65536});
  s.add("model.layers", options_.layers, "layers over words", {.min = 1, .max = 64});
  s.add("model.dropout", options_.dropout, "share of inputs and outputs dropped in training",
        {.min = 0, .max = 0.99});
  readers.insert(readers.end(), {"convolution", "none"});
  s.add("model.characters", options_.characters, "how the characters of a word are read", readers);
  s.add("model.character_size", options_.character_size, "size of a character's vector",
        {.min = 1, .max = 65536});
  s.add("model.character_hidden", options_.character_hidden,
        "units of each direction over characters, or filters", {.min = 1, .max = 65536});
}

void Tagger::prepare(const std::string& train, const std::optional<std::string>& held_out,
                     Rng& rng) {
  const ConllColumns columns{{data_.word_column, data_.tag_column}};
  Table table = read_conll(train, columns);
  held_out_ = held_out ? read_conll(*held_out, columns) : split_off(table);
  if (table.sentences.empty() || held_out_.sentences.empty())
    throw Error(Place{train}, "too few sentences to keep some back", "give a file with --dev");
  build_labels(table);
  expect_tags(held_out_);
  build_vocabularies(table);
  build_network(rng);
  for (const Sentence& sentence : table.sentences) {
    Example& example = examples_.emplace_back(make_example(forms_, sentence.fields[word_field]));
    const std::vector<std::string> labels =
        spans_ ? convert(sentence.fields[tag_field], Scheme::bioes) : sentence.fields[tag_field];
    for (const std::string& label : labels)
      example.labels.push_back(static_cast<int32_t>(
          std::lower_bound(labels_.begin(), labels_.end(), label) - labels_.begin()));
  }
}

void Tagger::build_labels(const Table& train) {
  std::set<std::string> seen;
  for (const Sentence& sentence : train.sentences)
    seen.insert(sentence.fields[tag_field].begin(), sentence.fields[tag_field].end());
  spans_ = std::any_of(seen.begin(), seen.end(), opens_span);
  expect_tags(train);
  if (spans_) {
    std::set<std::string> types;
    for (const std::string& label : seen)
      if (opens_span(label)) types.emplace(split_tag(label).type);
    seen = {"O"};
    for (const std::string& type : types)
      for (const char* prefix : {"B-", "I-", "E-", "S-"}) seen.insert(prefix + type);
  }
  if (seen.size() < 2)
    throw Error(Place{train.file},
                "all tags are \"" + printable(*seen.begin()) + "\": there is nothing to learn",
                "the column is set by data.tag_column");
  if (seen.size() > most_labels)
    throw Error(Place{train.file},
                fmt::format("{} different tags, at most {}", seen.size(), most_labels),
                "the column is set by data.tag_column");
  labels_.assign(seen.begin(), seen.end());
}

void Tagger::expect_tags(const Table& table) const {
  for (const Sentence& sentence : table.sentences)
    for (size_t i = 0; i < sentence.size(); ++i)
      expect_sound(sentence.fields[tag_field][i], spans_, {table.file, sentence.lines[i]});
}

void Tagger::build_vocabularies(const Table& train) {
  SymbolCounts words, characters;
  characters[word_begin] = characters[word_end] = 0;
  for (const Sentence& sentence : train.sentences)
    for (const std::string& form : sentence.fields[word_field]) {
      ++words[normal_form(form)];
      for (char32_t point : code_points(form)) ++characters[encode(point)];
    }
  characters_ = Vocabulary::from_counts(characters);
  words_ = Vocabulary::from_counts(words, {.min_count = data_.min_count});
  if (!data_.vectors.empty()) load_vectors();
}

// Words of the file join the vocabulary, with a count of 0: the first ones, which are the most
// frequent, and all that training has.
void Tagger::load_vectors() {
  int taken = 0;
  vectors_ = read_vectors(data_.vectors, [&](std::string_view form) {
    return words_.id(normal_form(form)) != Vocabulary::unknown || taken++ < data_.vector_words;
  });
  if (vectors_.dimension != options_.word_size)
    throw Error(Place{data_.vectors, 1},
                fmt::format("the vectors have {} values, the model expects {}", vectors_.dimension,
                            options_.word_size),
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

void Tagger::build_network(Rng& rng) {
  const Crf::Legal legal = [this](std::optional<int> from, std::optional<int> to) {
    const auto label = [&](std::optional<int> id) {
      return id ? std::string_view(labels_[static_cast<size_t>(*id)]) : std::string_view();
    };
    return legal_transition(Scheme::bioes, label(from), label(to));
  };
  network_.emplace(
      options_,
      TaggerNetwork::Sizes{words_.size(), characters_.size(), static_cast<int>(labels_.size())},
      spans_ ? legal : Crf::Legal(), rng);
  // Backwards: of words that are one in lower case, the first and most frequent counts.
  for (size_t i = vectors_.words.size(); i-- > 0;)
    std::copy_n(vectors_.values.begin() + static_cast<std::ptrdiff_t>(i) * vectors_.dimension,
                vectors_.dimension, network_->words().row(words_.id(vectors_.words[i])).begin());
}

std::string Tagger::summary() const {
  int64_t tokens = 0, parameters = 0;
  for (const Example& example : examples_) tokens += example.length();
  Visitor count([&](const std::string&, Tensor& parameter) { parameters += parameter.size(); });
  const_cast<Tagger*>(this)->visit(count);
  return fmt::format(
      "{} sentences, {} tokens to learn from; {} held out\n"
      "{} words, {} characters, {} labels; {} parameters",
      examples_.size(), tokens, held_out_.sentences.size(), words_.size(), characters_.size(),
      labels_.size(), parameters);
}

std::map<std::string, std::string> Tagger::vocabularies() const {
  return {{"tag.words", words_.to_text()},
          {"tag.characters", characters_.to_text()},
          {"tag.labels", joined(labels_, "\n")},
          {"tag.spans", spans_ ? "yes" : "no"}};
}

void Tagger::restore(const ModelFile& file) {
  const auto text = [&](const char* key) -> const std::string& {
    const auto found = file.metadata.find(key);
    if (found == file.metadata.end())
      throw Error(Place{file.path}, std::string("the model has no '") + key + "'");
    return found->second;
  };
  words_ = Vocabulary::from_text(text("tag.words"));
  characters_ = Vocabulary::from_text(text("tag.characters"));
  labels_ = split_lines(text("tag.labels"));
  const std::string& spans = text("tag.spans");
  spans_ = spans == "yes";
  const auto sound = [&](const std::string& label) {
    return !label.empty() && !has_control(label) && (!spans_ || is_tag_form(label));
  };
  const bool rising =
      std::ranges::adjacent_find(labels_, std::ranges::greater_equal()) == labels_.end();
  if ((!spans_ && spans != "no") || labels_.size() < 2 || !rising ||
      !std::ranges::all_of(labels_, sound) || (spans_ && !std::ranges::binary_search(labels_, "O")))
    throw Error(Place{file.path}, "its labels are damaged");
  const TaggerNetwork::Sizes sizes = network_sizes();
  if (TaggerNetwork::least_parameters(options_, sizes) > file.values())
    throw Error(Place{file.path}, "the settings ask for more weights than the model has");
  Rng blank = Rng::blank();
  build_network(blank);
}

std::string Tagger::normal_form(std::string_view form) const {
  return data_.lowercase ? lowercase(form) : std::string(form);
}

int32_t Tagger::find_form(Forms& forms, const std::string& form) const {
  const auto [at, fresh] = forms.ids.try_emplace(form, static_cast<int32_t>(forms.all.size()));
  if (fresh) {
    const int id = words_.id(normal_form(form));
    // The rarer a word, the more often it is hidden, so that the network learns to do without
    // (Kiperwasser and Goldberg, 2016).
    const float hide = data_.unknown / (data_.unknown + static_cast<float>(words_.count(id)));
    Form& made = forms.all.emplace_back(Form{id, hide, {}});
    made.spelling.push_back(characters_.id(word_begin));
    const std::u32string points = code_points(form).substr(0, longest_spelling);
    for (char32_t point : points) made.spelling.push_back(characters_.id(encode(point)));
    made.spelling.push_back(characters_.id(word_end));
  }
  return at->second;
}

Tagger::Example Tagger::make_example(Forms& forms, const std::vector<std::string>& words) const {
  Example example;
  for (const std::string& form : words) example.forms.push_back(find_form(forms, form));
  return example;
}

}  // namespace cadena
