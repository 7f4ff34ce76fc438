// SPDX-License-Identifier: MIT
#include "cadena/lecture/toy_training.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/train/optimiser.h"
#include "cadena/train/schedule.h"

namespace cadena {
namespace {

enum Stream : uint64_t { weights, training, test };  // of a seed

double mean_loss(const ToyNetwork& network, const SequenceProblem& problem, Rng rng) {
  double sum = 0, asked = 0;
  for (int i = 0; i < 10; ++i) {
    const ProblemBatch batch = problem.draw(100, rng);
    sum += network.loss(batch).item();
    asked += static_cast<double>(batch.rows.size());
  }
  return sum / asked;
}

}  // namespace

ToyNetwork::ToyNetwork(const SequenceProblem& problem, const ToyOptions& options, Rng& rng)
    : recurrent_({.cell = options.cell,
                  .input = problem.inputs,
                  .hidden = options.hidden,
                  .tuning = options.tuning},
                 rng),
      readout_(recurrent_.outputs(), problem.outputs, rng) {}

Tensor ToyNetwork::loss(const ProblemBatch& batch) const {
  const Tensor answers = readout_(gather(recurrent_(batch.x, batch.layout).output, batch.rows));
  if (!batch.classes.empty()) return cross_entropy(answers, batch.classes);
  std::vector<float> negative(batch.numbers);
  for (float& number : negative) number = -number;
  const Tensor error = add(answers, Tensor(answers.shape(), negative));
  return sum(multiply(error, error));
}

ToyResult train_toy(const SequenceProblem& problem, const ToyOptions& options) {
  Rng rng(options.seed, weights);
  ToyNetwork network(problem, options, rng);
  return train_toy(network, problem, options);
}

ToyResult train_toy(ToyNetwork& network, const SequenceProblem& problem,
                    const ToyOptions& options) {
  if (options.batch < 1 || options.steps < 1) throw Error("batch and steps must be at least 1");
  const auto start = std::chrono::steady_clock::now();
  Optimiser optimiser(parameters(network), {.clip = 1});
  const Schedule schedule({.rate = static_cast<float>(options.rate)}, options.steps);
  ToyResult result;
  result.parameters = count_parameters(network);
  Rng rng(options.seed, training);
  const int between = std::max(1, options.steps / 50);
  double sum = 0;
  for (int step = 1; step <= options.steps; ++step) {
    const ProblemBatch batch = problem.draw(options.batch, rng);
    const float asked = static_cast<float>(std::max<size_t>(1, batch.rows.size()));
    Tape tape;
    const Tensor loss = scale(network.loss(batch), 1 / asked);
    tape.backward(loss);
    if (!std::isfinite(optimiser.step(schedule.rate(step - 1))))
      throw Error("training diverged in step " + std::to_string(step), "a smaller rate may help",
                  Fault::diverged);
    sum += loss.item();
    if (step % between != 0) continue;
    result.steps.push_back(step);
    result.curve.push_back(sum / between);
    sum = 0;
  }
  result.measure = mean_loss(network, problem, Rng(options.seed, test));
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace cadena
