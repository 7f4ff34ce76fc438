// SPDX-License-Identifier: MIT
// What a tagger does at each token of a sentence.
#include <algorithm>
#include <limits>
#include <utility>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/suggest.h"
#include "cadena/data/conll.h"
#include "cadena/data/tokenizer.h"
#include "cadena/tasks/tagger.h"

namespace cadena {
namespace {

constexpr float impossible = -1e9f;  // e to this power is 0

std::vector<std::string> first_sentence(const std::string& line) {
  const std::vector<Token> tokens = tokenize(line);
  std::vector<std::string> words;
  if (tokens.empty()) return words;
  const size_t end = split_sentences(tokens).front().second;
  for (size_t i = 0; i < end; ++i) words.emplace_back(tokens[i].text);
  return words;
}

std::vector<std::string> chosen_sentence(std::istream& in, const InspectOptions& options,
                                         int column) {
  ConllReader reader(in, options.file, {{column}});
  int64_t number = 0;
  while (const auto sentence = reader.next())
    if (++number == options.number) return sentence->fields[0];
  throw_too_few(options, number);
}

// Scores [T·copies, K] that leave only the labels of the steps that a copy's loss is about.
Tensor only(const Tensor& scores, std::span<const int32_t> labels, std::span<const int> parts) {
  const Tensor mask(scores.rows(), scores.cols());
  const auto copies = std::ssize(parts);
  for (int64_t i = 0; i < scores.rows(); ++i) {
    const int64_t t = i / copies, part = parts[static_cast<size_t>(i % copies)];
    if (part != whole_loss && part != t) continue;
    float* const row = mask.data() + i * scores.cols();
    std::fill_n(row, scores.cols(), impossible);
    row[labels[static_cast<size_t>(t)]] = 0;
  }
  return add(scores, mask);
}

// Of each label at each step, given the sentence: what the loss says its score should lose or gain.
Tensor marginals(const Tensor& scores, const Crf& crf, std::span<const int32_t> labels,
                 const Layout& layout) {
  const Tensor leaf = side_by_side(scores, 1);
  Tape tape;
  tape.backward(crf.loss(leaf, labels, layout));
  const Tensor p(scores.rows(), scores.cols());
  std::copy_n(leaf.grad(), p.size(), p.data());
  for (int64_t t = 0; t < p.rows(); ++t)
    p.data()[t * p.cols() + labels[static_cast<size_t>(t)]] += 1;
  for (float& value : p.values()) value = std::clamp(value, 0.0f, 1.0f);
  return p;
}

int32_t best_of(const Tensor& rows, int64_t t) {
  const float* const row = rows.data() + t * rows.cols();
  return static_cast<int32_t>(std::max_element(row, row + rows.cols()) - row);
}

}  // namespace

Tensor Tagger::loss_of_parts(const Tensor& vectors, std::span<const int32_t> labels,
                             std::span<const int> parts) const {
  const auto copies = std::ssize(parts);
  const Layout layout = layout_side_by_side(vectors.rows(), copies);
  const Tensor scores = network_->scores(side_by_side(vectors, copies), layout);
  std::vector<int32_t> targets, wanted;
  for (int64_t i = 0; i < scores.rows(); ++i) {
    const int64_t t = i / copies, part = parts[static_cast<size_t>(i % copies)];
    targets.push_back(labels[static_cast<size_t>(t)]);
    wanted.push_back(part == whole_loss || part == t ? targets.back() : -1);
  }
  const std::optional<Crf>& crf = network_->crf();
  if (!crf) return cross_entropy(scores, wanted);
  // -log of what the wanted labels have of all: log Z - log Z of the paths through them. The score
  // of a path through all labels is in both, and cancels.
  return add(crf->loss(scores, targets, layout),
             scale(crf->loss(only(scores, labels, parts), targets, layout), -1));
}

std::vector<int32_t> Tagger::explain(const Tensor& vectors, Inspection& seen) {
  const TagSet& tags = columns_[0];
  const Layout layout = layout_side_by_side(vectors.rows(), 1);
  const Tensor scores = network_->scores(vectors, layout);
  const std::vector<std::string>& steps = seen.networks[0].steps;
  const std::optional<Crf>& crf = network_->crf();
  std::vector<int32_t> labels;
  if (crf)
    labels = crf->decode(scores, layout);
  else
    for (int64_t t = 0; t < scores.rows(); ++t) labels.push_back(best_of(scores, t));
  const Tensor p = crf ? marginals(scores, *crf, labels, layout) : softmax(scores);
  const std::vector<std::string> texts = tags.decode(labels);
  for (int64_t t = 0; t < p.rows(); ++t) {
    const auto at = static_cast<size_t>(t);
    const int32_t best = best_of(p, t);
    seen.answers.push_back(
        {.text = texts[at],
         .probability = p.data()[t * p.cols() + labels[at]],
         .best = best == labels[at] ? std::string() : tags.labels()[static_cast<size_t>(best)]});
  }
  seen.grids.push_back(grid_of(crf ? "marginals" : "probabilities", steps, tags.labels(), p));
  seen.grids.push_back(grid_of("scores", steps, tags.labels(), scores));
  if (!crf) return labels;
  Visitor transitions([&](const std::string& name, const Tensor& values) {
    if (name == "crf.transitions")
      seen.grids.push_back(grid_of("transitions", tags.labels(), tags.labels(), values));
  });
  visit(transitions);
  const Crf::Legal legal = tags.legal();
  for (int i = 0; legal && i < tags.size() * tags.size(); ++i)
    if (!legal(i / tags.size(), i % tags.size()))
      seen.grids.back().values[static_cast<size_t>(i)] = std::numeric_limits<float>::quiet_NaN();
  return labels;
}

Inspection Tagger::look(std::istream& in, const InspectOptions& options) {
  const std::vector<std::string> words = options.input == "conll"
                                             ? chosen_sentence(in, options, data_.word_column)
                                             : first_sentence(chosen_line(in, options));
  expect_inspectable(std::ssize(words), options);
  Forms forms;
  const std::vector<Example> examples{make_example(forms, words)};
  const Tensor vectors = network_->vectors(make_batch(forms, examples, {0}, nullptr).words);
  Inspection seen{.text = joined(words, " "),
                  .loss = "-log p of its own labels",
                  .part = network_->crf() ? "-log p of the label of step t, whatever the others are"
                                          : "-log p of the label of step t",
                  .networks = {{"encoder", words}},
                  .answers = {},
                  .observation = {},
                  .grids = {}};
  const std::vector<int32_t> labels = explain(vectors, seen);
  seen.observation =
      observe(static_cast<int>(std::ssize(words)), 1,
              [&](std::span<const int> parts) { return loss_of_parts(vectors, labels, parts); });
  return seen;
}

}  // namespace cadena
