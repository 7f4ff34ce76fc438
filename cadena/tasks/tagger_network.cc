// SPDX-License-Identifier: MIT
#include "cadena/tasks/tagger_network.h"

#include <algorithm>

#include "cadena/autograd/ops.h"

namespace cadena {
namespace {

std::vector<int32_t> best_of_each_row(const Tensor& scores) {
  std::vector<int32_t> best;
  for (int64_t i = 0; i < scores.rows(); ++i) {
    const float* row = scores.data() + i * scores.cols();
    best.push_back(static_cast<int32_t>(std::max_element(row, row + scores.cols()) - row));
  }
  return best;
}

}  // namespace

int64_t TaggerNetwork::least_parameters(const TaggerOptions& o, const Sizes& sizes) {
  int64_t count = WordLayer::least_parameters(o.words, sizes.words, sizes.characters) +
                  cadena::least_parameters({.cell = o.cell,
                                            .input = o.words.word_size,
                                            .hidden = o.hidden,
                                            .layers = o.layers,
                                            .bidirectional = o.bidirectional});
  for (const Column& column : sizes.columns)
    count += int64_t{column.labels} * (o.output == "crf" ? column.labels : 1);
  return count;
}

TaggerNetwork::TaggerNetwork(const TaggerOptions& options, const Sizes& sizes, Rng& rng)
    : options_(options),
      words_(options.words, sizes.words, sizes.characters, rng),
      encoder_({.cell = options.cell,
                .input = words_.size(),
                .hidden = options.hidden,
                .layers = options.layers,
                .bidirectional = options.bidirectional,
                .dropout = options.dropout,
                .tuning = options.tuning},
               rng) {
  for (const Column& column : sizes.columns) {
    Head& head = heads_.emplace_back(Head{Linear(encoder_.outputs(), column.labels, rng), {}});
    if (options.output == "crf") head.crf.emplace(column.labels, column.legal);
  }
}

Tensor TaggerNetwork::features(const Tensor& vectors, const Layout& layout) const {
  const Tensor input = dropout(vectors, options_.dropout);
  return dropout(encoder_(input, layout).output, options_.dropout);
}

Tensor TaggerNetwork::scores(const Tensor& vectors, const Layout& layout) const {
  return heads_[0].emit(features(vectors, layout));
}

Tensor TaggerNetwork::loss(const TaggerBatch& batch) const {
  const Tensor x = features(vectors(batch.words), batch.sentences);
  Tensor sum;
  for (size_t k = 0; k < heads_.size(); ++k) {
    const Tensor scores = heads_[k].emit(x);
    const Tensor loss = heads_[k].crf
                            ? heads_[k].crf->loss(scores, batch.labels[k], batch.sentences)
                            : cross_entropy(scores, batch.labels[k]);
    sum = sum ? add(sum, loss) : loss;
  }
  return sum;
}

std::vector<std::vector<int32_t>> TaggerNetwork::decode(const TaggerBatch& batch) const {
  const Tensor x = features(vectors(batch.words), batch.sentences);
  std::vector<std::vector<int32_t>> labels;
  for (const Head& head : heads_) {
    const Tensor scores = head.emit(x);
    labels.push_back(head.crf ? head.crf->decode(scores, batch.sentences)
                              : best_of_each_row(scores));
  }
  return labels;
}

void TaggerNetwork::visit(Visitor& v) {
  words_.visit(v);
  v("encoder", encoder_);
  for (size_t k = 0; k < heads_.size(); ++k) {
    const std::string number = k == 0 ? "" : "_" + std::to_string(k + 1);
    v("emit" + number, heads_[k].emit);
    if (heads_[k].crf) v("crf" + number, *heads_[k].crf);
  }
}

}  // namespace cadena
