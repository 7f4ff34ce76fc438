// SPDX-License-Identifier: MIT
// Training and measuring a tagger.
#include <algorithm>
#include <cassert>

#include "cadena/data/batches.h"
#include "cadena/data/conll.h"
#include "cadena/data/conlleval.h"
#include "cadena/data/tags.h"
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

Json json_of(const PhraseScore& score) {
  return Json::object({{"precision", score.precision() / 100},
                       {"recall", score.recall() / 100},
                       {"f1", score.f1() / 100},
                       {"phrases", score.phrases},
                       {"found", score.found},
                       {"correct", score.correct}});
}

Report entity_report(const EntityScore& score) {
  const EntityResult& result = score.result();
  Json types = Json::object();
  for (const auto& [type, part] : result.types) types.push(type, json_of(part));
  Json json = Json::object({{"schema_version", 1},
                            {"task", "tag"},
                            {"mode", "conll"},
                            {"tokens", result.tokens},
                            {"accuracy", result.accuracy() / 100}});
  const Json all = json_of(result.all);
  for (const auto& [name, value] : all.members()) json.push(name, value);
  json.push("types", std::move(types));
  return {result.all.f1(), score.report(), std::move(json)};
}

}  // namespace

// Rows are laid out step by step, longest sequence first, for the sentences and for the distinct
// forms in them.
TaggerBatch Tagger::make_batch(const Forms& forms, const std::vector<Example>& examples,
                               const std::vector<int>& members, Rng* noise) const {
  TaggerBatch batch;
  batch.sentences = Layout(lengths_of(examples, members));
  const auto rows = static_cast<size_t>(batch.sentences.rows());
  batch.words.resize(rows);
  batch.forms.resize(rows);
  std::vector<int32_t> position(forms.all.size(), -1), distinct;
  for (int t = 0; t < batch.sentences.steps(); ++t)
    for (int b = 0; b < batch.sentences.width(t); ++b) {
      const Example& example = examples[static_cast<size_t>(members[static_cast<size_t>(b)])];
      const auto row = static_cast<size_t>(batch.sentences.row(t, b));
      const int32_t id = example.forms[static_cast<size_t>(t)];
      const Form& form = forms.all[static_cast<size_t>(id)];
      const bool hidden = noise && noise->uniform() < form.hide;
      batch.words[row] = hidden ? Vocabulary::unknown : form.word;
      if (position[static_cast<size_t>(id)] < 0) {
        position[static_cast<size_t>(id)] = 0;
        distinct.push_back(id);
      }
      batch.forms[row] = id;
      if (!example.labels.empty()) batch.labels.push_back(example.labels[static_cast<size_t>(t)]);
    }
  std::vector<int> lengths;
  for (int32_t id : distinct) lengths.push_back(forms.all[static_cast<size_t>(id)].length());
  const std::vector<int> order = longest_first(lengths);
  std::sort(lengths.rbegin(), lengths.rend());
  batch.spellings = Layout(lengths);
  batch.spelling.resize(static_cast<size_t>(batch.spellings.rows()));
  for (size_t b = 0; b < order.size(); ++b) {
    const auto id = static_cast<size_t>(distinct[static_cast<size_t>(order[b])]);
    position[id] = static_cast<int32_t>(b);
    const std::vector<int32_t>& spelling = forms.all[id].spelling;
    for (size_t t = 0; t < spelling.size(); ++t)
      batch.spelling[static_cast<size_t>(
          batch.spellings.row(static_cast<int>(t), static_cast<int>(b)))] = spelling[t];
  }
  for (int32_t& form : batch.forms) form = position[static_cast<size_t>(form)];
  return batch;
}

int64_t Tagger::start_epoch(Rng& rng) {
  std::vector<int> lengths;
  for (const Example& example : examples_) lengths.push_back(example.length());
  batches_ = batches_by_rows(lengths, data_.rows, &rng);
  noise_ = rng.split();
  return std::ssize(batches_);
}

Trainee::Loss Tagger::loss(int64_t batch) {
  const std::vector<int>& members = batches_[static_cast<size_t>(batch)];
  const TaggerBatch input = make_batch(forms_, examples_, members, &*noise_);
  return {network_->loss(input), std::ssize(members), input.sentences.rows()};
}

double Tagger::held_out_score() { return score(held_out_).score; }

Report Tagger::evaluate(const std::string& path) {
  const Table table = read_conll(path, {{data_.word_column, data_.tag_column}});
  expect_tags(table);
  return score(table);
}

Report Tagger::score(const Table& table) const {
  std::vector<std::vector<std::string>> sentences, gold;
  for (const Sentence& sentence : table.sentences) {
    sentences.push_back(sentence.fields[word_field]);
    gold.push_back(sentence.fields[tag_field]);
  }
  const std::vector<std::vector<std::string>> predicted = tag(sentences);
  EntityScore score;
  const Scheme scheme = detect_scheme(gold);
  for (size_t i = 0; i < gold.size(); ++i)
    score.add(gold[i], spans_ ? convert(predicted[i], scheme) : predicted[i]);
  Report report = entity_report(score);
  if (!spans_) report.score = score.result().accuracy();
  return report;
}

std::vector<std::vector<std::string>> Tagger::tag(
    const std::vector<std::vector<std::string>>& sentences) const {
  Forms forms;
  std::vector<Example> examples;
  std::vector<int> lengths;
  for (const std::vector<std::string>& sentence : sentences)
    lengths.push_back(examples.emplace_back(make_example(forms, sentence)).length());
  std::vector<std::vector<std::string>> labels(sentences.size());
  for (const std::vector<int>& members : batches_by_rows(lengths, rows_in_prediction)) {
    const TaggerBatch batch = make_batch(forms, examples, members, nullptr);
    const std::vector<int32_t> ids = network_->decode(batch);
    for (size_t b = 0; b < members.size(); ++b) {
      std::vector<std::string>& out = labels[static_cast<size_t>(members[b])];
      for (int t = 0; t < batch.sentences.length(static_cast<int>(b)); ++t)
        out.push_back(labels_[static_cast<size_t>(
            ids[static_cast<size_t>(batch.sentences.row(t, static_cast<int>(b)))])]);
      if (spans_) out = convert(out, Scheme::iob2);
    }
  }
  return labels;
}

}  // namespace cadena
