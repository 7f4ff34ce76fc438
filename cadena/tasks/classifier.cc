// SPDX-License-Identifier: MIT
#include "cadena/tasks/classifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cadena/base/error.h"
#include "cadena/base/suggest.h"
#include "cadena/data/lines.h"
#include "cadena/data/texts.h"
#include "cadena/data/tokenizer.h"

namespace cadena {
namespace {

constexpr size_t most_classes = 1000;
constexpr int64_t fewest_to_keep_back = 500;

// The names of SeriesKind, in its order.
const std::vector<std::string> kind_names{"table", "ts", "list", "npy", "idx"};
const std::string text_name = "text";

// Every tenth item of each class goes to the held-out part.
template <class Item>
std::vector<Item> split_off(std::vector<Item>& items) {
  std::map<std::string, int> seen;
  std::vector<Item> kept, held_out;
  for (Item& item : items)
    (seen[item.label]++ % 10 == 9 ? held_out : kept).push_back(std::move(item));
  items = std::move(kept);
  return held_out;
}

bool is_label(const std::string& label) { return !label.empty() && !has_control(label); }

void expect_label(const std::string& label, const Place& place) {
  if (!is_label(label))
    throw Error(
        place, fmt::format("the class \"{}\" is empty or has control characters", printable(label)),
        "a class is a visible word");
}

}  // namespace

void Classifier::add_to(Settings& s) {
  s.add("data.label_column", data_.label_column,
        "column of the class in a table: 1 is the first, -1 the last", {.min = -1e6, .max = 1e6});
  s.add("data.pixels", data_.pixels, "images are read pixel by pixel, not row by row");
  s.add("data.mel_bands", data_.mel_bands, "values that a step of a recording becomes",
        {.min = 1, .max = 256});
  s.add("data.standardise", data_.standardise,
        "vectors are brought to mean 0 and deviation 1, over all data or in each sequence",
        {"all", "each", "none"});
  word_options_.add_to(s);
  s.add("data.batch", data_.batch, "texts or sequences in a batch, about",
        {.min = 1, .max = 65536});
  std::vector<std::string> cells = recurrent_cells();
  cells.insert(cells.end(), {"none", "auto"});
  s.add("model.cell", options_.cell,
        "cell of the layers; none: plain layers; auto: none for single vectors, else lstm", cells);
  s.add("model.hidden", options_.hidden, "units of each layer and direction",
        {.min = 1, .max = 65536});
  s.add("model.layers", options_.layers, "layers", {.min = 1, .max = 64});
  s.add("model.bidirectional", options_.bidirectional, "steps are read in both directions");
  s.add("model.pooling", options_.pooling,
        "how all steps become one; auto: attention for texts, else max",
        {"last", "mean", "max", "attention", "auto"});
  s.add("model.dropout", options_.dropout, "share of words and outputs dropped in training",
        {.min = 0, .max = 0.99});
  options_.words.add_to(s);
}

TrainOptions Classifier::train_defaults() const { return {.epochs = 0, .steps = 1000}; }

SeriesOptions Classifier::series_options(bool labelled) const {
  return {.label_column = labelled ? data_.label_column : 0,
          .pixels = data_.pixels,
          .mel_bands = data_.mel_bands};
}

std::vector<Classifier::Item> Classifier::read(const std::string& path) const {
  std::vector<Item> items;
  if (reads_text()) {
    for (LabelledText& item : read_texts(path).items)
      items.push_back({std::move(item.label), std::move(item.text), {}});
    return items;
  }
  for (Series& series : read_vectors(path, true)) {
    expect_label(series.label, {path, series.line});
    items.push_back({series.label, {}, std::move(series)});
  }
  return items;
}

std::vector<Series> Classifier::read_vectors(const std::string& path, bool labelled) const {
  SeriesSet set = read_series(path, series_options(labelled));
  if (dimension_ > 0 && set.dimension != dimension_)
    throw Error(Place{path},
                fmt::format("vectors of {} values, the model was trained with {}", set.dimension,
                            dimension_),
                "a model reads what was measured in the same way");
  return std::move(set.items);
}

void Classifier::prepare(const std::string& train, const std::optional<std::string>& held_out,
                         Rng& rng) {
  kind_ = series_kind(train);
  std::vector<Item> items = read(train);
  const bool flat = !reads_text() && std::ranges::all_of(items, [](const Item& item) {
    return item.series.steps == 1;
  });
  if (options_.cell == "auto") options_.cell = flat ? "none" : "lstm";
  if (options_.pooling == "auto") options_.pooling = reads_text() ? "attention" : "max";
  if (!reads_text())
    dimension_ = static_cast<int>(std::ssize(items[0].series.values) / items[0].series.steps);
  if (held_out)
    held_out_ = read(*held_out);
  else
    keep_back(items);
  if (!reads_text()) learn_scale(items);
  learn_labels(items, train);
  if (reads_text()) {
    SymbolCounts counts;
    for (const Item& item : items)
      for (const Token& token : tokenize(item.text)) ++counts[std::string(token.text)];
    words_ = Words(word_options_, counts, options_.words.word_size);
  }
  build_network(rng);
  if (reads_text()) words_.set_vectors(network_->words());
  train_ = encode(items);
  held_out_examples_ = encode(held_out_);
}

// A part of very few items would choose an epoch by luck: then all are learnt, and the score is
// that of the learnt ones.
void Classifier::keep_back(std::vector<Item>& items) {
  std::map<std::string, int> counts;
  for (const Item& item : items) ++counts[item.label];
  const bool tenths = std::ranges::any_of(counts, [](const auto& one) { return one.second >= 10; });
  if (std::ssize(items) >= fewest_to_keep_back && tenths) {
    held_out_ = split_off(items);
  } else {
    held_out_ = items;
    none_held_out_ = true;
  }
}

void Classifier::learn_labels(const std::vector<Item>& items, const std::string& file) {
  std::set<std::string> seen;
  for (const Item& item : items) seen.insert(item.label);
  const char* hint = reads_text() ? "a line holds a label, a tab or a blank, and the text"
                                  : "a table has its classes in data.label_column";
  if (seen.size() < 2)
    throw Error(Place{file},
                "all items are \"" + printable(*seen.begin()) + "\": there is nothing to learn",
                hint);
  if (seen.size() > most_classes)
    throw Error(Place{file},
                fmt::format("{} different classes, at most {}", seen.size(), most_classes), hint);
  labels_.assign(seen.begin(), seen.end());
}

// Mean and deviation of each dimension over all steps; constant ones are only centred.
void Classifier::learn_scale(const std::vector<Item>& items) {
  const auto dimension = static_cast<size_t>(dimension_);
  std::vector<std::span<const float>> all;
  for (const Item& item : items) all.emplace_back(item.series.values);
  scale_ = data_.standardise == "all" ? Scale(dimension, all) : Scale(dimension);
}

ClassifierNetwork::Sizes Classifier::network_sizes() const {
  return {.words = words_.words().size(),
          .characters = words_.characters().size(),
          .dimension = dimension_,
          .classes = static_cast<int>(labels_.size())};
}

void Classifier::build_network(Rng& rng) { network_.emplace(options_, network_sizes(), rng); }

std::string Classifier::summary() const {
  int64_t steps = 0;
  for (const Example& example : train_.all) steps += example.steps;
  const std::string what = reads_text()
                               ? fmt::format("{} words, {} characters", words_.words().size(),
                                             words_.characters().size())
                               : fmt::format("vectors of {} values", dimension_);
  const std::string held_out = none_held_out_
                                   ? "none held out, too few: scores are those of the training data"
                                   : fmt::format("{} held out", held_out_.size());
  return fmt::format("{} {}, {} {} to learn from; {}\n{}, {} classes; {} parameters",
                     train_.all.size(), reads_text() ? "texts" : "sequences", steps,
                     reads_text() ? "tokens" : "steps", held_out, what, labels_.size(),
                     count_parameters(*network_));
}

std::map<std::string, std::string> Classifier::vocabularies() const {
  return {{"classify.labels", joined(labels_, "\n")},
          {"classify.kind", reads_text() ? text_name : kind_names[static_cast<size_t>(*kind_)]},
          {"classify.words", words_.words().to_text()},
          {"classify.characters", words_.characters().to_text()},
          {"classify.means", scale_.means_text()},
          {"classify.deviations", scale_.deviations_text()}};
}

void Classifier::restore(const ModelFile& file) {
  const std::string& kind = file.text("classify.kind");
  const auto name = std::ranges::find(kind_names, kind);
  if (name != kind_names.end()) kind_ = static_cast<SeriesKind>(name - kind_names.begin());
  labels_ = split_lines(file.text("classify.labels"));
  words_ = Words(word_options_, file.text("classify.words"), file.text("classify.characters"));
  scale_ = Scale(file.text("classify.means"), file.text("classify.deviations"), file.path);
  dimension_ = static_cast<int>(scale_.size());
  if (labels_.size() < 2 || !std::ranges::all_of(labels_, is_label) ||
      std::ranges::adjacent_find(labels_, std::ranges::greater_equal()) != labels_.end())
    throw Error(Place{file.path}, "its labels are damaged");
  if ((!kind_ && kind != text_name) || (scale_.size() == 0) == kind_.has_value() ||
      !scale_.sound() || options_.cell == "auto" || options_.pooling == "auto")
    throw Error(Place{file.path}, "what it says of its input is damaged");
  if (ClassifierNetwork::least_parameters(options_, network_sizes()) > file.values())
    throw Error(Place{file.path}, "the settings ask for more weights than the model has");
  Rng blank = Rng::blank();
  build_network(blank);
}

std::vector<std::string> Classifier::inputs() const {
  if (kind_) return {kind_names[static_cast<size_t>(*kind_)]};
  std::vector<std::string> all{text_name};
  if (!network_) all.insert(all.end(), kind_names.begin(), kind_names.end());
  return all;
}

}  // namespace cadena
