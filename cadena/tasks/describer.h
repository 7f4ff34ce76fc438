// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/data/captions.h"
#include "cadena/data/vocabulary.h"
#include "cadena/nn/beam.h"
#include "cadena/tasks/describer_network.h"
#include "cadena/tasks/scale.h"
#include "cadena/tasks/task.h"

namespace cadena {

/// A sentence for a picture, or for a vector that somebody else has made of something.
class Describer : public Task {
 public:
  std::string_view name() const override { return "describe"; }
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
  Measure measure() const override { return {"exact"}; }
  double held_out_score() override;

  Check check(const std::string& path, const CheckOptions& options) const override;
  Report evaluate(const std::string& path) override;
  std::vector<std::string> inputs() const override;
  std::vector<std::string> outputs() const override { return {"text", "jsonl"}; }
  void add_answer_settings(Settings& settings) override;
  void predict(const Stream& stream, const PredictOptions& options) override;

 private:
  using Sentence = std::vector<int32_t>;
  // Things and their sentences as the network sees them.
  struct Examples {
    std::vector<Captioned> items;                  // their values standardised
    std::vector<std::vector<Sentence>> sentences;  // of each item
  };

  ImageShape image_shape() const;
  CaptionOptions caption_options(bool sentences) const;
  CaptionSet read(const std::string& path) const;
  void learn_scale(const CaptionSet& set);
  void learn_words(const CaptionSet& set);
  Examples encode(CaptionSet set) const;
  DescriberNetwork::Sizes network_sizes() const;
  void build_network(Rng& rng);

  std::vector<std::string> words_of(std::string_view sentence) const;
  std::string normal_form(std::string_view sentence) const;  // that answers are compared in
  std::string text_of(const Sentence& sentence) const;
  int32_t boundary() const { return static_cast<int32_t>(words_.size()); }  // starts and ends

  Tensor seen(std::span<const Captioned* const> items) const;
  Decoder::Target target(std::span<const int> members) const;
  // Best first, to each item.
  std::vector<std::vector<Hypothesis>> answer(std::span<const Captioned> items) const;
  std::vector<std::string> best_answers(std::span<const Captioned> items) const;
  Report score(std::span<const Captioned> items, std::span<const std::string> answers) const;
  bool is_exact(const Captioned& item, const std::string& answer) const;
  double exact(std::span<const Captioned> items, std::span<const std::string> answers) const;
  std::vector<std::string> nearest_sentences() const;

  void write(const Captioned& item, std::span<const Hypothesis> hypotheses,
             const PredictOptions& options, std::ostream& out) const;
  void read_stream(const Stream& stream, const std::string& file,
                   const std::function<bool(Captioned)>& take) const;

  struct {
    std::string kind = "auto";
    std::vector<int> size{48, 48, 3};
    bool lowercase = false;
    int min_count = 1;
    int batch = 32;
  } data_;
  DescriberOptions options_;
  BeamOptions beam_{.width = 4, .length_power = 0, .n_best = 1};

  Scale scale_;  // of each channel of pictures, or value of vectors
  Vocabulary words_;
  std::optional<DescriberNetwork> network_;

  // While training:
  Examples train_;
  std::vector<Captioned> held_out_;
  bool none_held_out_ = false;  // and the score is that of what is learnt
  std::vector<int> order_;      // of the items of an epoch
};

}  // namespace cadena
