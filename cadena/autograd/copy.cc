// SPDX-License-Identifier: MIT
#include "cadena/autograd/copy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/base/parallel.h"
#include "cadena/kernels/pointwise.h"
#include "cadena/kernels/top.h"

namespace cadena {
namespace {

constexpr int64_t rows_at_once = 16;

void check(const CopyScores& scores, const Pairing& pairing, std::span<const int32_t> words) {
  const int64_t n = scores.logits.rows();
  if (n != pairing.queries() || scores.gate.size() != n ||
      scores.weights.size() != pairing.starts().back() || std::ssize(words) != pairing.keys())
    throw Error("copy: " + std::to_string(n) + " rows of logits, " +
                std::to_string(scores.gate.size()) + " gates, " +
                std::to_string(scores.weights.size()) + " weights and " +
                std::to_string(words.size()) + " words do not agree");
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// The gradients of the loss, made on the way forward.
struct Gradients {
  Tensor logits, gate, weights;
};

// -log p(target) of one row; `d` gets the gradients, its row of logits holding the softmax.
double row_loss(const Pairing& pairing, std::span<const int32_t> words, const CopyScores& scores,
                int64_t i, int32_t target, const Gradients& d) {
  constexpr double least = 1e-30;  // of what nothing can say
  const int64_t v = scores.logits.cols();
  float* const row = d.logits.data() + i * v;
  const auto weights = pairing.row(scores.weights, i);
  const auto keys = pairing.keys_of(i);
  const auto is_target = [&](size_t t) { return words[static_cast<size_t>(keys[t])] == target; };
  double copied = 0;
  for (size_t t = 0; t < keys.size(); ++t)
    if (is_target(t)) copied += weights[t];
  const double generated = target < v ? row[target] : 0, g = sigmoid(scores.gate.data()[i]),
               not_g = sigmoid(-scores.gate.data()[i]),
               p = std::max(least, g * generated + not_g * copied), share = g * generated / p;
  for (int64_t j = 0; j < v; ++j) row[j] *= static_cast<float>(share);
  if (target < v) row[target] -= static_cast<float>(share);
  d.gate.data()[i] = static_cast<float>(-(generated - copied) * g * not_g / p);
  for (size_t t = 0; t < keys.size(); ++t)
    if (is_target(t))
      d.weights.data()[pairing.starts()[static_cast<size_t>(i)] + static_cast<int64_t>(t)] =
          static_cast<float>(-not_g / p);
  return -std::log(p);
}

// log p of every word of one row.
void row_probabilities(const Pairing& pairing, std::span<const int32_t> words,
                       const CopyScores& scores, int64_t i, float* row, int64_t columns) {
  const int64_t v = scores.logits.cols();
  const float* const logits = scores.logits.data() + i * v;
  const double gate = scores.gate.data()[i], not_g = sigmoid(-gate);
  int32_t best = 0;
  float most = 0;
  const double normaliser = kernels::top(v, logits, 1, &best, &most);
  const auto shift = static_cast<float>(-std::log1p(std::exp(-gate)) - normaliser);
  for (int64_t j = 0; j < v; ++j) row[j] = logits[j] + shift;
  std::fill(row + v, row + columns, -std::numeric_limits<float>::infinity());
  const auto weights = pairing.row(scores.weights, i);
  const auto keys = pairing.keys_of(i);
  for (size_t t = 0; t < keys.size(); ++t)
    if (const int32_t word = words[static_cast<size_t>(keys[t])]; word >= 0)
      row[word] = static_cast<float>(std::log(std::exp(double{row[word]}) + not_g * weights[t]));
}

}  // namespace

Tensor copy_cross_entropy(const CopyScores& scores, const Pairing& pairing,
                          std::span<const int32_t> words, std::span<const int32_t> targets) {
  check(scores, pairing, words);
  const int64_t n = scores.logits.rows(), v = scores.logits.cols();
  if (std::ssize(targets) != n)
    throw Error("copy: " + std::to_string(targets.size()) + " targets for " + std::to_string(n) +
                " rows");
  const Gradients d{scores.logits.clone(), Tensor(n, 1), Tensor(scores.weights.shape())};
  std::vector<double> losses(static_cast<size_t>(n));
  parallel_blocks(n, rows_at_once, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* const row = d.logits.data() + i * v;
      if (targets[static_cast<size_t>(i)] < 0) {
        std::fill_n(row, v, 0.0f);
        continue;
      }
      kernels::softmax(v, row);
      losses[static_cast<size_t>(i)] =
          row_loss(pairing, words, scores, i, targets[static_cast<size_t>(i)], d);
    }
  });
  double loss = 0;
  for (double part : losses) loss += part;
  const Tensor y(Shape{1}, {static_cast<float>(loss)});
  Tape::record({scores.logits, scores.gate, scores.weights}, {y}, [scores, d, y] {
    const auto add = [&](const Tensor& x, const Tensor& gradient) {
      if (Tape::tracked(x)) kernels::add_scaled(x.size(), y.grad()[0], gradient.data(), x.grad());
    };
    add(scores.logits, d.logits);
    add(scores.gate, d.gate);
    add(scores.weights, d.weights);
  });
  return y;
}

Tensor copy_log_probabilities(const CopyScores& scores, const Pairing& pairing,
                              std::span<const int32_t> words, int64_t columns) {
  check(scores, pairing, words);
  const int64_t n = scores.logits.rows(), v = scores.logits.cols();
  if (columns < v || std::ranges::any_of(words, [=](int32_t word) { return word >= columns; }))
    throw Error("copy: " + std::to_string(columns) + " columns do not hold every word");
  const Tensor y = Tensor::unset({n, columns});
  parallel_blocks(n, rows_at_once, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      row_probabilities(pairing, words, scores, i, y.data() + i * columns, columns);
  });
  return y;
}

}  // namespace cadena
