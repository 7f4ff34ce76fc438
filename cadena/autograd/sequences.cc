// SPDX-License-Identifier: MIT
// Over the steps of each sequence.
#include <algorithm>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/kernels/pointwise.h"

namespace cadena {
namespace {

void expect_rows(const char* name, const Tensor& x, const Layout& layout) {
  if (x.rows() != layout.rows())
    throw Error(std::string(name) + ": " + std::to_string(x.rows()) + " rows, the layout has " +
                std::to_string(layout.rows()));
}

// Calls visit(i, j) for each element i of the rows and the element j of its sequence, step by step.
template <class Visit>
void each(const Layout& layout, int64_t columns, const Visit& visit) {
  for (int t = 0; t < layout.steps(); ++t) {
    const int64_t first = layout.row(t, 0) * columns;
    for (int64_t j = 0; j < layout.width(t) * columns; ++j) visit(first + j, j);
  }
}

}  // namespace

Tensor max_over_time(const Tensor& x, const Layout& layout) {
  expect_rows("max_over_time", x, layout);
  const int64_t columns = x.cols();
  const Tensor y(layout.sequences(), columns);
  std::vector<int64_t> best(static_cast<size_t>(y.size()), -1);  // where each maximum stands in x
  for (int t = 0; t < layout.steps(); ++t) {
    const int64_t first = layout.row(t, 0) * columns;
    for (int64_t i = 0; i < layout.width(t) * columns; ++i)
      if (t == 0 || x.data()[first + i] > y.data()[i]) {
        y.data()[i] = x.data()[first + i];
        best[static_cast<size_t>(i)] = first + i;
      }
  }
  Tape::record({x}, {y}, [x, y, best = std::move(best)] {
    float* dx = x.grad();
    const float* dy = y.grad();
    for (size_t i = 0; i < best.size(); ++i)
      if (best[i] >= 0) dx[best[i]] += dy[i];
  });
  return y;
}

Tensor sum_over_time(const Tensor& x, const Layout& layout) {
  expect_rows("sum_over_time", x, layout);
  const int64_t columns = x.cols();
  const Tensor y(layout.sequences(), columns);
  each(layout, columns,
       [from = x.data(), to = y.data()](int64_t i, int64_t j) { to[j] += from[i]; });
  Tape::record({x}, {y}, [=] {
    each(layout, columns, [dx = x.grad(), dy = y.grad()](int64_t i, int64_t j) { dx[i] += dy[j]; });
  });
  return y;
}

Tensor mean_over_time(const Tensor& x, const Layout& layout) {
  const Tensor shares(layout.sequences(), 1);
  for (int b = 0; b < layout.sequences(); ++b)
    shares.data()[b] = 1.0f / static_cast<float>(std::max(1, layout.length(b)));
  return scale_rows(sum_over_time(x, layout), shares);
}

Tensor softmax_over_time(const Tensor& x, const Layout& layout) {
  expect_rows("softmax_over_time", x, layout);
  const int64_t columns = x.cols();
  const Tensor y{x.shape()};
  for (int b = 0; b < layout.sequences() && layout.length(b) > 0; ++b)
    for (int64_t j = 0; j < columns; ++j) {
      std::vector<float> column;
      for (int t = 0; t < layout.length(b); ++t)
        column.push_back(x.data()[layout.row(t, b) * columns + j]);
      kernels::softmax(std::ssize(column), column.data());
      for (int t = 0; t < layout.length(b); ++t)
        y.data()[layout.row(t, b) * columns + j] = column[static_cast<size_t>(t)];
    }
  Tape::record({x}, {y}, [=] {
    float* dx = x.grad();
    // Means of the gradient over each sequence, weighted by y.
    std::vector<double> means(static_cast<size_t>(layout.sequences() * columns));
    each(layout, columns, [&](int64_t i, int64_t j) {
      means[static_cast<size_t>(j)] += double{y.data()[i]} * y.grad()[i];
    });
    each(layout, columns, [&](int64_t i, int64_t j) {
      dx[i] += y.data()[i] * static_cast<float>(y.grad()[i] - means[static_cast<size_t>(j)]);
    });
  });
  return y;
}

}  // namespace cadena
