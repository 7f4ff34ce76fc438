// SPDX-License-Identifier: MIT
#include "cadena/tasks/translator.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

constexpr double held_out_share = 0.05;
constexpr uint64_t split_seed = 1;

// A part of everything is enough to choose an epoch by.
std::vector<TextReferences> spread(std::vector<TextReferences> texts, size_t most) {
  if (texts.size() <= most) return texts;
  std::vector<TextReferences> some;
  for (size_t i = 0; i < most; ++i) some.push_back(std::move(texts[i * texts.size() / most]));
  return some;
}

}  // namespace

PairFiles pair_files(const std::string& path) {
  const size_t comma = path.find(',');
  std::error_code ignored;
  if (comma == path.npos || std::filesystem::exists(path, ignored)) return {path};
  const PairFiles files{path.substr(0, comma), path.substr(comma + 1)};
  if (files.path.empty() || files.targets.empty() || files.targets.find(',') != path.npos)
    throw Error(Place{path}, "expected a file, or two with a comma between them",
                "SOURCES,TARGETS: line by line they belong together");
  return files;
}

void Translator::add_to(Settings& s) {
  s.add("data.unit", units_.unit, "what a text is made of", {"subword", "word", "character"});
  s.add("data.merges", units_.merges, "merges of byte-pair encoding, which makes the subwords",
        {.min = 0, .max = 1e6});
  s.add("data.min_count", units_.min_count, "units seen less often are unknown",
        {.min = 1, .max = 1e9});
  s.add("data.max_units", units_.max_units, "so many units are known at most; 0: all",
        {.min = 0, .max = 1e7});
  s.add("data.joint", data_.joint, "both sides have the same units: for summaries");
  s.add("data.lowercase", data_.lowercase, "all is read, learnt and compared in lower case");
  s.add("data.longest_source", data_.longest_source, "units of a source; the rest is not read",
        {.min = 1, .max = 65536});
  s.add("data.longest_target", data_.longest_target, "units of a target; the rest is not said",
        {.min = 1, .max = 65536});
  s.add("data.measure", data_.measure, "what the best epoch is chosen by",
        {"bleu", "chrf", "rouge"});
  s.add("data.tokenizer", data_.tokenizer, "tokens of BLEU; none: what stands between blanks",
        {"13a", "none", "char"});
  s.add("data.measured", data_.measured, "held-out texts that an epoch is measured by at most",
        {.min = 1, .max = 1e9});
  s.add("data.batch", data_.batch, "pairs in a batch, about", {.min = 1, .max = 65536});
  s.add("model.size", options_.size, "size of a unit's vector; 0: as hidden",
        {.min = 0, .max = 65536});
  s.add("model.cell", options_.cell, "cell of the layers", recurrent_cells());
  s.add("model.hidden", options_.hidden, "units of each layer; the encoder has half a direction",
        {.min = 2, .max = 65536});
  s.add("model.layers", options_.layers, "layers of encoder and decoder", {.min = 1, .max = 64});
  s.add("model.attention", options_.attention, "how the decoder looks at the source",
        {"general", "dot", "additive", "none"});
  s.add("model.feed", options_.feed, "what a step saw of the source is an input of the next");
  s.add("model.copy", options_.copy, "units of the source may be copied");
  s.add("model.tied", options_.tied, "the target's vectors are the weights of the output too");
  s.add("model.dropout", options_.dropout, "share of inputs and outputs dropped in training",
        {.min = 0, .max = 0.99});
  options_.tuning.add_to(s);
  s.add("model.sampling", options_.sampling,
        "share of inputs in training that the network chose itself", {.min = 0, .max = 1});
}

TrainOptions Translator::train_defaults() const { return {.epochs = 0, .steps = 4000}; }

std::string Translator::normal_form(std::string_view text) const {
  return data_.lowercase ? lowercase(text) : std::string(text);
}

std::vector<TextPair> Translator::read(const std::string& path) const {
  std::vector<TextPair> pairs = read_pairs(pair_files(path)).pairs;
  for (TextPair& pair : pairs) {
    pair.source = normal_form(pair.source);
    pair.target = normal_form(pair.target);
  }
  return pairs;
}

void Translator::prepare(const std::string& train, const std::optional<std::string>& held_out,
                         Rng& rng) {
  std::vector<TextPair> pairs = read(train);
  std::vector<TextPair> asked;
  if (held_out) {
    asked = read(*held_out);
  } else {
    PairSplit split = split_pairs(pairs, held_out_share, split_seed);
    none_held_out_ = split.held_out.empty();
    if (!none_held_out_) pairs = std::move(split.rest);
    asked = none_held_out_ ? pairs : std::move(split.held_out);
  }
  held_out_ = spread(references_of(std::move(asked)), static_cast<size_t>(data_.measured));
  lead_ = mean_target_words(pairs);
  learn_units(pairs);
  for (const TextPair& pair : pairs) train_.push_back(encode(pair));
  build_network(rng);
}

void Translator::learn_units(std::span<const TextPair> pairs) {
  std::vector<std::string> sources, targets;
  for (const TextPair& pair : pairs) {
    sources.push_back(pair.source);
    targets.push_back(pair.target);
  }
  if (data_.joint) {
    std::ranges::move(targets, std::back_inserter(sources));
    source_units_ = target_units_ = TextUnits(units_, sources);
  } else {
    source_units_ = TextUnits(units_, sources);
    target_units_ = TextUnits(units_, targets);
  }
}

void Translator::build_network(Rng& rng) {
  network_.emplace(options_, TranslatorNetwork::Sizes{source_units_.size(), target_units_.size()},
                   rng);
}

std::string Translator::summary() const {
  int64_t sources = 0, targets = 0;
  for (const Example& example : train_) {
    sources += std::ssize(example.source.units);
    targets += std::ssize(example.targets);
  }
  const std::string held_out = none_held_out_
                                   ? "none held out, too few: scores are those of the training data"
                                   : fmt::format("{} held out", held_out_.size());
  return fmt::format(
      "{} pairs, {} {}s to read and {} to say; {}\n{} and {} different {}s; {} parameters",
      train_.size(), sources, units_.unit, targets, held_out, source_units_.size(),
      target_units_.size(), units_.unit, count_parameters(*network_));
}

std::map<std::string, std::string> Translator::vocabularies() const {
  return {{"translate.sources", source_units_.vocabulary_text()},
          {"translate.source_merges", source_units_.merges_text()},
          {"translate.targets", target_units_.vocabulary_text()},
          {"translate.target_merges", target_units_.merges_text()}};
}

void Translator::restore(const ModelFile& file) {
  source_units_ =
      TextUnits(units_.unit, file.text("translate.sources"), file.text("translate.source_merges"));
  target_units_ =
      TextUnits(units_.unit, file.text("translate.targets"), file.text("translate.target_merges"));
  if (TranslatorNetwork::least_parameters(options_, {source_units_.size(), target_units_.size()}) >
      file.values())
    throw Error(Place{file.path}, "the settings ask for more weights than the model has");
  Rng blank = Rng::blank();
  build_network(blank);
}

}  // namespace cadena
