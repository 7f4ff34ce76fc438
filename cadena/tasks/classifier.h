// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cadena/data/series.h"
#include "cadena/tasks/classifier_network.h"
#include "cadena/tasks/scale.h"
#include "cadena/tasks/task.h"
#include "cadena/tasks/words.h"

namespace cadena {

/// A class for each text, row of a table, or sequence of vectors.
class Classifier : public Task {
 public:
  std::string_view name() const override { return "classify"; }
  void add_to(Settings& settings) override;
  TrainOptions train_defaults() const override;
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
  Measure measure() const override { return {"accuracy"}; }
  double held_out_score() override;

  Check check(const std::string& path, const CheckOptions& options) const override;
  Report evaluate(const std::string& path) override;
  std::vector<std::string> inputs() const override;
  std::vector<std::string> outputs() const override { return {"text", "jsonl"}; }
  void predict(const Stream& stream, const PredictOptions& options) override;

 private:
  // A text or a series, as it is read.
  struct Item {
    std::string label, text;  // no text for series
    Series series;
  };
  // The same as numbers.
  struct Example {
    std::vector<int32_t> forms;  // of a text, or
    std::vector<float> values;   // [steps, dimension]
    int steps = 0;
    int32_t label = -1;
  };
  // Examples, and the forms of their words.
  struct Examples {
    Forms forms;
    std::vector<Example> all;
  };
  struct Answer {
    int32_t label;
    std::vector<float> probabilities;
  };

  // Of a text or a series.
  Inspection look(std::istream& in, const InspectOptions& options) override;
  Item chosen_item(std::istream& in, const InspectOptions& options) const;
  bool reads_text() const { return !kind_; }
  SeriesOptions series_options(bool labelled) const;
  std::vector<Item> read(const std::string& path) const;
  std::vector<Series> read_vectors(const std::string& path, bool labelled) const;
  void keep_back(std::vector<Item>& items);
  void learn_labels(const std::vector<Item>& items, const std::string& file);
  void learn_scale(const std::vector<Item>& items);
  void build_network(Rng& rng);
  ClassifierNetwork::Sizes network_sizes() const;
  Examples encode(const std::vector<Item>& items) const;
  ClassifierBatch make_batch(const Examples& examples, const std::vector<int>& members,
                             Rng* noise) const;
  std::vector<Answer> answer(const Examples& examples) const;
  Report score(const std::vector<Item>& items, const Examples& examples) const;
  std::optional<double> logistic_accuracy() const;  // none: it would have too many weights
  // Hands over what is asked until `take` says that nobody listens any more.
  void read_stream(const Stream& stream, const std::string& file,
                   const std::function<bool(Item)>& take) const;
  void write_answers(const std::vector<Item>& items, const PredictOptions& options,
                     std::ostream& out) const;

  struct {
    int label_column = -1;
    bool pixels = false;
    int mel_bands = 40;
    std::string standardise = "all";
    int batch = 32;
  } data_;
  WordOptions word_options_;
  ClassifierOptions options_;

  std::optional<SeriesKind> kind_;  // none: texts
  int dimension_ = 0;               // of vectors
  std::vector<std::string> labels_;
  Words words_;
  Scale scale_;  // [dimension], of series
  std::optional<ClassifierNetwork> network_;

  // While training:
  Examples train_, held_out_examples_;
  std::vector<Item> held_out_;
  bool none_held_out_ = false;  // and the score is that of what is learnt
  std::vector<std::vector<int>> batches_;
  std::optional<Rng> noise_;
};

}  // namespace cadena
