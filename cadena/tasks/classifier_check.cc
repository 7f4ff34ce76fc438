// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"
#include "cadena/data/check.h"
#include "cadena/data/texts.h"
#include "cadena/data/tokenizer.h"
#include "cadena/tasks/classifier.h"

namespace cadena {
namespace {

/// A text or a series.
struct Sample {
  std::string_view label;
  std::string_view content;  ///< the text, or the bytes of the values
  int64_t line;              ///< 0 where the file has no lines
  int64_t length;            ///< in tokens or steps
};

struct Samples {
  std::string file;
  bool texts = true;
  std::vector<LabelledText> text;  ///< these two hold what `all` looks at
  SeriesSet series;
  std::vector<Sample> all;
};

Samples read_samples(const std::string& path, const SeriesOptions& options,
                     const OnFault& on_fault) {
  Samples samples;
  if (series_kind(path)) {
    samples.texts = false;
    samples.series = read_series(path, options, on_fault);
    samples.file = samples.series.file;
    for (const Series& item : samples.series.items)
      samples.all.push_back(
          {item.label,
           {reinterpret_cast<const char*>(item.values.data()), item.values.size() * sizeof(float)},
           item.line,
           item.steps});
    return samples;
  }
  Texts texts = read_texts(path, on_fault);
  samples.file = texts.file;
  samples.text = std::move(texts.items);
  for (const LabelledText& item : samples.text)
    samples.all.push_back({item.label, item.text, item.line, std::ssize(tokenize(item.text))});
  return samples;
}

/// An error that ends the reading is a problem like others if it is not the first.
Samples read_samples(const std::string& path, const SeriesOptions& options, Findings& findings) {
  findings.file = path == "-" ? "stdin" : path;
  try {
    return read_samples(path, options, [&](const Error& error) { findings.problem(error); });
  } catch (const Error& error) {
    if (findings.problems.empty()) throw;
    findings.problem(error);
    return {};
  }
}

using ClassCounts = std::map<std::string, int64_t>;

ClassCounts classes_of(const Samples& samples) {
  ClassCounts classes;
  for (const Sample& sample : samples.all) ++classes[std::string(sample.label)];
  return classes;
}

void add_lengths(const Samples& samples, Tally& tally) {
  const Sample& least = *std::ranges::min_element(samples.all, {}, &Sample::length);
  const Sample& most = *std::ranges::max_element(samples.all, {}, &Sample::length);
  double sum = 0;
  for (const Sample& sample : samples.all) sum += static_cast<double>(sample.length);
  const double mean = sum / static_cast<double>(samples.all.size());
  const char* unit = samples.texts ? "tokens" : "steps";
  std::string text = fmt::format("{} {} each", most.length, unit);
  if (least.length < most.length)
    text = fmt::format("{} to {} {}, {:.2f} on average", least.length, most.length, unit, mean);
  if (least.length < most.length && most.line > 0)
    text += fmt::format("; the longest at line {}", most.line);
  tally.row("length", text);
  tally.members.push("length", Json::object({{"unit", unit},
                                             {"least", least.length},
                                             {"mean", mean},
                                             {"most", most.length},
                                             {"most_line", most.line}}));
}

Tally tally_of(const Samples& samples, const ClassCounts& classes) {
  Tally tally;
  tally.count("items", std::ssize(samples.all));
  tally.counts("classes", classes);
  if (samples.all.empty()) return tally;
  const auto& [majority, count] =
      *std::ranges::max_element(classes, {}, &ClassCounts::value_type::second);
  const double share = static_cast<double>(count) / static_cast<double>(samples.all.size());
  tally.row("majority", fmt::format("{}, {:.2f}%", printable(majority), 100 * share));
  tally.members.push("majority", Json::object({{"class", majority}, {"share", share}}));
  add_lengths(samples, tally);
  if (!samples.texts) tally.count("dimension", samples.series.dimension);
  return tally;
}

void judge_classes(const Samples& samples, const ClassCounts& classes, Findings& findings) {
  if (classes.size() == 1)
    findings.note(0, fmt::format("all items are \"{}\"", printable(classes.begin()->first)));
  for (const Sample& sample : samples.all)
    if (sample.label.empty() || has_control(sample.label))
      findings.problem(sample.line,
                       fmt::format("the class \"{}\" is empty or has control characters",
                                   printable(sample.label)));
    else if (classes.at(std::string(sample.label)) == 1)
      findings.note(sample.line,
                    fmt::format("the only item of class \"{}\"", printable(sample.label)));
}

void find_repeated(const Samples& samples, Findings& findings) {
  std::unordered_map<std::string_view, const Sample*> first;
  std::vector<const Sample*> same, other;
  for (const Sample& sample : samples.all) {
    const auto [found, added] = first.try_emplace(sample.content, &sample);
    if (!added) (found->second->label == sample.label ? same : other).push_back(&sample);
  }
  for (const auto& [repeated, label] : {std::pair(&same, "the same"), std::pair(&other, "another")})
    if (!repeated->empty())
      findings.note(repeated->front()->line,
                    fmt::format("same {} as before with {} label ({} in all)",
                                samples.texts ? "text" : "series", label, repeated->size()));
}

/// Values of a step that are the same in every step of every series.
void find_constant(const SeriesSet& set, Findings& findings) {
  if (set.items.size() < 2) return;
  const auto dimension = static_cast<size_t>(set.dimension);
  const std::vector<float>& first = set.items.front().values;
  std::vector<bool> constant(dimension, true);
  for (const Series& item : set.items)
    for (size_t i = 0; i < item.values.size(); ++i)
      if (item.values[i] != first[i % dimension]) constant[i % dimension] = false;
  if (const int64_t count = std::ranges::count(constant, true); count > 0)
    findings.note(0, fmt::format("{} of {} values of a step never change, the first of them is "
                                 "value {}",
                                 count, dimension,
                                 1 + (std::ranges::find(constant, true) - constant.begin())));
}

Tally compare(const Samples& samples, const ClassCounts& classes, const Samples& other) {
  std::unordered_set<std::string_view> seen;
  for (const Sample& sample : samples.all) seen.insert(sample.content);
  const ClassCounts theirs = classes_of(other);
  std::vector<std::string> names;
  Json missing = Json::array();
  for (const auto& [label, count] : theirs)
    if (!classes.contains(label)) {
      names.push_back(printable(label));
      missing.push(label);
    }
  Tally tally = Tally::against(other.file);
  tally.share("items", "items",
              std::ranges::count_if(
                  other.all, [&](const Sample& sample) { return seen.contains(sample.content); }),
              std::ssize(other.all));
  tally.share("classes", "classes", std::ssize(theirs) - std::ssize(names), std::ssize(theirs));
  if (!names.empty()) tally.row("not here", joined(names));
  tally.members.push("missing_classes", std::move(missing));
  return tally;
}

}  // namespace

Check Classifier::check(const std::string& path, const CheckOptions& options) const {
  const SeriesOptions series = series_options(true);
  Findings findings;
  const Samples samples = read_samples(path, series, findings);
  const ClassCounts classes = classes_of(samples);
  judge_classes(samples, classes, findings);
  find_repeated(samples, findings);
  find_constant(samples.series, findings);
  findings.sort();
  const Tally tally = tally_of(samples, classes);
  Tally overlap;
  if (!options.against.empty())
    overlap = compare(samples, classes, read_samples(options.against, series, [](const Error&) {}));
  return {findings.problems.empty(), to_text(findings, tally, overlap, options.most_problems),
          to_json(name(), findings, tally, overlap)};
}

}  // namespace cadena
