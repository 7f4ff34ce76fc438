// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cadena {

/// A row of features: the columns that are not 0 and as many values.
struct SparseRow {
  std::span<const int32_t> columns;
  std::span<const float> values;
};

/// Rows of features, one after the other in memory.
class SparseRows {
 public:
  /// Errors: not as many values as columns, a value that is not finite.
  void append(SparseRow row);

  size_t size() const { return ends_.size() - 1; }
  SparseRow operator[](size_t i) const {
    const size_t begin = ends_[i], count = ends_[i + 1] - begin;
    return {std::span(columns_).subspan(begin, count), std::span(values_).subspan(begin, count)};
  }

 private:
  std::vector<size_t> ends_{0};
  std::vector<int32_t> columns_;
  std::vector<float> values_;
};

struct LogisticOptions {
  double l2 = 1;            ///< of the loss below
  double tolerance = 1e-4;  ///< done when the norm of the gradient has become this part of it
  int passes = 50;          ///< most passes over the rows
};

/// Multinomial logistic regression: the minimum of
///   sum over rows of -log softmax(x W + b)[label] + l2/2 |W|²,
/// found by L-BFGS (Liu and Nocedal, 1989) in some 160 bytes for each weight. Columns should be of
/// a similar scale.
class LogisticRegression {
 public:
  /// Most weights that it takes: (columns + 1)·classes.
  static constexpr int64_t most_weights = int64_t{1} << 24;
  static constexpr bool fits(int64_t columns, int64_t classes) {
    return (columns + 1) * classes <= most_weights;
  }

  /// `rows` have columns 0 ... columns - 1, `labels` are 0 ... classes - 1. Errors: labels or
  /// columns outside these, not a label for each row, no rows, too many weights, an l2 below 0.
  LogisticRegression(const SparseRows& rows, std::span<const int32_t> labels, int32_t columns,
                     int classes, const LogisticOptions& options = {});

  /// The most probable class, the first of equals. Columns that the training did not have count for
  /// nothing.
  int predict(SparseRow row) const;

  /// [columns + 1, classes], row-major: W, then b.
  std::span<const double> weights() const { return weights_; }

 private:
  int32_t columns_;
  size_t classes_;
  std::vector<double> weights_;
};

}  // namespace cadena
