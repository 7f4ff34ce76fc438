// SPDX-License-Identifier: MIT
#include "cadena/kernels/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

namespace cadena::kernels {
namespace {

struct Groups {
  std::vector<int64_t> rows, starts{0};

  // Groups of these sizes over shuffled rows.
  Groups(const std::vector<int64_t>& sizes, Rng& rng) {
    for (int64_t size : sizes) starts.push_back(starts.back() + size);
    rows.resize(static_cast<size_t>(starts.back()));
    std::iota(rows.begin(), rows.end(), 0);
    rng.shuffle(rows);
  }
  int64_t count() const { return std::ssize(rows); }
  RowGroups view() const { return {rows, starts}; }
};

// Matrices of a problem or their gradients.
template <class Float>
struct Parts {
  std::vector<Float> queries, keys, values, direction, weights, context;
};

struct Problem {
  Groups queries, keys;
  int64_t size, value_size;
  std::vector<int64_t> starts;
  Parts<float> in;  // weights and context: what is given of their gradients

  Problem(const std::vector<std::pair<int64_t, int64_t>>& sizes, int64_t h, int64_t d,
          bool additive, Rng& rng)
      : queries(first(sizes), rng),
        keys(second(sizes), rng),
        size(h),
        value_size(d),
        starts(static_cast<size_t>(queries.count())) {
    int64_t weights = 0;
    for (size_t g = 0; g < sizes.size(); ++g)
      for (int64_t row : queries.view().of(static_cast<int64_t>(g)))
        starts[static_cast<size_t>(row)] = std::exchange(weights, weights + sizes[g].second);
    const float deviation = 1 / std::sqrt(static_cast<float>(h));
    in = {normal_values(queries.count() * h, rng, additive ? 1 : deviation),
          normal_values(keys.count() * h, rng),
          normal_values(keys.count() * d, rng),
          normal_values(additive ? h : 0, rng, deviation),
          normal_values(weights, rng),
          normal_values(queries.count() * d, rng)};
  }
  static std::vector<int64_t> first(const std::vector<std::pair<int64_t, int64_t>>& sizes) {
    std::vector<int64_t> all;
    for (const auto& [queries, keys] : sizes) all.push_back(queries);
    return all;
  }
  static std::vector<int64_t> second(const std::vector<std::pair<int64_t, int64_t>>& sizes) {
    std::vector<int64_t> all;
    for (const auto& [queries, keys] : sizes) all.push_back(keys);
    return all;
  }
  bool additive() const { return !in.direction.empty(); }
  Attention view() const {
    return {queries.view(), keys.view(), starts,
            size,           value_size,  additive() ? in.direction.data() : nullptr};
  }
  AttentionRows rows() const { return {in.queries.data(), in.keys.data(), in.values.data()}; }
};

struct Answer {
  std::vector<float> weights, context;
  Parts<float> gradients;

  explicit Answer(const Problem& p, float before = 0)
      : weights(p.in.weights.size()),
        context(p.in.context.size(), 7.0f),
        gradients{std::vector(p.in.queries.size(), before),
                  std::vector(p.in.keys.size(), before),
                  std::vector(p.in.values.size(), before),
                  std::vector(p.in.direction.size(), before),
                  {},
                  {}} {
    attend(p.view(), p.rows(), weights.data(), context.data());
    attend_backward(p.view(), p.rows(), weights.data(),
                    {p.in.context.data(), p.in.weights.data(), gradients.queries.data(),
                     gradients.keys.data(), gradients.values.data(), gradients.direction.data()});
  }
};

// The same, query by query, in double.
struct Oracle {
  Parts<double> out;

  explicit Oracle(const Problem& p)
      : out{std::vector<double>(p.in.queries.size()), std::vector<double>(p.in.keys.size()),
            std::vector<double>(p.in.values.size()),  std::vector<double>(p.in.direction.size()),
            std::vector<double>(p.in.weights.size()), std::vector<double>(p.in.context.size())} {
    for (int64_t g = 0; g < p.queries.view().groups(); ++g)
      for (int64_t q : p.queries.view().of(g)) query(p, q, p.keys.view().of(g));
  }

  static size_t at(int64_t row, int64_t columns, int64_t j) {
    return static_cast<size_t>(row * columns + j);
  }

  void query(const Problem& p, int64_t q, std::span<const int64_t> keys) {
    const auto start = static_cast<size_t>(p.starts[static_cast<size_t>(q)]);
    std::vector<double> w, dw;
    double total = 0, mean = 0;
    for (int64_t k : keys) {
      double score = 0;
      for (int64_t j = 0; j < p.size; ++j) {
        const double a = p.in.queries[at(q, p.size, j)], b = p.in.keys[at(k, p.size, j)];
        score += p.additive() ? p.in.direction[static_cast<size_t>(j)] * std::tanh(a + b) : a * b;
      }
      total += w.emplace_back(std::exp(score));
    }
    for (size_t t = 0; t < keys.size(); ++t) {
      w[t] /= total;
      out.weights[start + t] = w[t];
      dw.push_back(p.in.weights[start + t]);
      for (int64_t j = 0; j < p.value_size; ++j) {
        const double value = p.in.values[at(keys[t], p.value_size, j)],
                     d = p.in.context[at(q, p.value_size, j)];
        out.context[at(q, p.value_size, j)] += w[t] * value;
        out.values[at(keys[t], p.value_size, j)] += w[t] * d;
        dw[t] += d * value;
      }
      mean += w[t] * dw[t];
    }
    for (size_t t = 0; t < keys.size(); ++t) score_gradient(p, q, keys[t], w[t] * (dw[t] - mean));
  }

  void score_gradient(const Problem& p, int64_t q, int64_t k, double d) {
    for (int64_t j = 0; j < p.size; ++j) {
      const double a = p.in.queries[at(q, p.size, j)], b = p.in.keys[at(k, p.size, j)];
      double& da = out.queries[at(q, p.size, j)];
      double& db = out.keys[at(k, p.size, j)];
      if (p.additive()) {
        const double y = std::tanh(a + b), v = p.in.direction[static_cast<size_t>(j)];
        out.direction[static_cast<size_t>(j)] += d * y;
        da += d * v * (1 - y * y);
        db += d * v * (1 - y * y);
      } else {
        da += d * b;
        db += d * a;
      }
    }
  }
};

void expect_near(const char* what, const std::vector<float>& got, const std::vector<double>& wanted,
                 double bound) {
  ASSERT_EQ(got.size(), wanted.size());
  double worst = 0;
  for (size_t i = 0; i < got.size(); ++i)
    worst = std::max(worst, std::abs(got[i] - wanted[i]) / std::max(1.0, std::abs(wanted[i])));
  EXPECT_LE(worst, bound) << what;
}

void expect_agrees(const Problem& p, double bound) {
  const Answer got(p);
  const Parts<double> wanted = Oracle(p).out;
  expect_near("weights", got.weights, wanted.weights, bound);
  expect_near("context", got.context, wanted.context, bound);
  expect_near("queries", got.gradients.queries, wanted.queries, bound);
  expect_near("keys", got.gradients.keys, wanted.keys, bound);
  expect_near("values", got.gradients.values, wanted.values, bound);
  expect_near("direction", got.gradients.direction, wanted.direction, bound);
}

// Queries and keys of each group.
const std::vector<std::pair<int64_t, int64_t>> ragged{{1, 1},  {5, 3}, {0, 4}, {3, 0},
                                                      {9, 14}, {4, 2}, {2, 31}};

TEST(AttentionKernel, AgreesWithEachQueryInDouble) {
  for_each_target([] {
    Rng rng(1);
    for (const bool additive : {false, true})
      for (const int64_t h : {1, 3, 8, 17, 64, 100})
        for (const int64_t d : {1, 16, 33}) {
          SCOPED_TRACE(testing::Message() << h << ", " << d << ", additive: " << additive);
          expect_agrees(Problem(ragged, h, d, additive, rng), 3e-6);
        }
  });
}

TEST(AttentionKernel, AddsToGradientsAndLeavesOutWhatNobodyWants) {
  Rng rng(2);
  for (const bool additive : {false, true}) {
    const Problem p(ragged, 7, 5, additive, rng);
    const Answer from_zero(p), from_one(p, 1);
    for (size_t i = 0; i < from_zero.gradients.keys.size(); ++i)
      EXPECT_NEAR(from_one.gradients.keys[i], from_zero.gradients.keys[i] + 1, 1e-6);
    std::vector<float> queries(p.in.queries.size());
    attend_backward(
        p.view(), p.rows(), from_zero.weights.data(),
        {p.in.context.data(), p.in.weights.data(), queries.data(), nullptr, nullptr, nullptr});
    EXPECT_TRUE(same_bits(queries, from_zero.gradients.queries));
    attend_backward(p.view(), p.rows(), from_zero.weights.data(),
                    {nullptr, nullptr, queries.data(), nullptr, nullptr, nullptr});
    EXPECT_TRUE(same_bits(queries, from_zero.gradients.queries)) << "zeros add nothing";
  }
}

TEST(AttentionKernel, BitsDoNotDependOnTheThreads) {
  Rng rng(3);
  for (const bool additive : {false, true}) {
    const Problem p(ragged, 37, 21, additive, rng);
    const ThreadScope one(1);
    const Answer wanted(p);
    for (const int count : {2, 4}) {
      const ThreadScope scope(count);
      const Answer got(p);
      EXPECT_TRUE(same_bits(got.context, wanted.context));
      EXPECT_TRUE(same_bits(got.weights, wanted.weights));
      EXPECT_TRUE(same_bits(got.gradients.queries, wanted.gradients.queries));
      EXPECT_TRUE(same_bits(got.gradients.keys, wanted.gradients.keys));
      EXPECT_TRUE(same_bits(got.gradients.values, wanted.gradients.values));
      EXPECT_TRUE(same_bits(got.gradients.direction, wanted.gradients.direction));
    }
  }
}

TEST(AttentionKernel, LargeScoresDoNotOverflow) {
  Rng rng(4);
  Problem p({{2, 5}}, 4, 3, false, rng);
  for (float& value : p.in.queries) value *= 1e4f;
  const Answer got(p);
  for (float value : got.context) EXPECT_TRUE(std::isfinite(value));
  EXPECT_NEAR(std::accumulate(got.weights.begin(), got.weights.end(), 0.0), 2, 1e-6);
}

}  // namespace
}  // namespace cadena::kernels
