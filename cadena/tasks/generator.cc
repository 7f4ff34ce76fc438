// SPDX-License-Identifier: MIT
#include "cadena/tasks/generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cadena/base/error.h"
#include "cadena/base/parallel.h"
#include "cadena/data/lines.h"
#include "cadena/data/ngram.h"
#include "cadena/tasks/finite_answer.h"

namespace cadena {
namespace {

std::vector<std::string> read_lines(const std::string& path) {
  LineReader reader(path);
  std::vector<std::string> lines;
  while (const auto line = reader.next()) {
    expect_text(*line, path);
    lines.emplace_back(line->text);
  }
  if (lines.empty()) throw Error(Place{path}, "no text in it", "a text file has lines of words");
  return lines;
}

// The last twentieth of the lines.
std::vector<std::string> split_off(std::vector<std::string>& lines) {
  const auto kept = lines.end() - std::max<std::ptrdiff_t>(1, std::ssize(lines) / 20);
  std::vector<std::string> held_out(kept, lines.end());
  lines.erase(kept, lines.end());
  return held_out;
}

// Lines that all have the length `steps`.
Layout even(int64_t lanes, int64_t steps) {
  return Layout(std::vector<int>(static_cast<size_t>(lanes), static_cast<int>(steps)));
}

}  // namespace

void Generator::add_to(Settings& s) {
  s.add("data.unit", data_.unit, "what a text is made of", {"character", "subword", "word"});
  s.add("data.min_count", data_.min_count, "units seen less often are unknown",
        {.min = 1, .max = 1e9});
  s.add("data.max_units", data_.max_units, "so many units are known at most; 0: all",
        {.min = 0, .max = 1e7});
  s.add("data.merges", data_.merges, "merges of byte-pair encoding, which makes the subwords",
        {.min = 0, .max = 1e6});
  s.add("data.lanes", batch_.lanes, "parts of the text that are read side by side",
        {.min = 1, .max = 65536});
  s.add("data.steps", batch_.steps, "units over which gradients go back", {.min = 1, .max = 65536});
  s.add("model.size", options_.size, "size of a unit's vector", {.min = 1, .max = 65536});
  s.add("model.cell", options_.cell, "cell of the layers", recurrent_cells());
  s.add("model.hidden", options_.hidden, "units of each layer", {.min = 1, .max = 65536});
  s.add("model.layers", options_.layers, "layers", {.min = 1, .max = 64});
  s.add("model.tied", options_.tied, "the vectors are the weights of the output too");
  s.add("model.dropout", options_.dropout, "share of inputs and outputs dropped in training",
        {.min = 0, .max = 0.99});
  options_.tuning.add_to(s);
  s.add("model.activation", options_.activation, "penalty of the mean square of outputs",
        {.min = 0, .max = 1e6});
  s.add("model.slowness", options_.slowness, "penalty of the mean square of their changes",
        {.min = 0, .max = 1e6});
}

TrainOptions Generator::train_defaults() const { return {.epochs = 0}; }

void Generator::add_answer_settings(Settings& s) {
  s.add("prompt", answer_.prompt, "the beginning; else each line that is read is one");
  s.add("length", answer_.length, "units to write", {.min = 1, .max = 1e9});
  s.add("temperature", answer_.sample.temperature, "below 1 bolder; 0: the likeliest unit",
        {.min = 0, .max = 100});
  s.add("top_k", answer_.sample.top_k, "draw from so many likeliest units; 0: all",
        {.min = 0, .max = 1e7});
  s.add("top_p", answer_.sample.top_p, "draw from the likeliest units with this probability",
        {.min = 0, .max = 1});
  s.add("seed", answer_.seed, "another one gives another text");
}

void Generator::prepare(const std::string& train, const std::optional<std::string>& held_out,
                        Rng& rng) {
  std::vector<std::string> lines = read_lines(train);
  const std::vector<std::string> other = held_out ? read_lines(*held_out) : split_off(lines);
  units_ = TextUnits(data_, lines);
  train_ = encode(lines);
  held_out_ = encode(other);
  const int64_t fewest = int64_t{2} * batch_.lanes;
  if (std::ssize(train_.ids) < fewest || held_out_.ids.empty())
    throw Error(Place{train}, fmt::format("{} units are too few to learn from", train_.ids.size()),
                fmt::format("at least {}, or a smaller data.lanes", fewest));
  build_network(rng);
}

Generator::Text Generator::encode(std::span<const std::string> lines) const {
  Text text;
  for (const std::string& line : lines) {
    units_.encode(line, text.ids);
    text.ids.push_back(units_.line_end());
    text.characters += 1 + std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; });
  }
  text.unknown = std::ranges::count(text.ids, Vocabulary::unknown);
  return text;
}

void Generator::build_network(Rng& rng) { network_.emplace(options_, units_.size(), rng); }

std::string Generator::summary() const {
  return fmt::format("{0} {1}s to learn from; {2} held out\n{3} different {1}s; {4} parameters",
                     train_.ids.size(), data_.unit, held_out_.ids.size(), units_.size(),
                     count_parameters(*network_));
}

std::vector<Baseline> Generator::baselines() const {
  const int order = data_.unit == "character" ? 8 : 5;
  const NgramModel ngram(train_.ids, order, units_.size());
  return {
      {fmt::format("{}-gram", order), report(held_out_, ngram.cross_entropy(held_out_.ids)).score}};
}

std::map<std::string, std::string> Generator::vocabularies() const {
  return {{"generate.units", units_.vocabulary_text()}, {"generate.merges", units_.merges_text()}};
}

void Generator::restore(const ModelFile& file) {
  units_ = TextUnits(data_.unit, file.text("generate.units"), file.text("generate.merges"));
  if (GeneratorNetwork::least_parameters(options_, units_.size()) > file.values())
    throw Error(Place{file.path}, "the settings ask for more weights than the model has");
  Rng blank = Rng::blank();
  build_network(blank);
}

// The text is cut into lanes that are read side by side, each from its beginning: a batch takes up
// where the one before stopped. An epoch begins a little later than the one before, so that the
// cuts fall elsewhere.
int64_t Generator::start_epoch(Rng& rng) {
  const int64_t targets = std::ssize(train_.ids) - 1;
  offset_ = rng.below(static_cast<uint32_t>(std::min<int64_t>(batch_.steps, targets / 2)));
  state_ = network_->start(batch_.lanes);
  const int64_t length = (targets - offset_) / batch_.lanes;
  return (length + batch_.steps - 1) / batch_.steps;
}

Trainee::Loss Generator::loss(int64_t batch) {
  const int64_t lanes = batch_.lanes;
  const int64_t length = (std::ssize(train_.ids) - 1 - offset_) / lanes;
  const int64_t first = batch * batch_.steps;
  const int64_t steps = std::min<int64_t>(batch_.steps, length - first);
  std::vector<int32_t> inputs, targets;
  for (int64_t t = first; t < first + steps; ++t)
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const auto at = static_cast<size_t>(offset_ + lane * length + t);
      inputs.push_back(train_.ids[at]);
      targets.push_back(train_.ids[at + 1]);
    }
  return {network_->loss(inputs, targets, even(lanes, steps), state_), lanes, lanes * steps,
          lanes * steps};
}

double Generator::cross_entropy_of(std::span<const int32_t> text, int steps) const {
  State state = network_->start(1);
  std::vector<int32_t> inputs{units_.line_end()};
  double nats = 0;
  for (size_t first = 0; first < text.size(); first += static_cast<size_t>(steps)) {
    const auto targets =
        text.subspan(first, std::min(text.size() - first, static_cast<size_t>(steps)));
    inputs.insert(inputs.end(), targets.begin(), targets.end() - 1);
    const Tensor logits = network_->logits(inputs, even(1, std::ssize(targets)), state);
    std::vector<double> losses(targets.size());
    parallel_for(std::ssize(targets), [&](int64_t i) {
      const auto at = static_cast<size_t>(i);
      const auto row = static_cast<int32_t>(i);
      losses[at] = cross_entropy(gather(logits, {&row, 1}), targets.subspan(at, 1)).item();
    });
    for (double loss : losses) nats += loss;
    inputs.assign(1, targets.back());
  }
  expect_finite_answer(nats);
  return nats / static_cast<double>(text.size());
}

Trainee::Measure Generator::measure() const {
  return {data_.unit == "character" ? "bits per character" : "perplexity", true};
}

Report Generator::evaluate(const std::string& path) { return score(encode(read_lines(path))); }

Report Generator::score(const Text& text) const { return report(text, cross_entropy_of(text.ids)); }

Report Generator::report(const Text& text, double nats) const {
  const auto units = static_cast<double>(text.ids.size());
  const double perplexity = std::exp(nats);
  const double bits = nats * units / static_cast<double>(text.characters) / std::numbers::ln2;
  Report report{.score = data_.unit == "character" ? bits : perplexity};
  const std::string characters =
      data_.unit == "character" ? "" : fmt::format(", {} characters", text.characters);
  report.text = fmt::format(
      "perplexity          {:.2f} per {}\nbits per character  {:.4f}\n"
      "{} {}s{}; {} unknown ({:.2f} %)\n",
      perplexity, data_.unit, bits, text.ids.size(), data_.unit, characters, text.unknown,
      100 * static_cast<double>(text.unknown) / units);
  report.json = Json::object({{"schema_version", 1},
                              {"task", "generate"},
                              {"unit", data_.unit},
                              {"perplexity", perplexity},
                              {"bits_per_character", bits},
                              {"units", static_cast<int64_t>(text.ids.size())},
                              {"characters", text.characters},
                              {"unknown", text.unknown}});
  return report;
}

void Generator::write_continuation(const std::string& prompt, Rng rng,
                                   GeneratorNetwork::Reader& reader, std::ostream& out) const {
  std::vector<int32_t> ids;
  for (const std::string& line : split_lines(prompt.empty() ? "\n" : prompt)) {
    ids.push_back(units_.line_end());
    units_.encode(line, ids);
  }
  if (prompt.ends_with('\n')) ids.push_back(units_.line_end());
  reader.reset();
  for (const int32_t id : ids) reader.read(id);
  out << prompt << std::flush;
  int32_t last = ids.back();
  for (int i = 0; i < answer_.length && out; ++i) {
    const std::span<float> logits = reader.logits();
    logits[Vocabulary::unknown] = -INFINITY;
    const bool first = last == units_.line_end();
    last = sample(logits, answer_.sample, rng);
    reader.read(last);
    out << units_.decode(last, first) << std::flush;
  }
  if (last != units_.line_end()) out << '\n';
}

void Generator::predict(const Stream& stream, const PredictOptions& options) {
  Rng rng(answer_.seed);
  GeneratorNetwork::Reader network(*network_);
  if (!answer_.prompt.empty()) {
    expect_text({.text = answer_.prompt}, "--prompt");
    return write_continuation(answer_.prompt, rng.split(), network, stream.out);
  }
  LineReader reader(stream.in, options.file);
  while (stream.out) {
    const std::optional<Line> line = reader.next();
    if (!line) break;
    expect_text(*line, options.file);
    write_continuation(std::string(line->text), rng.split(), network, stream.out);
  }
}

}  // namespace cadena
