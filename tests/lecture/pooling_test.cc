// SPDX-License-Identifier: MIT
// The slide "applications", many to one: a class for a sequence.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cadena/tasks/classifier_network.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

using Matrix = std::vector<std::vector<double>>;

constexpr int inputs = 3, classes = 4;
const std::vector<int> lengths{64, 33, 7, 7, 2, 1, 1};

ClassifierOptions options_of(const std::string& cell, const std::string& pooling,
                             bool bidirectional) {
  return {.words = {},
          .cell = cell,
          .hidden = 6,
          .layers = 2,
          .bidirectional = bidirectional,
          .pooling = pooling};
}

struct Problem {
  explicit Problem(ClassifierOptions chosen)
      : options(std::move(chosen)), network(options, {0, 0, inputs, classes}, rng) {
    for (const Tensor& parameter : parameters(network))
      for (float& value : parameter.values()) value = rng.uniform(-0.6f, 0.6f);
    batch.layout = Layout(lengths);
    batch.vectors = normal_parameter({batch.layout.rows(), inputs}, rng);
  }

  /// The batch of one of its sequences.
  ClassifierBatch alone(int sequence) const {
    ClassifierBatch one;
    const int steps = batch.layout.length(sequence);
    one.layout = Layout(std::vector<int>{steps});
    one.vectors = Tensor(steps, inputs);
    for (int t = 0; t < steps; ++t)
      std::copy_n(batch.vectors.data() + batch.layout.row(t, sequence) * inputs, inputs,
                  one.vectors.data() + t * inputs);
    return one;
  }

  Rng rng{7};
  ClassifierOptions options;
  ClassifierNetwork network;
  ClassifierBatch batch;
};

const char* const poolings[] = {"last", "mean", "max", "attention"};

// Slide "many to one": t = 1..T, with a T of its own for each sequence. Whatever stands beside a
// sequence in its batch, longer or shorter, its class has the same probability to the last bit.
TEST(Lecture, C2_PaddingChangesNoBit) {
  std::vector<std::string> cells = cell_names();
  cells.emplace_back("none");
  for (const std::string& cell : cells)
    for (const char* pooling : poolings)
      for (bool bidirectional : {false, true}) {
        SCOPED_TRACE(cell + ", " + pooling + (bidirectional ? ", both directions" : ""));
        const Problem problem(options_of(cell, pooling, bidirectional));
        const Tensor together = problem.network.probabilities(problem.batch);
        ASSERT_EQ(together.shape(), (Shape{std::ssize(lengths), classes}));
        for (int b = 0; b < problem.batch.layout.sequences(); ++b)
          EXPECT_TRUE(same_bits(
              problem.network.probabilities(problem.alone(b)).values(),
              together.values().subspan(static_cast<size_t>(b * classes), size_t{classes})))
              << "sequence " << b;
      }
}

/// x · weightᵀ + bias in double; both move on to the next layer.
std::vector<double> apply(const Tensor& weight, const Tensor& bias, const std::vector<double>& x) {
  std::vector<double> y(bias.values().begin(), bias.values().end());
  for (size_t i = 0; i < y.size(); ++i)
    for (size_t j = 0; j < x.size(); ++j)
      y[i] +=
          double{weight.data()[static_cast<int64_t>(i) * weight.cols() + static_cast<int64_t>(j)]} *
          x[j];
  return y;
}

std::vector<double> softmax_of(std::vector<double> scores) {
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score);
  for (double& score : scores) score /= sum;
  return scores;
}

/// What the steps [T][2H] of one sequence become: `parts` are the network's parameters after the
/// encoder.
std::vector<double> pooled(const Matrix& steps, const std::string& pooling,
                           const std::vector<Tensor>& parts) {
  const size_t width = steps[0].size();
  std::vector<double> result(width), shares(steps.size(), 1.0 / static_cast<double>(steps.size()));
  if (pooling == "last") {  // each direction where it has read everything
    for (size_t i = 0; i < width; ++i)
      result[i] = i < width / 2 ? steps.back()[i] : steps.front()[i];
    return result;
  }
  if (pooling == "max") {
    result = steps[0];
    for (const std::vector<double>& step : steps)
      for (size_t i = 0; i < width; ++i) result[i] = std::max(result[i], step[i]);
    return result;
  }
  if (pooling == "attention") {
    for (size_t t = 0; t < steps.size(); ++t) {
      std::vector<double> question = apply(parts[0], parts[1], steps[t]);
      for (double& value : question) value = std::tanh(value);
      shares[t] = apply(parts[2], parts[3], question)[0];
    }
    shares = softmax_of(shares);
  }
  for (size_t t = 0; t < steps.size(); ++t)
    for (size_t i = 0; i < width; ++i) result[i] += shares[t] * steps[t][i];
  return result;
}

// From the outputs of the recurrent layers on, everything again in double.
TEST(Lecture, C2_PoolingIsItsEquation) {
  for (const char* pooling : poolings) {
    SCOPED_TRACE(pooling);
    Problem problem(options_of("gru", pooling, true));
    Recurrent encoder(
        {.cell = "gru", .input = inputs, .hidden = 6, .layers = 2, .bidirectional = true},
        problem.rng);
    std::vector<Tensor> parts = parameters(problem.network);
    for (const Tensor& own : parameters(encoder)) {  // the encoder's come first
      ASSERT_EQ(own.shape(), parts[0].shape());
      std::ranges::copy(parts[0].values(), own.data());
      parts.erase(parts.begin());
    }
    const Layout& layout = problem.batch.layout;
    const Tensor outputs = encoder(problem.batch.vectors, layout).output;
    const Tensor found = problem.network.probabilities(problem.batch);
    for (int b = 0; b < layout.sequences(); ++b) {
      Matrix steps;
      for (int t = 0; t < layout.length(b); ++t) {
        const float* row = outputs.data() + layout.row(t, b) * outputs.cols();
        steps.emplace_back(row, row + outputs.cols());
      }
      const std::vector<double> expected =
          softmax_of(apply(parts[parts.size() - 2], parts.back(), pooled(steps, pooling, parts)));
      for (size_t k = 0; k < classes; ++k)
        EXPECT_NEAR(found.data()[b * classes + static_cast<int>(k)], expected[k], 1e-6) << b;
    }
  }
}

}  // namespace
}  // namespace cadena
