// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cadena/data/text_units.h"
#include "cadena/nn/sample.h"
#include "cadena/tasks/generator_network.h"
#include "cadena/tasks/task.h"

namespace cadena {

/// Language models: text that goes on as the text that was read, by characters, words or subwords.
class Generator : public Task {
 public:
  std::string_view name() const override { return "generate"; }
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
  Carried carried() override { return {.state = &state_}; }
  Measure measure() const override;
  double held_out_score() override { return score(held_out_).score; }

  Check check(const std::string& path, const CheckOptions& options) const override;
  Report evaluate(const std::string& path) override;
  std::vector<std::string> inputs() const override { return {"text"}; }
  std::vector<std::string> outputs() const override { return {"text"}; }
  void add_answer_settings(Settings& settings) override;
  void predict(const Stream& stream, const PredictOptions& options) override;

  /// Mean of -log p of each unit given all before it, in nats, the first one after an end of line.
  /// `steps` at a time, which changes no bit.
  double cross_entropy_of(std::span<const int32_t> text, int steps = 256) const;

 private:
  // A text as the network sees it.
  struct Text {
    std::vector<int32_t> ids;
    int64_t characters = 0, unknown = 0;
  };

  // Of a line of text: what is read is its units, what should follow each the next one.
  Inspection look(std::istream& in, const InspectOptions& options) override;
  Text encode(std::span<const std::string> lines) const;
  void build_network(Rng& rng);
  Report score(const Text& text) const;
  Report report(const Text& text, double nats) const;
  void write_continuation(const std::string& prompt, Rng rng, GeneratorNetwork::Reader& reader,
                          std::ostream& out) const;

  TextUnitOptions data_;
  struct {
    int lanes = 32, steps = 64;
  } batch_;
  GeneratorOptions options_;
  struct {
    std::string prompt;
    int length = 400;
    uint64_t seed = 1;
    SampleOptions sample{.temperature = 0.8f, .top_k = 0, .top_p = 1};
  } answer_;

  TextUnits units_;
  std::optional<GeneratorNetwork> network_;

  // While training:
  Text train_, held_out_;
  int64_t offset_ = 0;  // of the first unit that this epoch learns from
  State state_;
};

}  // namespace cadena
