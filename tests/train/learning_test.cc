// SPDX-License-Identifier: MIT
// Networks that learn what they are said to learn, in seconds.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"
#include "cadena/train/trainer.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

/// A batch of B sequences of the same length, one row a step.
struct Batch {
  Layout layout;
  Tensor input;                  // [T·B, D]
  Tensor wanted;                 // of Adding, [B, 1]
  std::vector<int32_t> symbols;  // of Copying, one a row; -1: none
};

Layout even_layout(int steps, int sequences) {
  return Layout(std::vector<int>(static_cast<size_t>(sequences), steps));
}

/// The adding problem (Hochreiter and Schmidhuber, 1997): at each step a number from 0 to 1 and a
/// mark; two steps are marked, one in each half, and the sum of their numbers is wanted at the end.
/// The best constant answer, 1, has a mean squared error of 1/6.
class Adding : public Trainee {
 public:
  Adding(const std::string& cell, int steps, Rng& rng)
      : encoder_({.cell = cell, .input = 2, .hidden = 24}, rng),
        emit_(24, 1, rng),
        steps_(steps),
        held_out_(draw(500, rng)) {}

  void visit(Visitor& v) override {
    v("encoder", encoder_);
    v("emit", emit_);
  }

  int64_t start_epoch(Rng& rng) override {
    batches_.clear();
    for (int i = 0; i < 40; ++i) batches_.push_back(draw(32, rng));
    return std::ssize(batches_);
  }

  Loss loss(int64_t batch) override {
    const Batch& b = batches_[static_cast<size_t>(batch)];
    return {squared_error(b), b.layout.sequences(), b.layout.rows(), b.layout.rows()};
  }

  Measure measure() const override { return {"score"}; }
  double held_out_score() override {
    return -double{squared_error(held_out_).item()} / held_out_.layout.sequences();
  }

  double constant_score() const {
    double sum = 0;
    for (float wanted : held_out_.wanted.values()) sum += (wanted - 1) * (wanted - 1);
    return -sum / held_out_.layout.sequences();
  }

 private:
  Batch draw(int sequences, Rng& rng) const {
    Batch batch{even_layout(steps_, sequences),
                Tensor(int64_t{steps_} * sequences, 2),
                Tensor(sequences, 1),
                {}};
    const auto half = static_cast<uint32_t>(steps_ / 2);
    const auto at = [&](int t, int b) { return batch.input.data() + 2 * batch.layout.row(t, b); };
    for (int b = 0; b < sequences; ++b) {
      for (int t = 0; t < steps_; ++t) at(t, b)[0] = rng.uniform();
      for (uint32_t begin : {0u, half}) {
        float* marked = at(static_cast<int>(begin + rng.below(half)), b);
        marked[1] = 1;
        batch.wanted.data()[b] += marked[0];
      }
    }
    return batch;
  }

  Tensor squared_error(const Batch& batch) const {
    const Tensor answer = emit_(encoder_(batch.input, batch.layout).last.layers[0][0]);
    const Tensor error = add(answer, scale(batch.wanted, -1));
    return sum(multiply(error, error));
  }

  Recurrent encoder_;
  Linear emit_;
  int steps_;
  Batch held_out_;
  std::vector<Batch> batches_;
};

/// Five symbols are shown, one a step; in the five steps after that they are wanted again.
class Copying : public Trainee {
 public:
  static constexpr int shown = 5, symbols = 5;

  Copying(const std::string& cell, Rng& rng)
      : encoder_({.cell = cell, .input = symbols + 1, .hidden = 40}, rng),
        emit_(40, symbols, rng),
        held_out_(draw(200, rng)) {}

  void visit(Visitor& v) override {
    v("encoder", encoder_);
    v("emit", emit_);
  }

  int64_t start_epoch(Rng& rng) override {
    batches_.clear();
    for (int i = 0; i < 40; ++i) batches_.push_back(draw(32, rng));
    return std::ssize(batches_);
  }

  Loss loss(int64_t batch) override {
    const Batch& b = batches_[static_cast<size_t>(batch)];
    return {cross_entropy(scores(b), b.symbols), b.layout.sequences(), b.layout.rows(),
            b.layout.rows()};
  }

  /// The share of symbols that are right.
  Measure measure() const override { return {"score"}; }
  double held_out_score() override {
    const Tensor all = scores(held_out_);
    int64_t right = 0, wanted = 0;
    for (size_t i = 0; i < held_out_.symbols.size(); ++i) {
      if (held_out_.symbols[i] < 0) continue;
      const auto row = all.values().subspan(i * symbols, symbols);
      right += std::ranges::max_element(row) - row.begin() == held_out_.symbols[i];
      ++wanted;
    }
    return static_cast<double>(right) / static_cast<double>(wanted);
  }

 private:
  static Batch draw(int sequences, Rng& rng) {
    Batch batch{even_layout(2 * shown, sequences),
                Tensor(2 * shown * sequences, symbols + 1),
                {},
                std::vector<int32_t>(static_cast<size_t>(2 * shown * sequences), -1)};
    for (int b = 0; b < sequences; ++b)
      for (int t = 0; t < shown; ++t) {
        const auto symbol = static_cast<int32_t>(rng.below(symbols));
        const int64_t row = batch.layout.row(t, b), later = batch.layout.row(t + shown, b);
        batch.input.data()[row * (symbols + 1) + symbol] = 1;
        batch.input.data()[later * (symbols + 1) + symbols] = 1;  // "now"
        batch.symbols[static_cast<size_t>(later)] = symbol;
      }
    return batch;
  }

  Tensor scores(const Batch& batch) const {
    return emit_(encoder_(batch.input, batch.layout).output);
  }

  Recurrent encoder_;
  Linear emit_;
  Batch held_out_;
  std::vector<Batch> batches_;
};

/// Trains until the score is reached, at most so many epochs.
TrainResult train_until(double score, Trainee& trainee, int epochs) {
  const TrainOptions options{.epochs = epochs,
                             .patience = 0,
                             .average = 0.95f,
                             .optimiser = {.clip = 1},
                             .schedule = {.rate = 0.01f, .decay = "constant"}};
  return train(trainee, options,
               [&](const Progress& p) { return !p.epoch_done || p.score < score; });
}

TEST(Learning, NetworksWithGatesAddNumbersFarApart) {
  for (const char* cell : {"lstm", "gru"}) {
    Rng rng(1);
    Adding adding(cell, 50, rng);
    EXPECT_NEAR(adding.constant_score(), -1.0 / 6, 0.02);
    const TrainResult result = train_until(-0.015, adding, 100);
    EXPECT_GT(result.best, -0.02) << cell;
    EXPECT_EQ(adding.held_out_score(), result.best) << "the weights are those of the best epoch";
  }
}

TEST(Learning, NetworksCopyWhatTheySaw) {
  for (const char* cell : {"lstm", "gru"}) {
    Rng rng(1);
    Copying copying(cell, rng);
    EXPECT_NEAR(copying.held_out_score(), 1.0 / Copying::symbols, 0.1);
    const TrainResult result = train_until(0.995, copying, 100);
    EXPECT_GT(result.best, 0.99) << cell;
  }
}

TEST(Learning, ATaggerMemorisesTwentySentences) {
  const Scratch scratch;
  std::vector<Marked> corpus = tiny_corpus();
  corpus.resize(20);
  const std::string file = scratch.write("twenty.conll", to_conll(corpus));
  const Training training(small + Values{{"train.epochs", "80"}}, file, file, until_perfect);
  EXPECT_EQ(training.result.best, 100);
  for (const Marked& sentence : corpus)
    EXPECT_EQ(training.tagger.tag({sentence.words})[0], sentence.tags);
}

}  // namespace
}  // namespace cadena
