// SPDX-License-Identifier: MIT
#include "cadena/train/logistic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/stop.h"

namespace cadena {

namespace {

using Vector = std::vector<double>;

/// In 4 sums, which do not wait for each other.
double dot(const Vector& a, const Vector& b) {
  std::array<double, 4> sums{};
  size_t i = 0;
  for (; i + 4 <= a.size(); i += 4)
    for (size_t j = 0; j < 4; ++j) sums[j] += a[i + j] * b[i + j];
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// y += factor · x
void add(double factor, const Vector& x, Vector& y) {
  for (size_t i = 0; i < y.size(); ++i) y[i] += factor * x[i];
}

Vector scaled(double factor, Vector x) {
  for (double& value : x) value *= factor;
  return x;
}

double norm(const Vector& x) { return std::sqrt(dot(x, x)); }

/// scores [classes] = x W + b
void score(SparseRow row, int32_t columns, const Vector& weights, Vector& scores) {
  const size_t classes = scores.size();
  std::copy_n(weights.end() - static_cast<int64_t>(classes), classes, scores.begin());
  for (size_t i = 0; i < row.columns.size(); ++i) {
    if (row.columns[i] < 0 || row.columns[i] >= columns) continue;
    const double value = row.values[i];
    const double* w = weights.data() + static_cast<size_t>(row.columns[i]) * classes;
    for (size_t k = 0; k < classes; ++k) scores[k] += value * w[k];
  }
}

struct Loss {
  const SparseRows& rows;
  std::span<const int32_t> labels;
  int32_t columns;
  size_t classes;
  double l2;

  /// The loss at these weights; `gradient` is overwritten.
  double operator()(const Vector& weights, Vector& gradient) const {
    const size_t biases = weights.size() - classes;
    double loss = 0;
    for (size_t i = 0; i < biases; ++i) {
      loss += l2 / 2 * weights[i] * weights[i];
      gradient[i] = l2 * weights[i];
    }
    std::fill_n(gradient.begin() + static_cast<int64_t>(biases), classes, 0);
    Vector p(classes);
    for (size_t n = 0; n < rows.size(); ++n) {
      score(rows[n], columns, weights, p);
      loss += to_errors(static_cast<size_t>(labels[n]), p);
      for (size_t k = 0; k < classes; ++k) gradient[biases + k] += p[k];
      add_outer(rows[n], p, gradient);
    }
    return loss;
  }

  /// Scores become softmax(scores) - onehot(label); returns -log softmax(scores)[label].
  static double to_errors(size_t label, Vector& scores) {
    const double highest = *std::ranges::max_element(scores), wanted = scores[label];
    double sum = 0;
    for (double& s : scores) sum += s = std::exp(s - highest);
    for (double& s : scores) s /= sum;
    scores[label] -= 1;
    return highest - wanted + std::log(sum);
  }

  void add_outer(SparseRow row, const Vector& errors, Vector& gradient) const {
    for (size_t i = 0; i < row.columns.size(); ++i) {
      const double value = row.values[i];
      double* g = gradient.data() + static_cast<size_t>(row.columns[i]) * classes;
      for (size_t k = 0; k < classes; ++k) g[k] += value * errors[k];
    }
  }
};

/// The curvature of the loss along each weight, at weights of 0.
Vector curvature_at_zero(const Loss& loss, size_t weights) {
  const auto K = static_cast<double>(loss.classes);
  const double of_a_one = (K - 1) / (K * K);  // p (1 - p), p = 1/K
  // At least so much that a column without values does not divide by 0.
  Vector curvature(weights, std::max(loss.l2, 1e-6));
  const size_t biases = weights - loss.classes;
  const auto add_to = [&](size_t first, double value) {
    for (size_t k = 0; k < loss.classes; ++k) curvature[first + k] += of_a_one * value * value;
  };
  for (size_t n = 0; n < loss.rows.size(); ++n) {
    const SparseRow row = loss.rows[n];
    for (size_t i = 0; i < row.columns.size(); ++i)
      add_to(static_cast<size_t>(row.columns[i]) * loss.classes, row.values[i]);
    add_to(biases, 1);
  }
  return curvature;
}

/// The inverse of the curvature from the last moves and how the gradient changed with them.
class InverseCurvature {
 public:
  /// `diagonal`: the curvature along each weight before any move.
  explicit InverseCurvature(Vector diagonal) : diagonal_(std::move(diagonal)) {}

  void remember(Vector move, Vector change) {
    const double product = dot(move, change);
    if (!(product > 0)) return;  // rounding: the loss is convex
    if (pairs_.size() == most) pairs_.pop_front();
    scale_ = product / dot(change, divided(change));
    pairs_.push_back({std::move(move), std::move(change), product});
  }

  /// The two loops of Nocedal (1980).
  Vector times(Vector v) const {
    Vector steps(pairs_.size());
    for (size_t i = pairs_.size(); i-- > 0;) {
      steps[i] = dot(pairs_[i].move, v) / pairs_[i].product;
      add(-steps[i], pairs_[i].change, v);
    }
    v = scaled(scale_, divided(std::move(v)));
    for (size_t i = 0; i < pairs_.size(); ++i)
      add(steps[i] - dot(pairs_[i].change, v) / pairs_[i].product, pairs_[i].move, v);
    return v;
  }

 private:
  Vector divided(Vector v) const {
    for (size_t i = 0; i < v.size(); ++i) v[i] /= diagonal_[i];
    return v;
  }

  struct Pair {
    Vector move, change;
    double product;
  };
  static constexpr size_t most = 6;
  Vector diagonal_;
  std::deque<Pair> pairs_;
  double scale_ = 1;
};

void minimise(const Loss& loss, const LogisticOptions& options, Vector& weights) {
  Vector gradient(weights.size()), new_gradient(weights.size());
  double value = loss(weights, gradient);
  const double first = norm(gradient);
  InverseCurvature curvature(curvature_at_zero(loss, weights.size()));
  for (int passes = 1; norm(gradient) > options.tolerance * first;) {
    stop_if_wanted();
    Vector move = curvature.times(scaled(-1, gradient)), moved;
    double slope = dot(gradient, move), new_value = 0;
    // Halved until the loss falls in proportion to it (Armijo, 1966).
    for (;; move = scaled(0.5, std::move(move)), slope /= 2) {
      if (passes++ >= options.passes) return;
      moved = weights;
      add(1, move, moved);
      new_value = loss(moved, new_gradient);
      if (new_value <= value + 1e-4 * slope) break;
    }
    Vector change = new_gradient;
    add(-1, gradient, change);
    curvature.remember(std::move(move), std::move(change));
    weights.swap(moved);
    gradient.swap(new_gradient);
    value = new_value;
  }
}

void check(const SparseRows& rows, std::span<const int32_t> labels, int32_t columns, int classes,
           const LogisticOptions& options) {
  if (rows.size() == 0 || rows.size() != labels.size())
    throw Error(fmt::format("{} rows and {} labels", rows.size(), labels.size()),
                "give a label for each row, and one row at least");
  if (columns < 0 || classes < 1)
    throw Error(fmt::format("{} columns and {} classes", columns, classes),
                "there must be one class at least");
  if (!LogisticRegression::fits(columns, classes))
    throw Error(fmt::format("{} columns and {} classes need too many weights", columns, classes),
                "keep the most frequent columns only", Fault::limit);
  if (!(options.l2 >= 0 && std::isfinite(options.l2)))
    throw Error(fmt::format("an l2 of {}", options.l2), "choose 0 or a positive number");
  for (size_t n = 0; n < rows.size(); ++n) {
    if (labels[n] < 0 || labels[n] >= classes)
      throw Error(fmt::format("row {}: label {} is not one of {}", n, labels[n], classes),
                  "classes are numbered from 0");
    for (int32_t column : rows[n].columns)
      if (column < 0 || column >= columns)
        throw Error(fmt::format("row {}: column {} is not one of {}", n, column, columns),
                    "columns are numbered from 0");
  }
}

}  // namespace

void SparseRows::append(SparseRow row) {
  if (row.columns.size() != row.values.size())
    throw Error(fmt::format("{} columns and {} values", row.columns.size(), row.values.size()),
                "give a value for each column");
  if (!std::ranges::all_of(row.values, [](float value) { return std::isfinite(value); }))
    throw Error(fmt::format("row {}: a value that is not finite", size()),
                "leave out columns whose value is unknown");
  columns_.insert(columns_.end(), row.columns.begin(), row.columns.end());
  values_.insert(values_.end(), row.values.begin(), row.values.end());
  ends_.push_back(columns_.size());
}

LogisticRegression::LogisticRegression(const SparseRows& rows, std::span<const int32_t> labels,
                                       int32_t columns, int classes, const LogisticOptions& options)
    : columns_(columns) {
  check(rows, labels, columns, classes, options);
  classes_ = static_cast<size_t>(classes);
  weights_.resize((static_cast<size_t>(columns) + 1) * classes_);
  minimise({rows, labels, columns, classes_, options.l2}, options, weights_);
}

int LogisticRegression::predict(SparseRow row) const {
  Vector scores(classes_);
  score(row, columns_, weights_, scores);
  return static_cast<int>(std::ranges::max_element(scores) - scores.begin());
}

}  // namespace cadena
