// SPDX-License-Identifier: MIT
// The operations of composed cells: layer_norm, scale_columns, choose, parts of linear and
// matrix_memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <vector>

#include "cadena/autograd/matrix_memory.h"
#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "tests/support/bits.h"
#include "tests/support/check_gradients.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

Tensor grid(Shape shape, uint64_t stream = 0) {
  Rng rng(1, stream);
  return grid_tensor(std::move(shape), rng);
}

const std::vector<int64_t> groups{4, 1, 6};

TEST(OpGradients, LayerNorm) {
  // Columns far apart: the norm bends fast where its deviation is small.
  const Tensor x = grid({2, 11});
  for (int64_t k = 0; k < x.size(); ++k) x.data()[k] += 2 * static_cast<float>(k % 11);
  for (const std::vector<int64_t>& widths : {std::vector<int64_t>{}, groups})
    check_gradients([&](const Tensors& in) { return layer_norm(in[0], in[1], in[2], widths); },
                    {x, grid({11}, 1), grid({11}, 2)}, 1e-4);
}

TEST(OpValues, LayerNormIsItsEquationInDouble) {
  const Tensor x = grid({3, 11}), gain = grid({11}, 1), bias = grid({11}, 2);
  const Tensor y = layer_norm(x, gain, bias, groups);
  for (int64_t i = 0, begin = 0; i < 3; ++i, begin = 0)
    for (const int64_t width : groups) {
      const float* const from = x.data() + i * 11 + begin;
      double mean = 0, variance = 0;
      for (int64_t j = 0; j < width; ++j) mean += from[j] / static_cast<double>(width);
      for (int64_t j = 0; j < width; ++j)
        variance += std::pow(from[j] - mean, 2) / static_cast<double>(width);
      for (int64_t j = 0; j < width; ++j, ++begin)
        EXPECT_NEAR(
            y.data()[i * 11 + begin],
            (from[j] - mean) / std::sqrt(variance + 1e-5) * gain.data()[begin] + bias.data()[begin],
            1e-6);
    }
}

TEST(OpGradients, ScaleColumns) {
  check_gradients([](const Tensors& in) { return scale_columns(in[0], in[1]); },
                  {grid({3, 4}), grid({4}, 1)});
}

TEST(OpGradients, Choose) {
  const Tensor mask({2, 3}, {1, 0, 0, 2, 1, 0});
  check_gradients([&](const Tensors& in) { return choose(mask, in[0], in[1]); },
                  {grid({2, 3}), grid({2, 3}, 1)});
}

TEST(OpGradients, PartsOfLinear) {
  const auto parts = [](const Tensors& in) {
    return Tensors{linear(in[0], in[1], in[2], 0, 2), linear(in[0], in[1], in[2], 2, 5),
                   linear(in[0], in[1], {}), linear(in[0], in[1], {}, 1, 3)};
  };
  check_gradients(parts, {grid({3, 4}), grid({5, 4}, 1), grid({5}, 2)});
}

TEST(OpValues, PartsOfLinearAreColumnsOfTheWhole) {
  const Tensor x = grid({3, 40}), weight = grid({50, 40}, 1), bias = grid({50}, 2);
  const Tensor whole = linear(x, weight, bias);
  EXPECT_TRUE(same_bits(linear(x, weight, bias, 7, 30).values(), columns(whole, 7, 23).values()));
  EXPECT_TRUE(
      same_bits(linear(x, weight, {}).values(), linear(x, weight, Tensor(Shape{50})).values()));
}

constexpr int64_t heads = 2, size = 3;

MemoryStep memory_step(const Tensors& in) {
  return matrix_memory(
      {.queries = in[0], .keys = in[1], .values = in[2], .write = in[3], .keep = in[4]},
      {.matrices = in[5], .norms = in[6], .stabiliser = in[7]});
}

// `more` is how much the gates write more than they keep.
Tensors memory_inputs(float queries, float more) {
  constexpr int64_t n = 2, h = heads * size;
  Rng rng(3);
  Tensors in;
  for (const int64_t columns : {h, h, h, heads, heads, h * size, h, heads})
    in.push_back(normal_parameter({n, columns}, rng));
  for (float& q : in[0].values()) q *= queries;
  for (float& write : in[3].values()) write += more;
  return in;
}

Tensors results(const MemoryStep& step) {
  return {step.answers, step.memory.matrices, step.memory.norms, step.memory.stabiliser};
}

using V = std::complex<double>;
using std::real;

// The weighted sum of all results, plainly.
V plain_memory(const std::vector<std::vector<V>>& in) {
  V sum(0);
  const std::vector<float> on_answer = weights_of(Tensor(2, heads * size), 0),
                           on_matrix = weights_of(Tensor(2, heads * size * size), 1),
                           on_norm = weights_of(Tensor(2, heads * size), 2),
                           on_m = weights_of(Tensor(2, heads), 3);
  for (size_t g = 0; g < 2 * heads; ++g) {
    const V keep = -std::log(V(1) + std::exp(-in[4][g])) + in[7][g], write = in[3][g];
    const V m = real(keep) > real(write) ? keep : write;
    const V i = std::exp(write - m), f = std::exp(keep - m);
    sum += V(on_m[g]) * m;
    V along(0), answers[size] = {};
    for (size_t b = 0; b < size; ++b) {
      const size_t u = g * size + b;
      const V k = in[1][u] / std::sqrt(V(size)), n = f * in[6][u] + i * k;
      sum += V(on_norm[u]) * n;
      along += n * in[0][u];
      for (size_t a = 0; a < size; ++a) {
        const size_t c = (g * size + a) * size + b;
        const V memory = f * in[5][c] + i * in[2][g * size + a] * k;
        sum += V(on_matrix[c]) * memory;
        answers[a] += memory * in[0][u];
      }
    }
    if (real(along) < 0) along = -along;
    const V least = std::exp(-m), divisor = real(along) > real(least) ? along : least;
    for (size_t a = 0; a < size; ++a) sum += V(on_answer[g * size + a]) * answers[a] / divisor;
  }
  return sum;
}

TEST(OpGradients, MatrixMemoryIsItsEquationAndItsComplexStep) {
  for (const float queries : {0.1f, 3.0f})
    for (const float more : {-4.0f, 0.0f, 4.0f}) {
      const Tensors in = memory_inputs(queries, more);
      Tape tape;
      const Tensor loss(Shape{1});
      const double sum = weighted_sum(results(memory_step(in)), loss);
      tape.backward(loss);
      std::vector<std::vector<V>> plain;
      for (const Tensor& x : in) plain.emplace_back(x.values().begin(), x.values().end());
      EXPECT_NEAR(sum, real(plain_memory(plain)), 1e-5 * std::max(1.0, std::abs(sum)));
      for (size_t i = 0; i < in.size(); ++i)
        for (size_t j = 0; j < plain[i].size(); ++j) {
          plain[i][j] += V(0, 1e-30);
          const double wanted = plain_memory(plain).imag() / 1e-30;
          plain[i][j] = real(plain[i][j]);
          EXPECT_NEAR(in[i].grad()[j], wanted, 1e-5 * std::max(1.0, std::abs(wanted)))
              << "input " << i << ", value " << j;
        }
    }
}

// A stabiliser is a unit of measurement: memory e^m times larger or smaller gives the same answers.
TEST(OpValues, MatrixMemoryDoesNotDependOnItsStabiliser) {
  const Tensors in = memory_inputs(1, 0);
  Tensors moved = in;
  for (const size_t k : {5, 6, 7}) moved[k] = in[k].clone();
  for (float& m : moved[7].values()) m -= 3;
  for (const size_t k : {5, 6})
    for (float& value : moved[k].values()) value *= std::exp(3.0f);
  const Tensor a = memory_step(in).answers, b = memory_step(moved).answers;
  for (int64_t k = 0; k < a.size(); ++k)
    EXPECT_NEAR(a.data()[k], b.data()[k], 1e-5 * std::max(1.0f, std::abs(a.data()[k])));
}

TEST(OpValues, MatrixMemoryStaysFiniteWithGatesOfAnySize) {
  for (const float extreme : {-1000.0f, 1000.0f}) {
    Tensors in = memory_inputs(1, extreme);
    for (int t = 0; t < 3; ++t) {
      const MemoryStep step = memory_step(in);
      EXPECT_TRUE(
          std::ranges::all_of(step.answers.values(), [](float y) { return std::isfinite(y); }));
      in[5] = step.memory.matrices, in[6] = step.memory.norms, in[7] = step.memory.stabiliser;
    }
  }
}

TEST(Ops, OfComposedCellsRefuseShapesThatDoNotAgree) {
  const Tensor x = grid({2, 4}), four = grid({4}), five = grid({5});
  EXPECT_THROW(layer_norm(x, five, four), Error);
  EXPECT_THROW(layer_norm(x, four, five), Error);
  EXPECT_THROW(layer_norm(x, four, four, std::vector<int64_t>{1, 2}), Error);
  EXPECT_THROW(scale_columns(x, five), Error);
  EXPECT_THROW(choose(x, x, grid({4, 2})), Error);
  EXPECT_THROW(choose(four, x, x), Error);
  EXPECT_THROW(linear(x, grid({5, 4}), five, 3, 6), Error);
  EXPECT_THROW(linear(x, grid({5, 4}), five, -1, 2), Error);
  EXPECT_THROW(linear(x, grid({5, 4}), five, 2, 1), Error);
  const Tensors right = memory_inputs(1, 0);
  EXPECT_NO_THROW(memory_step(right));
  for (size_t k = 0; k < right.size(); ++k) {
    Tensors wrong = right;
    wrong[k] = Tensor(3, right[k].cols());
    EXPECT_THROW(memory_step(wrong), Error) << k;
    wrong[k] = Tensor(2, right[k].cols() + 1);
    EXPECT_THROW(memory_step(wrong), Error) << k;
  }
}

}  // namespace
}  // namespace cadena
