// SPDX-License-Identifier: MIT
#include "cadena/train/rehearsal.h"

#include <algorithm>
#include <vector>

#include "cadena/autograd/tape.h"
#include "cadena/base/compute.h"
#include "cadena/nn/trace.h"

namespace cadena {
namespace {

// Batches of several sizes leave memory behind that others cannot use.
constexpr int64_t others = 7;

int64_t largest(const Trainee& trainee, int64_t batches) {
  int64_t best = 0;
  for (int64_t i = 1; i < batches; ++i)
    if (trainee.rows(i) > trainee.rows(best)) best = i;
  return best;
}

}  // namespace

void rehearse(Trainee& trainee, const TrainOptions& options) {
  const ComputeScope scope(
      {.precision = find_precision(options.precision), .memory = int64_t{options.memory} << 20});
  const Optimiser optimiser(parameters(trainee), options.optimiser, options.average);
  std::vector<Tensor> best;
  for (const Tensor& parameter : optimiser.parameters()) best.push_back(parameter.clone());
  Rng rng(options.seed);
  const int64_t batches = trainee.start_epoch(rng);
  const auto step = [&](int64_t batch) {
    const std::function<void()> put_back = trainee.remember();
    Tape tape(rng);
    tape.backward(trainee.loss(batch).sum);
    for (const Tensor& parameter : optimiser.parameters()) parameter.clear_grad();
    put_back();
  };
  step(largest(trainee, batches));
  for (int64_t i = 0; i < std::min(others, batches); ++i)
    step(i * batches / std::min(others, batches));
  trainee.held_out_score();
  const std::function<void()> put_back = trainee.remember();
  const Trace trace;
  trainee.loss(0);
  put_back();
}

}  // namespace cadena
