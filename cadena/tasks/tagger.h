// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cadena/data/table.h"
#include "cadena/tasks/tag_set.h"
#include "cadena/tasks/tagger_network.h"
#include "cadena/tasks/task.h"
#include "cadena/tasks/words.h"

namespace cadena {

/// Labels for the tokens of sentences, from CoNLL files: named entities and other spans, parts of
/// speech and other classes; several columns of them at once.
class Tagger : public Task {
 public:
  std::string_view name() const override { return "tag"; }
  void add_to(Settings& settings) override;
  TrainOptions train_defaults() const override { return {.epochs = 0}; }
  void prepare(const std::string& train, const std::optional<std::string>& held_out,
               Rng& rng) override;
  std::string summary() const override;
  std::vector<Baseline> baselines() const override;
  std::map<std::string, std::string> vocabularies() const override;
  void restore(const ModelFile& file) override;

  void visit(Visitor& visitor) override { network_->visit(visitor); }
  int64_t start_epoch(Rng& rng) override;
  Loss loss(int64_t batch) override;
  Carried carried() override { return {.noise = noise_ ? &*noise_ : nullptr}; }
  int64_t rows(int64_t batch) const override;
  std::string where(int64_t batch) const override;
  /// Of the first column.
  Measure measure() const override { return {columns_[0].spans() ? "F1" : "accuracy"}; }
  double held_out_score() override;

  Check check(const std::string& path, const CheckOptions& options) const override;
  Report evaluate(const std::string& path) override;
  std::vector<std::string> inputs() const override { return {"text", "conll"}; }
  std::vector<std::string> outputs() const override { return {"conll", "jsonl", "text"}; }
  void predict(const Stream& stream, const PredictOptions& options) override;
  std::vector<ShownExample> examples() override;

  using Sentences = std::vector<std::vector<std::string>>;
  /// The labels of sentences that are given as tokens; entities in IOB2. Of several columns the
  /// first.
  Sentences tag(const Sentences& sentences) const { return tag_columns(sentences).front(); }
  /// The labels of each column.
  std::vector<Sentences> tag_columns(const Sentences& sentences) const;

 private:
  struct Example {
    std::vector<int32_t> forms;
    std::vector<std::vector<int32_t>> labels;  // [columns]
    int length() const { return static_cast<int>(forms.size()); }
  };

  Table read(const std::string& path) const;
  void expect_tags(const Table& table) const;
  void build_network(Rng& rng);
  TaggerNetwork::Sizes network_sizes() const;
  Example make_example(Forms& forms, const std::vector<std::string>& words) const;
  TaggerBatch make_batch(const Forms& forms, const std::vector<Example>& examples,
                         const std::vector<int>& members, Rng* noise) const;
  Report score(const Table& table) const;
  Sentences most_frequent_labels() const;  // of the held-out part
  Sentences window_labels() const;
  int reach() const;  // of the window, in tokens on each side

  // Of the first column, and of a line of text its first sentence.
  Inspection look(std::istream& in, const InspectOptions& options) override;
  // Adds answers and what speaks for them; the labels of all steps.
  std::vector<int32_t> explain(const Tensor& vectors, Inspection& seen);
  // Of copies of a sentence [T, D] with these labels, as observe() asks for it.
  Tensor loss_of_parts(const Tensor& vectors, std::span<const int32_t> labels,
                       std::span<const int> parts) const;

  struct {
    int word_column = 1;
    std::vector<int> tag_columns{-1};
    std::string unknown_tag;
    int rows = 256;
  } data_;
  WordOptions word_options_;
  TaggerOptions options_;

  Words words_;
  std::vector<TagSet> columns_;
  std::optional<TaggerNetwork> network_;

  // While training:
  Forms forms_;
  std::vector<Example> examples_;
  std::string file_;                                // that they come from
  std::vector<std::pair<int64_t, int64_t>> lines_;  // of each, first and last
  Table held_out_;
  std::vector<std::vector<int>> batches_;
  std::optional<Rng> noise_;
};

}  // namespace cadena
