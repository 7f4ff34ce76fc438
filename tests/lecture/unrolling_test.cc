// SPDX-License-Identifier: MIT
// The slides "sequential data", "recurrent network" and "unrolling".
#include <gtest/gtest.h>

#include <bit>
#include <functional>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/nn/recurrent.h"
#include "tests/golden/golden.h"

namespace cadena {
namespace {

constexpr int inputs = 3, hidden = 5;

Tensor noise(int64_t rows, int64_t cols, Rng& rng) {
  const Tensor tensor = Tensor::parameter({rows, cols});
  for (float& value : tensor.values()) value = rng.uniform(-1, 1);
  return tensor;
}

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

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::ranges::equal(a, b, {}, std::bit_cast<uint32_t, float>,
                            std::bit_cast<uint32_t, float>);
}

/// A layer with what goes in: x [N, D], initial states, and the weights [N, directions·H] of the
/// outputs in the loss. The last states are in the loss too.
struct Problem {
  Problem(const std::string& cell, bool bidirectional, const std::vector<int>& lengths)
      : rng(5),
        network({.cell = cell, .input = inputs, .hidden = hidden, .bidirectional = bidirectional},
                rng),
        layout(lengths),
        x(noise(layout.rows(), inputs, rng)),
        upstream(noise(layout.rows(), network.outputs(), rng)),
        initial(network.start(layout.sequences())) {
    for (const Tensor& parameter : parameters(network))
      for (float& value : parameter.values()) value = rng.uniform(-0.7f, 0.7f);
    for (Tensor& state : initial.layers[0])
      state = noise(layout.sequences(), network.outputs(), rng);
  }

  /// This problem for one of its sequences.
  Problem alone(int sequence) const {
    Problem part = *this;
    part.layout = Layout(std::vector<int>{layout.length(sequence)});
    part.x = rows_of(x, rows(sequence));
    part.upstream = rows_of(upstream, rows(sequence));
    for (Tensor& state : part.initial.layers[0]) state = rows_of(state, {sequence});
    return part;
  }

  std::vector<int64_t> rows(int sequence) const {
    std::vector<int64_t> all;
    for (int t = 0; t < layout.length(sequence); ++t) all.push_back(layout.row(t, sequence));
    return all;
  }

  Rng rng;
  Recurrent network;
  Layout layout;
  Tensor x, upstream;
  State initial;
};

/// All that comes out of a problem. The gradients of the parameters are taken away from them.
struct Outcome {
  Outcome(const Problem& problem, const State& last) {
    for (const Tensor& state : last.layers[0]) append(states, state.values());
    for (const Tensor& state : problem.initial.layers[0]) append(initial, gradient(state));
    Recurrent network = problem.network;
    for (const Tensor& parameter : parameters(network)) {
      append(weights, gradient(parameter));
      parameter.clear_grad();
    }
  }

  std::vector<float> output, states;       // values
  std::vector<float> x, initial, weights;  // gradients
};

Tensor weighted(const Tensor& result, const Tensor& weights) {
  return sum(multiply(result, weights));
}

Tensor loss_of(const State& last) {
  Tensor loss(Shape{1});
  for (const Tensor& state : last.layers[0]) loss = add(loss, weighted(state, state.clone()));
  return loss;
}

Outcome run(const Problem& problem) {
  Tape tape;
  const auto [output, last] = problem.network(problem.x, problem.layout, problem.initial);
  tape.backward(add(weighted(output, problem.upstream), loss_of(last)));
  Outcome outcome(problem, last);
  append(outcome.output, output.values());
  append(outcome.x, gradient(problem.x));
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
  tape.backward(add(loss, loss_of(state)));
  Outcome outcome(problem, state);
  for (const Tensor& row : x) append(outcome.x, gradient(row));
  for (const Tensor& row : y) append(outcome.output, row.values());
  return outcome;
}

/// The gradients of the weights are sums over steps, which the two graphs take in opposite order.
void expect_unrolled(const Problem& problem, const Step& step) {
  const Outcome layer = run(problem);
  for (const Tensor& state : problem.initial.layers[0]) state.clear_grad();
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
      expect_unrolled(problem, [&](const Tensor& x, State& state) {
        return problem.network.step(x, state);
      });
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
      for (const std::vector<int>& lengths : {std::vector<int>{}, {0}, {0, 0}, {2, 0}}) {
        const Problem problem(cell, bidirectional, lengths);
        Tape tape;
        const auto [output, last] = problem.network(problem.x, problem.layout, problem.initial);
        EXPECT_EQ(output.rows(), problem.layout.rows());
        tape.backward(loss_of(last));
        for (size_t k = 0; k < last.layers[0].size(); ++k)
          for (size_t b = 0; b < lengths.size(); ++b) {
            if (lengths[b] > 0) continue;
            const auto columns = static_cast<size_t>(problem.network.outputs());
            const auto of = [&](std::span<const float> rows) {
              const auto row = rows.subspan(b * columns, columns);
              return std::vector<float>(row.begin(), row.end());
            };
            const Tensor& initial = problem.initial.layers[0][k];
            EXPECT_TRUE(same_bits(of(last.layers[0][k].values()), of(initial.values())));
            EXPECT_TRUE(same_bits(of(gradient(initial)), of(initial.values())));
          }
      }
}

std::vector<float> picked(std::span<const float> values, const std::vector<int64_t>& rows,
                          int64_t columns) {
  std::vector<float> result;
  for (int64_t row : rows)
    append(result, values.subspan(static_cast<size_t>(row * columns), static_cast<size_t>(columns)));
  return result;
}

}  // namespace
}  // namespace cadena
