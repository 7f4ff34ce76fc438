// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "cadena/data/table.h"
#include "cadena/data/vectors.h"
#include "cadena/data/vocabulary.h"
#include "cadena/tasks/tagger_network.h"
#include "cadena/tasks/task.h"

namespace cadena {

/// Labels for the tokens of sentences, from CoNLL files: named entities and other spans.
class Tagger : public Task {
 public:
  std::string_view name() const override { return "tag"; }
  void add_to(Settings& settings) override;
  void prepare(const std::string& train, const std::optional<std::string>& held_out,
               Rng& rng) override;
  std::string summary() const override;
  std::map<std::string, std::string> vocabularies() const override;
  void restore(const ModelFile& file) override;

  void visit(Visitor& visitor) override { network_->visit(visitor); }
  int64_t start_epoch(Rng& rng) override;
  Loss loss(int64_t batch) override;
  double held_out_score() override;

  Report evaluate(const std::string& path) override;
  std::vector<std::string> inputs() const override { return {"text", "conll"}; }
  std::vector<std::string> outputs() const override { return {"conll", "jsonl", "text"}; }
  void predict(const Stream& stream, const PredictOptions& options) override;

  /// IOB2 labels of sentences given as tokens.
  std::vector<std::vector<std::string>> tag(
      const std::vector<std::vector<std::string>>& sentences) const;

 private:
  static constexpr size_t word_field = 0, tag_field = 1;  // of the tables read here

  // A distinct word form, as numbers.
  struct Form {
    int32_t word;
    float hide;  // how often it is taken as unknown in training
    std::vector<int32_t> spelling;
    int length() const { return static_cast<int>(spelling.size()); }
  };
  struct Forms {
    std::vector<Form> all;
    std::unordered_map<std::string, int32_t, StringHash, std::equal_to<>> ids;
  };
  struct Example {
    std::vector<int32_t> forms, labels;
    int length() const { return static_cast<int>(forms.size()); }
  };

  void build_vocabularies(const Table& train);
  void build_labels(const Table& train);
  void expect_tags(const Table& table) const;
  void build_network(Rng& rng);
  TaggerNetwork::Sizes network_sizes() const {
    return {words_.size(), characters_.size(), static_cast<int>(labels_.size())};
  }
  void load_vectors();
  std::string normal_form(std::string_view word) const;
  int32_t find_form(Forms& forms, const std::string& word) const;
  Example make_example(Forms& forms, const std::vector<std::string>& words) const;
  TaggerBatch make_batch(const Forms& forms, const std::vector<Example>& examples,
                         const std::vector<int>& members, Rng* noise) const;
  Report score(const Table& table) const;

  struct {
    int word_column = 1, tag_column = -1;
    bool lowercase = true;
    int min_count = 1;
    float unknown = 4;
    std::string vectors;
    int vector_words = 50000;
    int rows = 256;
  } data_;
  TaggerOptions options_;

  Vocabulary words_, characters_;
  std::vector<std::string> labels_;
  bool spans_ = true;  // labels are entities in BIOES, else just names of classes
  std::optional<TaggerNetwork> network_;

  // While training:
  Forms forms_;
  std::vector<Example> examples_;
  Table held_out_;
  WordVectors vectors_;
  std::vector<std::vector<int>> batches_;
  std::optional<Rng> noise_;
};

}  // namespace cadena
