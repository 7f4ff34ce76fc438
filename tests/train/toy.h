// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/train/trainer.h"

namespace cadena {

/// Something to train: three weights drawn to 0 by the loss of their squares, in batches of two
/// sequences and four tokens. Its scores are told beforehand, and it notes what it is asked.
struct Toy : Trainee {
  Tensor weights = Tensor::parameter({3});  ///< 1, -2, 3 at first
  bool smaller_is_better = false;
  std::vector<double> scores;  ///< of each epoch; the last one goes on
  int64_t batches = 2;
  /// What the loss of each step of the training, from 0, is multiplied by.
  std::function<float(int64_t step)> factor = [](int64_t) { return 1.0f; };
  float drop = 0;

  std::vector<std::vector<float>> trained, scored;  ///< the weights of each step and each score
  std::vector<uint32_t> drawn;                      ///< a random number of each epoch

  Toy() { std::ranges::copy(std::vector<float>{1, -2, 3}, weights.data()); }

  std::vector<float> now() const { return {weights.values().begin(), weights.values().end()}; }

  void visit(Visitor& visitor) override { visitor("weights", weights); }

  int64_t start_epoch(Rng& rng) override {
    drawn.push_back(rng.next());
    return batches;
  }

  Loss loss(int64_t) override {
    trained.push_back(now());
    const Tensor noisy = dropout(weights, drop);
    const auto step = static_cast<int64_t>(trained.size()) - 1;
    return {scale(sum(multiply(noisy, noisy)), factor(step)), 2, 4, 4};
  }

  std::function<void()> remember() override {
    return [this, steps = trained.size()] { trained.resize(steps); };
  }

  Measure measure() const override { return {"score", smaller_is_better}; }
  double held_out_score() override {
    scored.push_back(now());
    if (scores.empty()) return 0;
    return scores[std::min(scored.size(), scores.size()) - 1];
  }
};

/// Never ends a training.
inline bool go_on(const Progress&) { return true; }

/// Plain steps: what is trained is what is scored.
inline const TrainOptions plain{.epochs = 8,
                                .patience = 0,
                                .average = 0,
                                .optimiser = {.kind = "sgd", .clip = 0},
                                .schedule = {.rate = 0.0625f, .decay = "constant"}};

inline TrainOptions with(int epochs, int patience) {
  TrainOptions options = plain;
  options.epochs = epochs;
  options.patience = patience;
  return options;
}

}  // namespace cadena
