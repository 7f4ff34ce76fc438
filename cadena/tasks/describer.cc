// SPDX-License-Identifier: MIT
#include "cadena/tasks/describer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"
#include "cadena/data/tokenizer.h"

namespace cadena {
namespace {

constexpr size_t fewest_to_keep_back = 200;
constexpr int largest_edge = 1024;

// Every tenth.
std::vector<Captioned> split_off(std::vector<Captioned>& items) {
  std::vector<Captioned> kept, held_out;
  for (size_t i = 0; i < items.size(); ++i)
    (i % 10 == 9 ? held_out : kept).push_back(std::move(items[i]));
  items = std::move(kept);
  return held_out;
}

}  // namespace

void Describer::add_to(Settings& s) {
  s.add("data.kind", data_.kind, "what is described; auto: as the file tells",
        {"auto", "image", "vector"});
  s.add("data.size", data_.size,
        "height, width and channels that every picture is brought to; 1 channel is grey",
        {.min = 1, .max = largest_edge});
  s.add("data.lowercase", data_.lowercase, "sentences are learnt and said in lower case");
  s.add("data.min_count", data_.min_count, "words seen less often are never said",
        {.min = 1, .max = 1e9});
  s.add("data.batch", data_.batch, "pictures or vectors in a batch", {.min = 1, .max = 65536});
  s.add("model.filters", options_.filters,
        "filters of each convolution, behind which a picture is halved", {.min = 1, .max = 4096});
  s.add("model.cell", options_.cell, "cell of the layers that speak", recurrent_cells());
  s.add("model.size", options_.size, "size of a word's vector", {.min = 1, .max = 65536});
  s.add("model.hidden", options_.hidden, "units of each layer, and values of what is seen at once",
        {.min = 1, .max = 65536});
  s.add("model.layers", options_.layers, "layers that speak", {.min = 1, .max = 64});
  s.add("model.attention", options_.attention,
        "how each word looks at the places of a picture; at vectors nothing looks",
        {"general", "additive", "none"});
  s.add("model.dropout", options_.dropout,
        "share of what is seen, of words and outputs dropped in training", {.min = 0, .max = 0.99});
}

TrainOptions Describer::train_defaults() const {
  return {.epochs = 0, .steps = 5000, .schedule = {.decay = "cosine"}};
}

ImageShape Describer::image_shape() const {
  if (data_.size.size() != 3 || (data_.size[2] != 1 && data_.size[2] != 3))
    throw Error("data.size expects a height, a width and 1 or 3 channels",
                "\"48,48,3\" are pictures of 48 x 48 pixels in colour");
  return {.height = data_.size[0], .width = data_.size[1], .channels = data_.size[2]};
}

CaptionOptions Describer::caption_options(bool sentences) const {
  CaptionOptions options{.image = image_shape(), .sentences = sentences};
  if (data_.kind != "auto")
    options.kind = data_.kind == "image" ? FeatureKind::image : FeatureKind::vector;
  if (data_.kind == "vector")
    options.dimension = static_cast<int64_t>(scale_.size());  // 0: not known yet
  return options;
}

CaptionSet Describer::read(const std::string& path) const {
  return read_captions(path, caption_options(true));
}

void Describer::prepare(const std::string& train, const std::optional<std::string>& held_out,
                        Rng& rng) {
  CaptionSet set = read(train);
  data_.kind = set.kind == FeatureKind::image ? "image" : "vector";
  if (data_.kind == "vector") options_.attention = "none";
  if (!held_out && set.items.size() >= fewest_to_keep_back) held_out_ = split_off(set.items);
  learn_scale(set);
  learn_words(set);
  build_network(rng);
  none_held_out_ = !held_out && held_out_.empty();
  if (held_out) held_out_ = read(*held_out).items;
  for (Captioned& item : held_out_) scale_.apply(item.values);
  train_ = encode(std::move(set));
  if (none_held_out_) held_out_ = train_.items;
}

// Of each channel over all pictures, or of each value of vectors.
void Describer::learn_scale(const CaptionSet& set) {
  std::vector<std::span<const float>> all;
  for (const Captioned& item : set.items) all.emplace_back(item.values);
  scale_ = Scale(
      static_cast<size_t>(data_.kind == "image" ? image_shape().channels : set.dimension), all);
}

std::vector<std::string> Describer::words_of(std::string_view sentence) const {
  const std::string text = data_.lowercase ? cadena::lowercase(sentence) : std::string(sentence);
  std::vector<std::string> words;
  for (const Token& token : tokenize(text)) words.emplace_back(token.text);
  return words;
}

void Describer::learn_words(const CaptionSet& set) {
  SymbolCounts counts;
  for (const Captioned& item : set.items)
    for (const std::string& sentence : item.sentences)
      for (const std::string& word : words_of(sentence)) ++counts[word];
  words_ = Vocabulary::from_counts(counts, {.min_count = data_.min_count});
  if (words_.size() < 2)
    throw Error(Place{set.file}, "no word of it comes often enough",
                "choose a lower data.min_count");
}

Describer::Examples Describer::encode(CaptionSet set) const {
  Examples examples{.items = std::move(set.items), .sentences = {}};
  for (Captioned& item : examples.items) {
    scale_.apply(item.values);
    std::vector<Sentence>& sentences = examples.sentences.emplace_back();
    for (const std::string& text : item.sentences) {
      Sentence& sentence = sentences.emplace_back();
      for (const std::string& word : words_of(text)) sentence.push_back(words_.id(word));
    }
  }
  return examples;
}

DescriberNetwork::Sizes Describer::network_sizes() const {
  return {.image = image_shape(),
          .dimension = data_.kind == "image" ? 0 : static_cast<int64_t>(scale_.size()),
          .symbols = words_.size() + 1};
}

void Describer::build_network(Rng& rng) { network_.emplace(options_, network_sizes(), rng); }

std::string Describer::summary() const {
  int64_t sentences = 0;
  for (const Captioned& item : train_.items) sentences += std::ssize(item.sentences);
  const std::string what =
      data_.kind == "image"
          ? fmt::format("pictures of {} x {} x {}", data_.size[0], data_.size[1], data_.size[2])
          : fmt::format("vectors of {} values", scale_.size());
  const std::string held_out = none_held_out_
                                   ? "none held out, too few: scores are those of the training data"
                                   : fmt::format("{} held out", held_out_.size());
  return fmt::format("{} {}s, {} sentences to learn from; {}\n{}; {} words; {} parameters",
                     train_.items.size(), data_.kind == "image" ? "picture" : "vector", sentences,
                     held_out, what, words_.size() - 1, count_parameters(*network_));
}

std::map<std::string, std::string> Describer::vocabularies() const {
  return {{"describe.words", words_.to_text()},
          {"describe.means", scale_.means_text()},
          {"describe.deviations", scale_.deviations_text()}};
}

void Describer::restore(const ModelFile& file) {
  words_ = Vocabulary::from_text(file.text("describe.words"));
  scale_ = Scale(file.text("describe.means"), file.text("describe.deviations"), file.path);
  const bool image = data_.kind == "image";
  if (data_.kind == "auto" || scale_.size() == 0 || !scale_.sound() ||
      (image && static_cast<int64_t>(scale_.size()) != image_shape().channels) ||
      (!image && options_.attention != "none"))
    throw Error(Place{file.path}, "what it says of its input is damaged");
  if (DescriberNetwork::least_parameters(options_, network_sizes()) > file.values())
    throw Error(Place{file.path}, "the settings ask for more weights than the model has");
  Rng blank = Rng::blank();
  build_network(blank);
}

std::vector<std::string> Describer::inputs() const { return {"list"}; }

}  // namespace cadena
