// SPDX-License-Identifier: MIT
// What a translator reads and says, in numbers and in batches.
#include <algorithm>
#include <cmath>
#include <utility>

#include "cadena/data/batches.h"
#include "cadena/tasks/translator.h"

namespace cadena {
namespace {

// Hypotheses that are followed together, about; answers do not depend on it.
constexpr int hypotheses_at_once = 320;

template <class T>
void cut(std::vector<T>& units, int most) {
  if (std::ssize(units) > most) units.resize(static_cast<size_t>(most));
}

using Sequences = std::vector<std::span<const int32_t>>;

// Sequences side by side, the longest first; of equal length in their order.
struct Packed {
  std::vector<int> order;
  Layout layout;
  std::vector<int32_t> rows;
};

Packed pack(const Sequences& sequences) {
  std::vector<int> lengths, sorted;
  for (const auto& sequence : sequences) lengths.push_back(static_cast<int>(sequence.size()));
  Packed packed{.order = longest_first(lengths), .layout = {}, .rows = {}};
  for (int i : packed.order) sorted.push_back(lengths[static_cast<size_t>(i)]);
  packed.layout = Layout(sorted);
  packed.rows.reserve(static_cast<size_t>(packed.layout.rows()));
  for (size_t t = 0; t < static_cast<size_t>(packed.layout.steps()); ++t)
    for (int b = 0; b < packed.layout.width(static_cast<int>(t)); ++b)
      packed.rows.push_back(
          sequences[static_cast<size_t>(packed.order[static_cast<size_t>(b)])][t]);
  return packed;
}

}  // namespace

// A unit that the target has not is numbered by its first place in this source.
Translator::Source Translator::encode_source(std::string_view text) const {
  Source source;
  std::vector<std::string> units = source_units_.split(text);
  cut(units, data_.longest_source);
  for (std::string& unit : units) {
    source.units.push_back(source_units_.vocabulary().id(unit));
    if (!options_.copy) continue;
    int32_t word = target_units_.vocabulary().id(unit);
    if (word == Vocabulary::unknown) {
      const auto place = std::ranges::find(source.others, unit) - source.others.begin();
      word = target_units_.size() + static_cast<int32_t>(place);
      if (place == std::ssize(source.others)) source.others.push_back(std::move(unit));
    }
    source.words.push_back(word);
  }
  return source;
}

Translator::Example Translator::encode(const TextPair& pair) const {
  Example example{encode_source(pair.source), {}};
  for (const std::string& unit : target_units_.split(pair.target)) {
    const int32_t id = target_units_.vocabulary().id(unit);
    const auto other = std::ranges::find(example.source.others, unit);
    const bool copied = id == Vocabulary::unknown && other != example.source.others.end();
    const auto place = static_cast<int32_t>(other - example.source.others.begin());
    example.targets.push_back(copied ? target_units_.size() + place : id);
  }
  example.targets.push_back(target_units_.line_end());
  cut(example.targets, data_.longest_target);
  return example;
}

int64_t Translator::start_epoch(Rng& rng) {
  std::vector<int> lengths;
  int64_t units = 0;
  for (const Example& example : train_) {
    lengths.push_back(static_cast<int>(example.source.units.size() + example.targets.size()));
    units += lengths.back();
  }
  const int64_t rows = std::max<int64_t>(1, units * data_.batch / std::ssize(lengths));
  batches_ = batches_by_rows(lengths, static_cast<int>(std::min<int64_t>(rows, 1 << 30)), &rng);
  return std::ssize(batches_);
}

// Sources and targets stand each in their own order, longest first.
TranslatorBatch Translator::make_batch(std::span<const int> members) const {
  Sequences units, words, targets;
  for (int i : members) {
    const Example& example = train_[static_cast<size_t>(i)];
    units.emplace_back(example.source.units);
    words.emplace_back(example.source.words);
    targets.emplace_back(example.targets);
  }
  Packed read = pack(units), said = pack(targets);
  std::vector<int32_t> place(members.size());  // of a member among the sources
  for (size_t b = 0; b < members.size(); ++b)
    place[static_cast<size_t>(read.order[b])] = static_cast<int32_t>(b);
  Decoder::Target target{std::move(said.layout), {}, {}, std::move(said.rows)};
  for (int i : said.order) target.source.push_back(place[static_cast<size_t>(i)]);
  target.inputs.assign(members.size(), target_units_.line_end());
  for (int t = 1; t < target.layout.steps(); ++t)
    for (int b = 0; b < target.layout.width(t); ++b)
      target.inputs.push_back(
          readable(target.targets[static_cast<size_t>(target.layout.row(t - 1, b))]));
  return {.layout = std::move(read.layout),
          .units = std::move(read.rows),
          .words = pack(words).rows,
          .target = std::move(target)};
}

int32_t Translator::readable(int32_t said) const {
  return said < target_units_.size() ? said : Vocabulary::unknown;
}

int64_t Translator::rows(int64_t batch) const {
  int64_t rows = 0;
  for (int i : batches_[static_cast<size_t>(batch)]) {
    const Example& example = train_[static_cast<size_t>(i)];
    rows += std::ssize(example.source.units) + std::ssize(example.targets);
  }
  return rows;
}

Trainee::Loss Translator::loss(int64_t batch) {
  const std::vector<int>& members = batches_[static_cast<size_t>(batch)];
  const TranslatorBatch input = make_batch(members);
  const int64_t said = input.target.layout.rows();
  return {network_->loss(input), std::ssize(members), input.layout.rows() + said, said};
}

Decoder::Source Translator::read_sources(std::span<const Source> sources,
                                         std::span<const int> members) const {
  Sequences units, words;
  for (int i : members) {
    units.emplace_back(sources[static_cast<size_t>(i)].units);
    words.emplace_back(sources[static_cast<size_t>(i)].words);
  }
  const Packed read = pack(units);
  return network_->encode(read.rows, read.layout, pack(words).rows);
}

std::vector<std::vector<Translator::Answer>> Translator::answer(std::span<const std::string> texts,
                                                                const BeamOptions& beam) const {
  return answer(DecoderStepper(network_->decoder()), texts, beam);
}

std::vector<std::vector<Translator::Answer>> Translator::answer(const DecoderStepper& stepper,
                                                                std::span<const std::string> texts,
                                                                const BeamOptions& beam) const {
  std::vector<Source> sources;
  std::vector<int> lengths;
  for (const std::string& text : texts) {
    sources.push_back(encode_source(text));
    lengths.push_back(static_cast<int>(sources.back().units.size()));
  }
  std::vector<int> order = longest_first(lengths);
  while (!order.empty() && lengths[static_cast<size_t>(order.back())] == 0) order.pop_back();
  const auto at_once = static_cast<size_t>(std::max(1, hypotheses_at_once / beam.width));
  std::vector<std::vector<Answer>> answers(texts.size());
  for (size_t first = 0; first < order.size(); first += at_once) {
    const auto members = std::span(order).subspan(first, std::min(at_once, order.size() - first));
    const Decoder::Source read = read_sources(sources, members);
    DecoderStepper::Memory memory = stepper.start(read);
    // An unknown word tells nobody anything.
    const BeamStep step = [&](std::span<const int32_t> symbols, std::span<const int32_t> from) {
      memory = DecoderStepper::select(memory, from);
      const Tensor logits = stepper.step(read, symbols, memory);
      for (int64_t i = 0; i < logits.rows(); ++i)
        logits.data()[i * logits.cols() + Vocabulary::unknown] = -INFINITY;
      return logits;
    };
    const std::vector<int> most(members.size(), data_.longest_target);
    const int32_t end = target_units_.line_end();
    std::vector<std::vector<Hypothesis>> found = beam_search(step, end, end, most, beam);
    for (size_t b = 0; b < members.size(); ++b)
      for (Hypothesis& hypothesis : found[b])
        answers[static_cast<size_t>(members[b])].push_back(
            finish(std::move(hypothesis), sources[static_cast<size_t>(members[b])]));
  }
  return answers;
}

Translator::Answer Translator::finish(Hypothesis hypothesis, const Source& source) const {
  Answer answer;
  for (int32_t symbol : hypothesis.symbols)
    answer.units.push_back(symbol < target_units_.size()
                               ? target_units_.vocabulary().text(symbol)
                               : source.others[static_cast<size_t>(symbol - target_units_.size())]);
  answer.text = target_units_.joined(answer.units);
  answer.hypothesis = std::move(hypothesis);
  return answer;
}

}  // namespace cadena
