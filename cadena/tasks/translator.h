// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/data/parallel_text.h"
#include "cadena/data/text_units.h"
#include "cadena/nn/decoder_stepper.h"
#include "cadena/tasks/task.h"
#include "cadena/tasks/translator_network.h"

namespace cadena {

/// What a task's path means: a file of lines SOURCE<tab>TARGET, or, where there is no file of that
/// name but a comma in it, SOURCES,TARGETS: two files that belong together line by line. Errors:
/// more than one comma, an empty part.
PairFiles pair_files(const std::string& path);

/// Text to text: translations, summaries, subjects.
class Translator : public Task {
 public:
  std::string_view name() const override { return "translate"; }
  void add_to(Settings& settings) override;
  TrainOptions train_defaults() const override;
  /// Paths as pair_files() has them, here, in check() and in evaluate().
  void prepare(const std::string& train, const std::optional<std::string>& held_out,
               Rng& rng) override;
  std::string summary() const override;
  std::vector<Baseline> baselines() const override;
  std::map<std::string, std::string> vocabularies() const override;
  void restore(const ModelFile& file) override;

  void visit(Visitor& visitor) override { network_->visit(visitor); }
  int64_t start_epoch(Rng& rng) override;
  Loss loss(int64_t batch) override;
  int64_t rows(int64_t batch) const override;
  Measure measure() const override;
  double held_out_score() override;

  Check check(const std::string& path, const CheckOptions& options) const override;
  Report evaluate(const std::string& path) override;
  std::vector<std::string> inputs() const override { return {"text"}; }
  std::vector<std::string> outputs() const override { return {"text", "jsonl"}; }
  void add_answer_settings(Settings& settings) override;
  void predict(const Stream& stream, const PredictOptions& options) override;

  /// What can be said of a source, as units of the target; words without one are copied.
  struct Answer {
    Hypothesis hypothesis;
    std::vector<std::string> units;
    std::string text;
  };
  /// The best answers to each text; none to one without a unit.
  std::vector<std::vector<Answer>> answer(std::span<const std::string> texts,
                                          const BeamOptions& beam) const;

 private:
  class Answers;  // to a stream

  // A text as the network reads it.
  struct Source {
    std::vector<int32_t> units, words;  // words as CopyScores has them, if there is copying
    std::vector<std::string> others;    // what the words after the target's units are
  };
  struct Example {
    Source source;
    std::vector<int32_t> targets;  // with the end, unless it was cut
  };

  // Of the best answer to a line of text.
  Inspection look(std::istream& in, const InspectOptions& options) override;
  // Of copies of a source [T, size] and what is said of it, as observe() asks for it.
  Tensor loss_of_parts(const Tensor& vectors, const Source& source, std::span<const int32_t> inputs,
                       std::span<const int32_t> symbols, std::span<const int> parts) const;
  std::vector<TextPair> read(const std::string& path) const;
  std::string normal_form(std::string_view text) const;
  void learn_units(std::span<const TextPair> pairs);
  void build_network(Rng& rng);
  Source encode_source(std::string_view text) const;
  Example encode(const TextPair& pair) const;
  int32_t readable(int32_t said) const;  // a copied word that is no unit is read as unknown
  TranslatorBatch make_batch(std::span<const int> members) const;
  // Members from the longest source to the shortest.
  Decoder::Source read_sources(std::span<const Source> sources, std::span<const int> members) const;

  std::vector<std::vector<Answer>> answer(const DecoderStepper& stepper,
                                          std::span<const std::string> texts,
                                          const BeamOptions& beam) const;
  Answer finish(Hypothesis hypothesis, const Source& source) const;
  Report score(std::span<const TextReferences> texts, const BeamOptions& beam) const;
  Report compare(std::span<const TextReferences> texts, std::span<const std::string> outputs) const;
  // [units of the answer][units of the source]
  std::vector<std::vector<float>> attention_of(const std::string& text, const Answer& answer) const;

  TextUnitOptions units_{.unit = "subword", .min_count = 2, .max_units = 0, .merges = 8000};
  struct {
    bool joint = false, lowercase = false;
    int longest_source = 100, longest_target = 100;
    std::string measure = "bleu", tokenizer = "13a";
    int measured = 2000, batch = 64;
  } data_;
  TranslatorOptions options_;
  BeamOptions beam_{.width = 5, .length_power = 1, .n_best = 1};

  TextUnits source_units_, target_units_;
  std::optional<TranslatorNetwork> network_;

  // While training:
  std::vector<Example> train_;
  std::vector<TextReferences> held_out_;
  int64_t lead_ = 1;            // words of a target on average
  bool none_held_out_ = false;  // and the score is that of what is learnt
  std::vector<std::vector<int>> batches_;
};

}  // namespace cadena
