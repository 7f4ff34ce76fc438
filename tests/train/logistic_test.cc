// SPDX-License-Identifier: MIT
#include "cadena/train/logistic.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "cadena/base/error.h"
#include "cadena/base/rng.h"

namespace cadena {
namespace {

/// A table of features with all their zeros.
struct Dense {
  int columns, classes;
  std::vector<std::vector<float>> rows;
  std::vector<int32_t> labels;

  SparseRows sparse() const {
    SparseRows all;
    for (const std::vector<float>& row : rows) {
      std::vector<int32_t> where;
      std::vector<float> values;
      for (int c = 0; c < columns; ++c)
        if (const float value = row[static_cast<size_t>(c)]; value != 0)
          where.push_back(c), values.push_back(value);
      all.append({where, values});
    }
    return all;
  }
  LogisticRegression fit(const LogisticOptions& options = {}) const {
    return {sparse(), labels, columns, classes, options};
  }
  double accuracy(const LogisticRegression& model) const {
    const SparseRows all = sparse();
    double right = 0;
    for (size_t n = 0; n < labels.size(); ++n) right += model.predict(all[n]) == labels[n];
    return right / static_cast<double>(labels.size());
  }
};

/// Classes around points of the plane, with noise, and columns that are mostly 0.
Dense clouds(int rows, int classes, float noise, uint64_t seed) {
  Rng rng(seed);
  Dense table{5, classes, {}, {}};
  for (int n = 0; n < rows; ++n) {
    const int k = n % classes;
    const float angle = 6.2831853f * static_cast<float>(k) / static_cast<float>(classes);
    table.rows.push_back(
        {std::cos(angle) + noise * rng.normal(), std::sin(angle) + noise * rng.normal(), 0, 0, 0});
    table.rows.back()[2 + rng.below(3)] = rng.normal();
    table.labels.push_back(k);
  }
  return table;
}

double loss(const Dense& table, const std::vector<double>& weights, double l2) {
  const auto K = static_cast<size_t>(table.classes), D = static_cast<size_t>(table.columns);
  double sum = 0;
  for (size_t i = 0; i < D * K; ++i) sum += l2 / 2 * weights[i] * weights[i];
  for (size_t n = 0; n < table.rows.size(); ++n) {
    double all = 0, wanted = 0;
    for (size_t k = 0; k < K; ++k) {
      double score = weights[D * K + k];
      for (size_t c = 0; c < D; ++c) score += weights[c * K + k] * table.rows[n][c];
      all += std::exp(score);
      if (static_cast<size_t>(table.labels[n]) == k) wanted = score;
    }
    sum += std::log(all) - wanted;
  }
  return sum;
}

TEST(Logistic, TheGradientVanishesAtTheOptimum) {
  for (int classes : {2, 3, 5}) {
    const Dense table = clouds(200, classes, 0.6f, 1);
    const double l2 = 0.5;
    const LogisticRegression model = table.fit({.l2 = l2, .tolerance = 1e-8, .passes = 500});
    std::vector<double> weights(model.weights().begin(), model.weights().end());
    ASSERT_EQ(weights.size(), static_cast<size_t>(6 * classes));
    for (double& w : weights) {
      const double at = w, h = 1e-4;
      w = at + h;
      const double up = loss(table, weights, l2);
      w = at - h;
      const double down = loss(table, weights, l2);
      w = at;
      EXPECT_NEAR((up - down) / (2 * h), 0, 1e-5);
    }
    EXPECT_LT(loss(table, weights, l2), loss(table, std::vector<double>(weights.size()), l2));
  }
}

TEST(Logistic, Separates) {
  for (int classes : {1, 2, 7})
    for (double l2 : {0.0, 1e-3, 1.0}) {
      const Dense table = clouds(140, classes, 0.02f, 2);
      EXPECT_EQ(table.accuracy(table.fit({.l2 = l2})), 1) << classes << " classes, l2 " << l2;
    }
}

TEST(Logistic, GeneralisesAndRepeats) {
  const Dense train = clouds(600, 3, 0.5f, 3), test = clouds(600, 3, 0.5f, 4);
  const LogisticRegression model = train.fit(), again = train.fit();
  EXPECT_GT(test.accuracy(model), 0.88);
  EXPECT_TRUE(std::ranges::equal(model.weights(), again.weights()));
}

TEST(Logistic, WithoutColumnsTheMostFrequentClass) {
  const Dense table{0, 3, {{}, {}, {}, {}}, {1, 2, 2, 0}};
  const LogisticRegression model = table.fit();
  EXPECT_EQ(model.predict({}), 2);
  const std::array<int32_t, 2> unknown{7, -1};
  const std::array<float, 2> values{1, 1};
  EXPECT_EQ(model.predict({unknown, values}), 2);
}

TEST(Logistic, Errors) {
  const Dense good = clouds(10, 2, 0.1f, 5);
  const auto refused = [](Dense table) { EXPECT_THROW(table.fit(), Error); };
  Dense bad = good;
  bad.labels[3] = 2;
  refused(bad);
  bad.labels[3] = -1;
  refused(bad);
  bad.labels.pop_back();
  refused(bad);
  refused({2, 2, {}, {}});
  refused({2, 0, {{0, 0}}, {0}});
  refused({-1, 2, {{}}, {0}});
  EXPECT_THROW(LogisticRegression(good.sparse(), good.labels, 4, 2), Error);
  EXPECT_THROW(LogisticRegression(good.sparse(), good.labels, INT32_MAX, INT32_MAX), Error);
  EXPECT_THROW(good.fit({.l2 = -1}), Error);
  EXPECT_THROW(good.fit({.l2 = std::nan("")}), Error);

  SparseRows rows;
  const std::array<int32_t, 2> columns{0, 1};
  const std::array<float, 2> values{1, std::numeric_limits<float>::infinity()};
  EXPECT_THROW(rows.append({columns, std::span(values).first(1)}), Error);
  EXPECT_THROW(rows.append({columns, values}), Error);
}

}  // namespace
}  // namespace cadena
