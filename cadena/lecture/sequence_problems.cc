// SPDX-License-Identifier: MIT
#include "cadena/lecture/sequence_problems.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

#include "cadena/base/error.h"

namespace cadena {
namespace {

constexpr int symbols = 8, copied = 10;  // of the copy problem
constexpr int most_spikes = 10;

void expect_at_least(std::string_view what, int value, int least) {
  if (value < least)
    throw Error(std::string(what) + " must be at least " + std::to_string(least) + ", found " +
                std::to_string(value));
}

/// Zeros at all steps, and nothing asked.
ProblemBatch blank_batch(const std::vector<int>& lengths, int64_t inputs) {
  ProblemBatch batch{.x = {}, .layout = Layout(lengths), .rows = {}, .numbers = {}, .classes = {}};
  batch.x = Tensor(batch.layout.rows(), inputs);
  return batch;
}

ProblemBatch blank_batch(int steps, int sequences, int64_t inputs) {
  return blank_batch(std::vector<int>(static_cast<size_t>(sequences), steps), inputs);
}

float& input(const ProblemBatch& batch, int step, int sequence, int64_t column) {
  return batch.x.data()[batch.layout.row(step, sequence) * batch.x.cols() + column];
}

void ask(ProblemBatch& batch, int step, int sequence, float number) {
  batch.rows.push_back(static_cast<int32_t>(batch.layout.row(step, sequence)));
  batch.numbers.push_back(number);
}

int drawn(int low, int high, Rng& rng) {  // in [low, high)
  return low + static_cast<int>(rng.below(static_cast<uint32_t>(high - low)));
}

ProblemBatch draw_adding(int length, int sequences, Rng& rng) {
  ProblemBatch batch = blank_batch(length, sequences, 2);
  for (int b = 0; b < sequences; ++b) {
    for (int t = 0; t < length; ++t) input(batch, t, b, 0) = rng.uniform();
    float sum = 0;
    for (const int marked : {drawn(0, length / 2, rng), drawn(length / 2, length, rng)}) {
      input(batch, marked, b, 1) = 1;
      sum += input(batch, marked, b, 0);
    }
    ask(batch, length - 1, b, sum);
  }
  return batch;
}

ProblemBatch draw_copy(int length, int sequences, Rng& rng) {
  constexpr int blank = symbols, begin = symbols + 1;
  const int steps = length + 2 * copied;
  ProblemBatch batch = blank_batch(steps, sequences, symbols + 2);
  batch.classes.assign(static_cast<size_t>(batch.layout.rows()), blank);
  for (int32_t row = 0; row < batch.layout.rows(); ++row) batch.rows.push_back(row);
  for (int b = 0; b < sequences; ++b) {
    for (int t = copied; t < steps; ++t)
      input(batch, t, b, t == copied + length - 1 ? begin : blank) = 1;
    for (int t = 0; t < copied; ++t) {
      const int symbol = drawn(0, symbols, rng);
      input(batch, t, b, symbol) = 1;
      batch.classes[static_cast<size_t>(batch.layout.row(steps - copied + t, b))] = symbol;
    }
  }
  return batch;
}

ProblemBatch draw_timing(int interval, int delays, int sequences, Rng& rng) {
  const int steps = 4 * (interval + delays);
  ProblemBatch batch = blank_batch(steps, sequences, 1);
  for (int b = 0; b < sequences; ++b) {
    int delay = drawn(0, delays + 1, rng);
    for (int t = interval + delay; t < steps; t += interval + delay) {
      input(batch, t, b, 0) = 1;
      ask(batch, t, b, static_cast<float>(delay) / static_cast<float>(delays));
      delay = drawn(0, delays + 1, rng);
    }
  }
  return batch;
}

ProblemBatch draw_spikes(int period, int sequences, Rng& rng) {
  std::vector<int> lengths;
  for (int b = 0; b < sequences; ++b) lengths.push_back(period * drawn(1, most_spikes + 1, rng));
  std::ranges::sort(lengths, std::greater());
  ProblemBatch batch = blank_batch(lengths, 1);
  for (int b = 0; b < sequences; ++b)
    for (int t = 0; t < lengths[static_cast<size_t>(b)]; ++t)
      ask(batch, t, b, (t + 1) % period == 0 ? 1.0f : 0.0f);
  return batch;
}

ProblemBatch draw_keeping(int length, int sequences, Rng& rng) {
  ProblemBatch batch = blank_batch(length, sequences, 2);
  for (int b = 0; b < sequences; ++b) {
    for (int t = 0; t < length; ++t) input(batch, t, b, 0) = rng.uniform(-1, 1);
    const int marked = drawn(0, length / 2, rng);
    input(batch, marked, b, 1) = 1;
    ask(batch, length - 1, b, input(batch, marked, b, 0));
  }
  return batch;
}

}  // namespace

SequenceProblem adding_problem(int length) {
  expect_at_least("the length of the adding problem", length, 2);
  return {.name = "adding",
          .measure = "mean squared error",
          .inputs = 2,
          .outputs = 1,
          .chance = 1.0 / 6,
          .solved = 0.01,
          .draw = [=](int sequences, Rng& rng) { return draw_adding(length, sequences, rng); }};
}

SequenceProblem copy_problem(int length) {
  expect_at_least("the length of the copy problem", length, 1);
  return {.name = "copy",
          .measure = "cross-entropy",
          .inputs = symbols + 2,
          .outputs = symbols + 1,
          .chance = copied * std::log(symbols) / (length + 2 * copied),
          .solved = 0.01,
          .draw = [=](int sequences, Rng& rng) { return draw_copy(length, sequences, rng); }};
}

SequenceProblem timing_problem(int interval, int delays) {
  expect_at_least("the interval of the timing problem", interval, 1);
  expect_at_least("the delays of the timing problem", delays, 1);
  return {.name = "timing",
          .measure = "mean squared error",
          .inputs = 1,
          .outputs = 1,
          .chance = (delays + 2) / (12.0 * delays),  // variance of 0/m, 1/m ... m/m
          .solved = 0.25 / (delays * delays),        // half a step
          .draw = [=](int sequences, Rng& rng) {
            return draw_timing(interval, delays, sequences, rng);
          }};
}

SequenceProblem spikes_problem(int period) {
  expect_at_least("the period of the spikes", period, 2);
  return {.name = "spikes",
          .measure = "mean squared error",
          .inputs = 1,
          .outputs = 1,
          .chance = (period - 1.0) / (period * period),
          .solved = 0.01 / period,
          .draw = [=](int sequences, Rng& rng) { return draw_spikes(period, sequences, rng); }};
}

SequenceProblem keeping_problem(int length) {
  expect_at_least("the length of the keeping problem", length, 2);
  return {.name = "keeping",
          .measure = "mean squared error",
          .inputs = 2,
          .outputs = 1,
          .chance = 1.0 / 3,
          .solved = 0.01,
          .draw = [=](int sequences, Rng& rng) { return draw_keeping(length, sequences, rng); }};
}

}  // namespace cadena
