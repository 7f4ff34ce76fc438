// SPDX-License-Identifier: MIT
#include "cadena/tasks/classifier_network.h"

#include "cadena/autograd/ops.h"
#include "cadena/nn/trace.h"

namespace cadena {
namespace {

int64_t input_size(const ClassifierOptions& o, const ClassifierNetwork::Sizes& sizes) {
  return sizes.dimension > 0 ? sizes.dimension : o.words.word_size;
}

// The last row of each sequence; zeros where it is empty.
Tensor last_over_time(const Tensor& x, const Layout& layout) {
  const Tensor is_last(layout.rows(), 1);
  for (int b = 0; b < layout.sequences() && layout.length(b) > 0; ++b)
    is_last.data()[layout.row(layout.length(b) - 1, b)] = 1;
  return sum_over_time(scale_rows(x, is_last), layout);
}

}  // namespace

int64_t ClassifierNetwork::least_parameters(const ClassifierOptions& o, const Sizes& sizes) {
  const int64_t hidden = o.hidden;
  const int64_t words =
      sizes.dimension > 0 ? 0 : WordLayer::least_parameters(o.words, sizes.words, sizes.characters);
  const int64_t layers = o.cell == "none"
                             ? hidden * (input_size(o, sizes) + (o.layers - 1) * hidden)
                             : cadena::least_parameters({.cell = o.cell,
                                                         .input = input_size(o, sizes),
                                                         .hidden = hidden,
                                                         .layers = o.layers,
                                                         .bidirectional = o.bidirectional});
  const int64_t pooling = o.pooling == "attention" ? hidden * hidden : 0;
  return words + layers + pooling + hidden * sizes.classes;
}

ClassifierNetwork::ClassifierNetwork(const ClassifierOptions& options, const Sizes& sizes, Rng& rng)
    : options_(options) {
  if (sizes.dimension == 0) words_.emplace(options.words, sizes.words, sizes.characters, rng);
  int64_t width = words_ ? words_->size() : sizes.dimension;
  if (options.cell != "none") {
    recurrent_.emplace(RecurrentOptions{.cell = options.cell,
                                        .input = width,
                                        .hidden = options.hidden,
                                        .layers = options.layers,
                                        .bidirectional = options.bidirectional,
                                        .dropout = options.dropout,
                                        .tuning = options.tuning},
                       rng);
    width = recurrent_->outputs();
  } else {
    for (int i = 0; i < options.layers; ++i, width = options.hidden)
      layers_.emplace_back(width, options.hidden, rng);
  }
  if (options.pooling == "attention") {
    attention_.emplace(width, width, rng);
    attention_score_.emplace(width, 1, rng);
  }
  output_.emplace(width, sizes.classes, rng);
}

// The features of every step, and those that the last step leaves.
Tensor ClassifierNetwork::encode(const Tensor& vectors, const Layout& layout, Tensor& last) const {
  Tensor x = words_ ? dropout(vectors, options_.dropout) : vectors;
  if (recurrent_) {
    Recurrent::Result result = (*recurrent_)(x, layout);
    last = result.last.layers.back()[0];
    return result.output;
  }
  for (size_t i = 0; i < layers_.size(); ++i)
    x = tanh(layers_[i](i == 0 ? x : dropout(x, options_.dropout)));
  if (options_.pooling == "last") last = last_over_time(x, layout);
  return x;
}

// Additive attention with one question that is learnt (Yang et al., 2016).
Tensor ClassifierNetwork::logits(const Tensor& vectors, const Layout& layout) const {
  Tensor pooled;
  const Tensor x = encode(vectors, layout, pooled);
  if (options_.pooling == "mean") pooled = mean_over_time(x, layout);
  if (options_.pooling == "max") pooled = max_over_time(x, layout);
  if (options_.pooling == "attention") {
    const Tensor shares = softmax_over_time((*attention_score_)(tanh((*attention_)(x))), layout);
    if (Trace* const trace = Trace::current()) trace->note("attention", shares);
    pooled = sum_over_time(scale_rows(x, shares), layout);
  }
  return (*output_)(dropout(pooled, options_.dropout));
}

Tensor ClassifierNetwork::loss(const ClassifierBatch& batch) const {
  return cross_entropy(logits(vectors(batch), batch.layout), batch.labels);
}

Tensor ClassifierNetwork::probabilities(const ClassifierBatch& batch) const {
  return softmax(logits(vectors(batch), batch.layout));
}

void ClassifierNetwork::visit(Visitor& v) {
  if (words_) words_->visit(v);
  if (recurrent_) v("encoder", *recurrent_);
  for (size_t i = 0; i < layers_.size(); ++i) v("layer_" + std::to_string(i), layers_[i]);
  if (attention_) v("attention", *attention_);
  if (attention_score_) v("attention_score", *attention_score_);
  v("output", *output_);
}

}  // namespace cadena
