// SPDX-License-Identifier: MIT
// Training, measuring and asking a classifier.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "cadena/base/error.h"
#include "cadena/data/batches.h"
#include "cadena/data/class_score.h"
#include "cadena/data/lines.h"
#include "cadena/data/tokenizer.h"
#include "cadena/tasks/answer_together.h"
#include "cadena/tasks/classifier.h"
#include "cadena/tasks/finite_answer.h"

namespace cadena {
namespace {

// Large batches use the processor well; answers do not depend on them.
constexpr int sequences_in_prediction = 64;
constexpr size_t items_at_once = 512;

std::vector<int> lengths_of(const std::vector<int>& members, const auto& examples) {
  std::vector<int> lengths;
  for (int i : members) lengths.push_back(examples[static_cast<size_t>(i)].steps);
  return lengths;
}

// Mean 0 and deviation 1 in each dimension over the steps of one sequence.
void standardise(std::vector<float>& values, size_t dimension) {
  const size_t rows = values.size() / dimension;
  const auto steps = static_cast<double>(rows);
  for (size_t d = 0; d < dimension; ++d) {
    double sum = 0, square = 0;
    for (size_t i = d; i < values.size(); i += dimension) {
      sum += values[i];
      square += double{values[i]} * values[i];
    }
    const double mean = sum / steps, variance = square / steps - mean * mean;
    const double scale = variance > 1e-12 * mean * mean ? 1 / std::sqrt(variance) : 1;
    for (size_t i = d; i < values.size(); i += dimension)
      values[i] = static_cast<float>((values[i] - mean) * scale);
  }
}

}  // namespace

Classifier::Examples Classifier::encode(const std::vector<Item>& items) const {
  Examples examples;
  for (const Item& item : items) {
    Example& example = examples.all.emplace_back();
    const auto label = std::ranges::lower_bound(labels_, item.label);
    if (label != labels_.end() && *label == item.label)
      example.label = static_cast<int32_t>(label - labels_.begin());
    for (const Token& token : tokenize(item.text))
      example.forms.push_back(words_.form(examples.forms, std::string(token.text)));
    example.values = item.series.values;
    example.steps = reads_text() ? static_cast<int>(example.forms.size()) : item.series.steps;
    scale_.apply(example.values);
    if (data_.standardise == "each" && example.steps > 1)
      standardise(example.values, static_cast<size_t>(dimension_));
  }
  return examples;
}

// Rows are laid out step by step, longest sequence first.
ClassifierBatch Classifier::make_batch(const Examples& examples, const std::vector<int>& members,
                                       Rng* noise) const {
  ClassifierBatch batch;
  batch.layout = Layout(lengths_of(members, examples.all));
  const auto dimension = static_cast<size_t>(dimension_);
  std::vector<int32_t> forms;
  std::vector<float> values;
  for (int t = 0; t < batch.layout.steps(); ++t)
    for (int b = 0; b < batch.layout.width(t); ++b) {
      const Example& example = examples.all[static_cast<size_t>(members[static_cast<size_t>(b)])];
      if (reads_text())
        forms.push_back(example.forms[static_cast<size_t>(t)]);
      else
        values.insert(values.end(),
                      example.values.begin() + static_cast<std::ptrdiff_t>(t * dimension),
                      example.values.begin() + static_cast<std::ptrdiff_t>((t + 1) * dimension));
    }
  if (reads_text())
    batch.words = Words::batch(examples.forms, forms, noise);
  else
    batch.vectors = Tensor({batch.layout.rows(), static_cast<int64_t>(dimension)}, values);
  for (int i : members) batch.labels.push_back(examples.all[static_cast<size_t>(i)].label);
  return batch;
}

int64_t Classifier::start_epoch(Rng& rng) {
  std::vector<int> lengths;
  int64_t steps = 0;
  for (const Example& example : train_.all) {
    lengths.push_back(example.steps);
    steps += example.steps;
  }
  const int64_t rows = std::max<int64_t>(1, steps * data_.batch / std::ssize(lengths));
  batches_ = batches_by_rows(lengths, static_cast<int>(std::min<int64_t>(rows, 1 << 30)), &rng);
  noise_ = rng.split();
  return std::ssize(batches_);
}

int64_t Classifier::rows(int64_t batch) const {
  int64_t rows = 0;
  for (int i : batches_[static_cast<size_t>(batch)])
    rows += train_.all[static_cast<size_t>(i)].steps;
  return rows;
}

Trainee::Loss Classifier::loss(int64_t batch) {
  const std::vector<int>& members = batches_[static_cast<size_t>(batch)];
  const ClassifierBatch input = make_batch(train_, members, &*noise_);
  return {network_->loss(input), std::ssize(members), input.layout.rows(), std::ssize(members)};
}

double Classifier::held_out_score() { return score(held_out_, held_out_examples_).score; }

Report Classifier::evaluate(const std::string& path) {
  const std::vector<Item> items = read(path);
  return score(items, encode(items));
}

std::vector<Classifier::Answer> Classifier::answer(const Examples& examples) const {
  std::vector<int> lengths;
  for (const Example& example : examples.all) lengths.push_back(example.steps);
  const int longest = lengths.empty() ? 0 : std::ranges::max(lengths);
  std::vector<Answer> answers(examples.all.size());
  const int rows = std::max(1, sequences_in_prediction * longest);
  for (const std::vector<int>& members : batches_by_rows(lengths, rows)) {
    const Tensor p = network_->probabilities(make_batch(examples, members, nullptr));
    for (size_t b = 0; b < members.size(); ++b) {
      const float* row = p.data() + static_cast<int64_t>(b) * p.cols();
      answers[static_cast<size_t>(members[b])] = {
          static_cast<int32_t>(std::max_element(row, row + p.cols()) - row), {row, row + p.cols()}};
    }
  }
  return answers;
}

Report Classifier::score(const std::vector<Item>& items, const Examples& examples) const {
  const std::vector<Answer> answers = answer(examples);
  ClassScore score;
  for (size_t i = 0; i < items.size(); ++i)
    score.add(items[i].label, labels_[static_cast<size_t>(answers[i].label)]);
  Report report{score.accuracy(), score.report(),
                Json::object({{"schema_version", 1}, {"task", "classify"}})};
  const Json json = score.json();
  for (const auto& [name, value] : json.members()) report.json.push(name, value);
  return report;
}

void Classifier::predict(const Stream& stream, const PredictOptions& options) {
  answer_together<Item>(
      stream, items_at_once,
      [&](const std::function<bool(Item)>& take) { read_stream(stream, options.file, take); },
      [&](const std::vector<Item>& items) { write_answers(items, options, stream.out); });
}

void Classifier::write_answers(const std::vector<Item>& items, const PredictOptions& options,
                               std::ostream& out) const {
  const std::vector<Answer> answers = answer(encode(items));
  for (size_t i = 0; i < answers.size(); ++i) {
    const auto& [label, probabilities] = answers[i];
    expect_finite_answer(probabilities[static_cast<size_t>(label)]);
    const std::string& name = labels_[static_cast<size_t>(label)];
    if (options.output == "text") {
      out << fmt::format("{}\t{:.4f}\n", name, probabilities[static_cast<size_t>(label)]);
      continue;
    }
    Json all = Json::object();
    for (size_t k = 0; k < labels_.size(); ++k) all.push(labels_[k], probabilities[k]);
    Json line = Json::object({{"label", name}, {"probabilities", std::move(all)}});
    if (reads_text()) line.push("text", items[i].text);
    out << line.dump() << '\n';
  }
}

void Classifier::read_stream(const Stream& stream, const std::string& file,
                             const std::function<bool(Item)>& take) const {
  if (reads_text()) {
    LineReader lines(stream.in, file);
    while (const auto line = lines.next()) {
      expect_text(*line, file);
      if (!take({{}, std::string(line->text), {}})) return;
    }
  } else if (*kind_ == SeriesKind::npy || *kind_ == SeriesKind::idx) {
    if (!series_kind(file))
      throw Error(Place{file}, "this model reads a file as a whole", "give its path as FILE");
    for (Series& series : read_vectors(file, false))
      if (!take({{}, {}, std::move(series)})) return;
  } else {
    SeriesReader reader(stream.in, file, *kind_, series_options(true), dimension_);
    while (auto series = reader.next())
      if (!take({{}, {}, *std::move(series)})) return;
  }
}

}  // namespace cadena
