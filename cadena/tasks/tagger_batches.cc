// SPDX-License-Identifier: MIT
// Training and measuring a tagger.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "cadena/data/batches.h"
#include "cadena/data/conll.h"
#include "cadena/tasks/tagger.h"

namespace cadena {
namespace {

// Large batches use the processor well; answers do not depend on them.
constexpr int rows_in_prediction = 4096;

template <class Item>
std::vector<int> lengths_of(const std::vector<Item>& items, const std::vector<int>& members) {
  std::vector<int> lengths;
  for (int i : members) lengths.push_back(items[static_cast<size_t>(i)].length());
  return lengths;
}

}  // namespace

// Rows are laid out step by step, longest sequence first.
TaggerBatch Tagger::make_batch(const Forms& forms, const std::vector<Example>& examples,
                               const std::vector<int>& members, Rng* noise) const {
  TaggerBatch batch{.sentences = Layout(lengths_of(examples, members)), .words = {}, .labels = {}};
  batch.labels.resize(columns_.size());
  std::vector<int32_t> rows;
  for (int t = 0; t < batch.sentences.steps(); ++t)
    for (int b = 0; b < batch.sentences.width(t); ++b) {
      const Example& example = examples[static_cast<size_t>(members[static_cast<size_t>(b)])];
      rows.push_back(example.forms[static_cast<size_t>(t)]);
      for (size_t k = 0; k < example.labels.size(); ++k)
        batch.labels[k].push_back(example.labels[k][static_cast<size_t>(t)]);
    }
  batch.words = Words::batch(forms, rows, noise);
  return batch;
}

int64_t Tagger::start_epoch(Rng& rng) {
  std::vector<int> lengths;
  for (const Example& example : examples_) lengths.push_back(example.length());
  batches_ = batches_by_rows(lengths, data_.rows, &rng);
  noise_ = rng.split();
  return std::ssize(batches_);
}

int64_t Tagger::rows(int64_t batch) const {
  int64_t rows = 0;
  for (int i : batches_[static_cast<size_t>(batch)])
    rows += examples_[static_cast<size_t>(i)].length();
  return rows;
}

Trainee::Loss Tagger::loss(int64_t batch) {
  const std::vector<int>& members = batches_[static_cast<size_t>(batch)];
  const TaggerBatch input = make_batch(forms_, examples_, members, &*noise_);
  const int64_t rows = input.sentences.rows();
  return {network_->loss(input), std::ssize(members), rows, rows};
}

double Tagger::held_out_score() { return score(held_out_).score; }

Report Tagger::evaluate(const std::string& path) {
  const Table table = read(path);
  expect_tags(table);
  return score(table);
}

Report Tagger::score(const Table& table) const {
  Sentences sentences;
  for (const Sentence& sentence : table.sentences) sentences.push_back(sentence.fields[0]);
  const std::vector<Sentences> predicted = tag_columns(sentences);
  Report report{.json = Json::object({{"schema_version", 1}, {"task", "tag"}})};
  for (size_t k = 0; k < columns_.size(); ++k) {
    const Report part = columns_[k].score(table, k + 1, predicted[k]);
    if (columns_.size() > 1)
      report.text += fmt::format("{}column {}\n", k == 0 ? "" : "\n", data_.tag_columns[k]);
    report.text += part.text;
    if (k == 0) {
      report.score = part.score;
      for (const auto& [name, value] : part.json.members()) report.json.push(name, value);
    } else {
      report.json.push(fmt::format("column_{}", data_.tag_columns[k]), part.json);
    }
  }
  return report;
}

std::vector<Tagger::Sentences> Tagger::tag_columns(const Sentences& sentences) const {
  Forms forms;
  std::vector<Example> examples;
  std::vector<int> lengths;
  for (const std::vector<std::string>& sentence : sentences)
    lengths.push_back(examples.emplace_back(make_example(forms, sentence)).length());
  std::vector<Sentences> labels(columns_.size(), Sentences(sentences.size()));
  for (const std::vector<int>& members : batches_by_rows(lengths, rows_in_prediction)) {
    const TaggerBatch batch = make_batch(forms, examples, members, nullptr);
    const std::vector<std::vector<int32_t>> ids = network_->decode(batch);
    for (size_t k = 0; k < columns_.size(); ++k)
      for (size_t b = 0; b < members.size(); ++b) {
        std::vector<int32_t> own;
        for (int t = 0; t < batch.sentences.length(static_cast<int>(b)); ++t)
          own.push_back(ids[k][static_cast<size_t>(batch.sentences.row(t, static_cast<int>(b)))]);
        labels[k][static_cast<size_t>(members[b])] = columns_[k].decode(own);
      }
  }
  return labels;
}

}  // namespace cadena
