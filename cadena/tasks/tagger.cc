// SPDX-License-Identifier: MIT
#include "cadena/tasks/tagger.h"

#include <fmt/format.h>

#include <algorithm>

#include "cadena/base/error.h"
#include "cadena/data/conll.h"

namespace cadena {
namespace {

// Every tenth sentence goes to the held-out part.
Table split_off(Table& train) {
  Table held_out{.file = train.file, .sentences = {}};
  std::vector<Sentence> rest;
  for (size_t i = 0; i < train.sentences.size(); ++i)
    (i % 10 == 9 ? held_out.sentences : rest).push_back(std::move(train.sentences[i]));
  train.sentences = std::move(rest);
  return held_out;
}

// In a model file: "tag.labels" of the first column, "tag.labels.2" of the second ...
std::string key_of(const char* key, size_t column) {
  return column == 0 ? key : fmt::format("{}.{}", key, column + 1);
}

}  // namespace

void Tagger::add_to(Settings& s) {
  s.add("data.word_column", data_.word_column, "column of the token: 1 is the first, -1 the last",
        {.min = -1000, .max = 1000});
  s.add("data.tag_column", data_.tag_columns, "column of the tag, or columns of several tags",
        {.min = -1000, .max = 1000});
  s.add("data.unknown_tag", data_.unknown_tag,
        "a tag that stands where none is known: neither learnt nor measured; needs softmax");
  word_options_.add_to(s);
  s.add("data.rows", data_.rows, "tokens in a batch, at most", {.min = 1, .max = 1e8});
  s.add("model.cell", options_.cell, "cell of the layers over words", recurrent_cells());
  s.add("model.hidden", options_.hidden, "units of each direction", {.min = 1, .max = 65536});
  s.add("model.layers", options_.layers, "layers over words", {.min = 1, .max = 64});
  s.add("model.bidirectional", options_.bidirectional,
        "each token sees what follows too, not only what came before");
  s.add("model.dropout", options_.dropout, "share of inputs and outputs dropped in training",
        {.min = 0, .max = 0.99});
  options_.tuning.add_to(s);
  s.add("model.output", options_.output,
        "labels are chosen for the sentence as a whole, or each by itself", {"crf", "softmax"});
  options_.words.add_to(s);
}

Table Tagger::read(const std::string& path) const {
  std::vector<int> columns{data_.word_column};
  for (int column : data_.tag_columns) {
    if (std::ranges::count(columns, column) > 0)
      throw Error(fmt::format("column {} is read twice", column),
                  "data.word_column and data.tag_column name different ones");
    columns.push_back(column);
  }
  return read_conll(path, {columns});
}

void Tagger::prepare(const std::string& train, const std::optional<std::string>& held_out,
                     Rng& rng) {
  if (!data_.unknown_tag.empty() && options_.output != "softmax")
    throw Error("data.unknown_tag asks for labels that are chosen each by itself",
                "--set model.output=softmax");
  Table table = read(train);
  held_out_ = held_out ? read(*held_out) : split_off(table);
  if (table.sentences.empty() || held_out_.sentences.empty())
    throw Error(Place{train}, "too few sentences to keep some back", "give a file with --dev");
  for (size_t k = 0; k < data_.tag_columns.size(); ++k)
    columns_.emplace_back(table, k + 1, data_.unknown_tag);
  expect_tags(held_out_);
  SymbolCounts counts;
  for (const Sentence& sentence : table.sentences)
    for (const std::string& word : sentence.fields[0]) ++counts[word];
  words_ = Words(word_options_, counts, options_.words.word_size);
  file_ = train;
  build_network(rng);
  words_.set_vectors(network_->words());
  for (const Sentence& sentence : table.sentences) {
    Example& example = examples_.emplace_back(make_example(forms_, sentence.fields[0]));
    lines_.emplace_back(sentence.lines.front(), sentence.lines.back());
    for (size_t k = 0; k < columns_.size(); ++k)
      example.labels.push_back(columns_[k].encode(sentence.fields[k + 1]));
  }
}

void Tagger::expect_tags(const Table& table) const {
  for (size_t k = 0; k < columns_.size(); ++k) columns_[k].expect(table, k + 1);
}

TaggerNetwork::Sizes Tagger::network_sizes() const {
  TaggerNetwork::Sizes sizes{words_.words().size(), words_.characters().size(), {}};
  for (const TagSet& tags : columns_) sizes.columns.push_back({tags.size(), tags.legal()});
  return sizes;
}

void Tagger::build_network(Rng& rng) { network_.emplace(options_, network_sizes(), rng); }

std::string Tagger::summary() const {
  int64_t tokens = 0;
  for (const Example& example : examples_) tokens += example.length();
  std::string labels;
  for (const TagSet& tags : columns_)
    labels += fmt::format("{}{}", labels.empty() ? "" : " and ", tags.size());
  return fmt::format(
      "{} sentences, {} tokens to learn from; {} held out\n"
      "{} words, {} characters, {} labels; {} parameters",
      examples_.size(), tokens, held_out_.sentences.size(), words_.words().size(),
      words_.characters().size(), labels, count_parameters(*network_));
}

std::map<std::string, std::string> Tagger::vocabularies() const {
  std::map<std::string, std::string> texts{{"tag.words", words_.words().to_text()},
                                           {"tag.characters", words_.characters().to_text()}};
  for (size_t k = 0; k < columns_.size(); ++k) {
    texts[key_of("tag.labels", k)] = columns_[k].to_text();
    texts[key_of("tag.spans", k)] = columns_[k].spans() ? "yes" : "no";
  }
  return texts;
}

void Tagger::restore(const ModelFile& file) {
  words_ = Words(word_options_, file.text("tag.words"), file.text("tag.characters"));
  for (size_t k = 0; k < data_.tag_columns.size(); ++k) {
    const std::string& spans = file.text(key_of("tag.spans", k));
    if (spans != "yes" && spans != "no") throw Error(Place{file.path}, "its labels are damaged");
    columns_.emplace_back(file.text(key_of("tag.labels", k)), spans == "yes", data_.unknown_tag);
  }
  if (TaggerNetwork::least_parameters(options_, network_sizes()) > file.values())
    throw Error(Place{file.path}, "the settings ask for more weights than the model has");
  Rng blank = Rng::blank();
  build_network(blank);
}

Tagger::Example Tagger::make_example(Forms& forms, const std::vector<std::string>& words) const {
  Example example;
  for (const std::string& form : words) example.forms.push_back(words_.form(forms, form));
  return example;
}

}  // namespace cadena
