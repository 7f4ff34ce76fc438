// SPDX-License-Identifier: MIT
// The slides "sequential data", "recurrent network" and "unrolling".
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/nn/recurrent.h"
#include "tests/golden/golden.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

constexpr int inputs = 3, hidden = 5;

/// Some rows of a matrix, as a tensor whose gradient is wanted.
Tensor rows_of(const Tensor& matrix, const std::vector<int64_t>& rows) {
  const Tensor result = Tensor::parameter({std::ssize(rows), matrix.cols()});
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy_n(matrix.data() + rows[i] * matrix.cols(), matrix.cols(),
                result.data() + static_cast<int64_t>(i) * matrix.cols());
  return result;
}

void append(std::vector<float>& all, std::span<const float> values) {
  all.insert(all.end(), values.begin(), values.end());
}

std::vector<float> picked(std::span<const float> values, const std::vector<int64_t>& rows,
                          int64_t columns) {
  std::vector<float> result;
  for (int64_t row : rows)
    append(result,
           values.subspan(static_cast<size_t>(row * columns), static_cast<size_t>(columns)));
  return result;
}

std::vector<float> values_of(const State& state) {
  std::vector<float> all;
  for (const Tensor& part : state.layers[0]) append(all, part.values());
  return all;
}

/// A layer and what goes in: x [N, D], initial states, and what the outputs [N, directions·H] and
/// the last states are weighted with in the loss.
struct Problem {
  Problem(const std::string& cell, bool bidirectional, const std::vector<int>& lengths)
      : rng(5),
        network({.cell = cell, .input = inputs, .hidden = hidden, .bidirectional = bidirectional},
                rng),
        layout(lengths),
        x(normal_parameter({layout.rows(), inputs}, rng)),
        upstream(normal_parameter({layout.rows(), network.outputs()}, rng)),
        initial(network.start(layout.sequences())),
        upstream_last(initial) {
    for (const Tensor& parameter : parameters(network))
      for (float& value : parameter.values()) value = rng.uniform(-0.5f, 0.5f);
    for (State* states : {&initial, &upstream_last})
      for (Tensor& state : states->layers[0])
        state = normal_parameter({layout.sequences(), network.outputs()}, rng);
  }

  /// This problem for one of its sequences.
  Problem alone(int sequence) const {
    Problem part = *this;
    part.layout = Layout(std::vector<int>{layout.length(sequence)});
    part.x = rows_of(x, rows(sequence));
    part.upstream = rows_of(upstream, rows(sequence));
    for (State* states : {&part.initial, &part.upstream_last})
      for (Tensor& state : states->layers[0]) state = rows_of(state, {sequence});
    return part;
  }

  /// The whole batch, but only one sequence counts in the loss.
  Problem with_loss_of(int sequence) const {
    Problem part = *this;
    const auto keep = [](Tensor& matrix, const std::vector<int64_t>& rows) {
      const Tensor all = std::exchange(matrix, Tensor(matrix.shape()));
      for (int64_t row : rows)
        std::copy_n(all.data() + row * all.cols(), all.cols(), matrix.data() + row * all.cols());
    };
    keep(part.upstream, rows(sequence));
    for (Tensor& weights : part.upstream_last.layers[0]) keep(weights, {sequence});
    return part;
  }

  std::vector<int64_t> rows(int sequence) const {
    std::vector<int64_t> all;
    for (int t = 0; t < layout.length(sequence); ++t) all.push_back(layout.row(t, sequence));
    return all;
  }

  /// The rows of a sequence among all states of the batch, one below the other.
  std::vector<int64_t> state_rows(int sequence) const {
    std::vector<int64_t> all;
    for (int64_t k = 0; k < std::ssize(initial.layers[0]); ++k)
      all.push_back(k * layout.sequences() + sequence);
    return all;
  }

  Rng rng;
  Recurrent network;
  Layout layout;
  Tensor x, upstream;
  State initial, upstream_last;
};

/// All that comes out of a problem. The gradients are taken away from their tensors.
struct Outcome {
  Outcome(const Problem& problem, const State& last) : states(values_of(last)) {
    const auto take = [](std::vector<float>& all, const Tensor& tensor) {
      append(all, gradient(tensor));
      tensor.clear_grad();
    };
    for (const Tensor& state : problem.initial.layers[0]) take(initial, state);
    Recurrent network = problem.network;
    for (const Tensor& parameter : parameters(network)) take(weights, parameter);
  }

  std::vector<float> output, states;       // values
  std::vector<float> x, initial, weights;  // gradients
};

Tensor weighted(const Tensor& result, const Tensor& weights) {
  return sum(multiply(result, weights.clone()));  // a constant
}

Tensor loss_of(const Problem& problem, const State& last) {
  Tensor loss(Shape{1});
  for (size_t k = 0; k < last.layers[0].size(); ++k)
    loss = add(loss, weighted(last.layers[0][k], problem.upstream_last.layers[0][k]));
  return loss;
}

Outcome run(const Problem& problem) {
  Tape tape;
  const auto [output, last] = problem.network(problem.x, problem.layout, problem.initial);
  tape.backward(add(weighted(output, problem.upstream), loss_of(problem, last)));
  Outcome outcome(problem, last);
  append(outcome.output, output.values());
  append(outcome.x, gradient(problem.x));
  problem.x.clear_grad();
  return outcome;
}

using Step = std::function<Tensor(const Tensor& x, State& state)>;

/// The same with one node of the graph, or several, for each step.
Outcome unrolled(const Problem& problem, const Step& step) {
  Tape tape;
  State state = problem.initial;
  Tensor loss(Shape{1});
  std::vector<Tensor> x, y;
  for (int64_t t = 0; t < problem.x.rows(); ++t) {
    x.push_back(rows_of(problem.x, {t}));
    y.push_back(step(x.back(), state));
    loss = add(loss, weighted(y.back(), rows_of(problem.upstream, {t})));
  }
  tape.backward(add(loss, loss_of(problem, state)));
  Outcome outcome(problem, state);
  for (const Tensor& row : x) append(outcome.x, gradient(row));
  for (const Tensor& row : y) append(outcome.output, row.values());
  return outcome;
}

/// The gradients of the weights are sums over steps, which the two graphs take in opposite order.
void expect_unrolled(const Problem& problem, const Step& step) {
  const Outcome layer = run(problem);
  const Outcome graph = unrolled(problem, step);
  EXPECT_TRUE(same_bits(layer.output, graph.output));
  EXPECT_TRUE(same_bits(layer.states, graph.states));
  EXPECT_TRUE(same_bits(layer.x, graph.x));
  EXPECT_TRUE(same_bits(layer.initial, graph.initial));
  EXPECT_LE(distance(layer.weights, graph.weights), 1e-5);
}

TEST(Lecture, A2_TheLayerIsItsUnrolledStepsBitForBit) {
  for (const std::string& cell : cell_names())
    for (int steps = 1; steps <= 64; ++steps) {
      SCOPED_TRACE(cell + ", " + std::to_string(steps) + " steps");
      const Problem problem(cell, false, {steps});
      expect_unrolled(
          problem, [&](const Tensor& x, State& state) { return problem.network.step(x, state); });
    }
}

// h_t = tanh(b + W h_{t-1} + U x_t) written out in elementary operations.
TEST(Lecture, A2_TheElmanLayerIsItsUnrolledEquationBitForBit) {
  for (int steps = 1; steps <= 64; ++steps) {
    SCOPED_TRACE(steps);
    Problem problem("elman", false, {steps});
    const std::vector<Tensor> p = parameters(problem.network);  // U, W and the two parts of b
    expect_unrolled(problem, [&](const Tensor& x, State& state) {
      Tensor& h = state.layers[0][0];
      return h = tanh(add(linear(x, p[0], p[2]), linear(h, p[1], p[3])));
    });
  }
}

TEST(Lecture, A2_AnEmptySequenceKeepsItsInitialState) {
  for (const std::string& cell : cell_names())
    for (bool bidirectional : {false, true})
      for (const std::vector<int>& lengths : {std::vector<int>{}, {0}, {0, 0}}) {
        const Problem problem(cell, bidirectional, lengths);
        const Outcome outcome = run(problem);
        EXPECT_TRUE(outcome.output.empty() && outcome.x.empty());
        EXPECT_TRUE(same_bits(outcome.states, values_of(problem.initial)));
        EXPECT_TRUE(same_bits(outcome.initial, values_of(problem.upstream_last)));
        EXPECT_EQ(outcome.weights, std::vector<float>(outcome.weights.size()));
      }
}

// Slide "sequential data": t = 1..T, with a T of its own for each sequence. Seven sequences of each
// length, so that the batch is more than one block of work.
TEST(Lecture, A3_ASequenceInABatchIsTheSequenceAloneBitForBit) {
  std::vector<int> lengths;
  for (int length : {64, 7, 2, 1, 0}) lengths.insert(lengths.end(), 7, length);
  for (const std::string& cell : cell_names())
    for (bool bidirectional : {false, true}) {
      const Problem batch(cell, bidirectional, lengths);
      const Outcome together = run(batch);
      for (int b = 0; b < batch.layout.sequences(); ++b) {
        SCOPED_TRACE(cell + ", sequence " + std::to_string(b));
        const Outcome alone = run(batch.alone(b));
        const int64_t columns = batch.network.outputs();
        EXPECT_TRUE(same_bits(alone.output, picked(together.output, batch.rows(b), columns)));
        EXPECT_TRUE(same_bits(alone.x, picked(together.x, batch.rows(b), inputs)));
        EXPECT_TRUE(same_bits(alone.states, picked(together.states, batch.state_rows(b), columns)));
        EXPECT_TRUE(
            same_bits(alone.initial, picked(together.initial, batch.state_rows(b), columns)));
        EXPECT_TRUE(same_bits(alone.weights, run(batch.with_loss_of(b)).weights));
      }
    }
}

}  // namespace
}  // namespace cadena
