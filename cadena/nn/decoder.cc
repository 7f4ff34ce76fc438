// SPDX-License-Identifier: MIT
#include "cadena/nn/decoder.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "cadena/autograd/copy.h"
#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/kernels/pointwise.h"
#include "cadena/kernels/top.h"

namespace cadena {
namespace {

// One after the other.
constexpr float tied_bound = 0.1f;  // small vectors, because they are output weights too

DecoderOptions checked(DecoderOptions options) {
  if (options.tied && options.size != options.hidden)
    throw Error("decoder: vectors of " + std::to_string(options.size) +
                " values cannot be the output weights of " + std::to_string(options.hidden) +
                " units");
  if (options.attention == "none") {
    if (options.copy) throw Error("decoder: only attention can copy");
    options.feed = false;  // the recurrent layers know their own output
  }
  return options;
}

std::vector<int32_t> first(int64_t count) {
  std::vector<int32_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

State rows_of(const State& state, std::span<const int32_t> rows) {
  State some = state;
  for (std::vector<Tensor>& layer : some.layers)
    for (Tensor& matrix : layer) matrix = gather(matrix, rows);
  return some;
}

}  // namespace

Decoder::Decoder(const DecoderOptions& options, Rng& rng)
    : options_(checked(options)),
      vectors_(options.tied ? Embedding(options.symbols, options.size, tied_bound, rng)
                            : Embedding(options.symbols, options.size, rng)),
      recurrent_({.cell = options.cell,
                  .input = options.size + (options_.feed ? options.hidden : 0),
                  .hidden = options.hidden,
                  .layers = options.layers,
                  .dropout = options.dropout,
                  .tuning = options.tuning},
                 rng),
      output_bias_(Tensor::parameter({options.symbols})) {
  for (const std::vector<Tensor>& layer : recurrent_.start().layers) {
    std::vector<Linear>& maps = starts_.emplace_back();
    const size_t mapped =
        recurrent_.composed() ? 1 : layer.size();  // the others have other meanings
    for (size_t k = 0; k < mapped; ++k) maps.emplace_back(options.summary, layer[k].cols(), rng);
  }
  const int64_t seen = recurrent_.outputs();
  if (options.attention != "none")
    attention_.emplace(options.attention, seen, options.encoded, rng);
  if (!options.tied) own_weight_ = glorot_parameter({options.symbols, options.hidden}, rng);
  if (options.copy) gate_.emplace(options.hidden, 1, rng);
}

Decoder::Source Decoder::source(const Tensor& summary, const Tensor& encoded, const Layout& layout,
                                std::vector<int32_t> words) const {
  Source source;
  source.start = recurrent_.start(summary.rows());
  for (size_t i = 0; i < starts_.size(); ++i)
    for (size_t k = 0; k < starts_[i].size(); ++k)
      source.start.layers[i][k] = tanh(starts_[i][k](summary));
  if (attention_) source.memory = attention_->memory(encoded, layout);
  source.words = std::move(words);
  return source;
}

Decoder::Features Decoder::features(const Source& source, const Target& target,
                                    float sampling) const {
  if (std::ssize(target.source) != target.layout.sequences() ||
      std::ssize(target.inputs) != target.layout.rows())
    throw Error("decoder: needs a source for each sequence and an input for each row");
  std::optional<Pairing> pairing;
  if (attention_) pairing.emplace(target.layout, source.memory.layout, target.source);
  Features all = options_.feed || sampling > 0 ? step_by_step(source, target, sampling)
                                               : whole(source, target, pairing);
  all.output = dropout(all.output, options_.dropout);
  all.pairing = std::move(pairing);
  return all;
}

Decoder::Features Decoder::whole(const Source& source, const Target& target,
                                 const std::optional<Pairing>& pairing) const {
  const Tensor x = dropout(vectors_(target.inputs), options_.dropout);
  const State start = rows_of(source.start, target.source);
  const Tensor h = recurrent_(x, target.layout, start).output;
  if (!pairing) return {h, {}, {}};
  const Attention::Result result = (*attention_)(h, source.memory, *pairing);
  return {result.output, result.weights, {}};
}

Decoder::Features Decoder::step_by_step(const Source& source, const Target& target,
                                        float sampling) const {
  const Layout& layout = target.layout;
  std::optional<Rng> noise = sampling > 0 ? Tape::noise() : std::nullopt;
  State state = rows_of(source.start, target.source);
  Tensor output(layout.sequences(), options_.hidden);
  std::vector<Tensor> outputs, weights;
  for (int t = 0; t < layout.steps(); ++t) {
    const auto width = static_cast<size_t>(layout.width(t));
    if (layout.width(t) < output.rows()) {
      state = rows_of(state, first(layout.width(t)));
      output = gather(output, first(layout.width(t)));
    }
    const auto given =
        std::span(target.inputs).subspan(static_cast<size_t>(layout.row(t, 0)), width);
    std::vector<int32_t> inputs(given.begin(), given.end());
    if (noise && t > 0) replace_some(inputs, output, sampling, *noise);
    Tensor x = dropout(vectors_(inputs), options_.dropout);
    if (options_.feed) x = concat(std::vector{x, output});
    output = recurrent_.step(x, state);
    if (attention_) {
      const Pairing pairing(Layout(std::vector<int>(width, 1)), source.memory.layout,
                            std::span(target.source).first(width));
      const Attention::Result result = (*attention_)(output, source.memory, pairing);
      output = result.output;
      weights.push_back(result.weights);
    }
    outputs.push_back(output);
  }
  return {stack(outputs), attention_ ? concat(weights) : Tensor(), {}};
}

void Decoder::replace_some(std::vector<int32_t>& inputs, const Tensor& before, float share,
                           Rng& noise) const {
  std::vector<int32_t> chosen;
  for (size_t b = 0; b < inputs.size(); ++b)
    if (noise.uniform() < share) chosen.push_back(static_cast<int32_t>(b));
  if (chosen.empty()) return;
  const Tape aside;  // no gradient goes through a choice
  const Tensor scores = logits(gather(before, chosen));
  for (size_t i = 0; i < chosen.size(); ++i) {
    int32_t best = -1;
    float logit = 0;
    kernels::top(scores.cols(), scores.data() + static_cast<int64_t>(i) * scores.cols(), 1, &best,
                 &logit);
    if (best >= 0) inputs[static_cast<size_t>(chosen[i])] = best;  // none if training diverged
  }
}

Tensor Decoder::logits(const Tensor& output) const {
  return linear(output, output_weight(), output_bias_);
}

Tensor Decoder::loss(const Source& source, const Target& target, float sampling) const {
  const Features all = features(source, target, sampling);
  if (!gate_)
    return linear_cross_entropy(all.output, output_weight(), output_bias_, target.targets);
  return copy_cross_entropy({logits(all), (*gate_)(all.output), all.weights}, *all.pairing,
                            source.words, target.targets);
}

void Decoder::visit(Visitor& v) {
  v("vectors", vectors_);
  for (size_t i = 0; i < starts_.size(); ++i)
    for (size_t k = 0; k < starts_[i].size(); ++k)
      v("start_l" + std::to_string(i) + "_" + std::to_string(k), starts_[i][k]);
  v("recurrent", recurrent_);
  if (attention_) v("attention", *attention_);
  if (own_weight_) v("output.weight", own_weight_);
  v("output.bias", output_bias_);
  if (gate_) v("gate", *gate_);
}

}  // namespace cadena
