// SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/kernels/gemm.h"
#include "cadena/kernels/pointwise.h"
#include "cadena/kernels/rows.h"

namespace cadena {

using kernels::plain, kernels::transposed;

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const int64_t n = x.rows(), d = x.cols(), h = weight.rows();
  if (weight.cols() != d)
    throw Error("linear: input has " + std::to_string(d) + " columns, layer expects " +
                std::to_string(weight.cols()));
  if (bias.size() != h)
    throw Error("linear: bias has " + std::to_string(bias.size()) + " values, layer expects " +
                std::to_string(h));
  const Tensor y(n, h);
  kernels::fill_rows(n, h, bias.data(), y.data());
  kernels::gemm(n, h, d, plain(x.data(), d), transposed(weight.data(), d), y.data(), h, true);
  Tape::record({x, weight, bias}, {y}, [=] {
    if (Tape::tracked(weight))
      kernels::gemm(h, d, n, transposed(y.grad(), h), plain(x.data(), d), weight.grad(), d, true);
    if (Tape::tracked(bias)) kernels::add_row_sum(n, h, y.grad(), bias.grad());
    if (Tape::tracked(x))
      kernels::gemm(n, d, h, plain(y.grad(), h), plain(weight.data(), d), x.grad(), d, true);
  });
  return y;
}

Tensor concat(std::span<const Tensor> parts) {
  if (parts.empty()) throw Error("concat: nothing to put side by side");
  int64_t columns = 0;
  for (const Tensor& part : parts) {
    if (part.rows() != parts[0].rows())
      throw Error("concat: " + std::to_string(part.rows()) + " rows beside " +
                  std::to_string(parts[0].rows()));
    columns += part.cols();
  }
  const Tensor y(parts[0].rows(), columns);
  int64_t column = 0;
  for (const Tensor& part : parts) {
    kernels::copy_columns(y.rows(), part.cols(), part.data(), part.cols(), y.data() + column,
                          columns);
    column += part.cols();
  }
  Tape::record(parts, std::span(&y, 1),
               [y, columns, all = std::vector(parts.begin(), parts.end())] {
                 int64_t from = 0;
                 for (const Tensor& part : all) {
                   if (Tape::tracked(part))
                     kernels::add_columns(y.rows(), part.cols(), y.grad() + from, columns,
                                          part.grad(), part.cols());
                   from += part.cols();
                 }
               });
  return y;
}

Tensor gather(const Tensor& table, std::span<const int32_t> ids) {
  for (int32_t id : ids)
    if (id < 0 || id >= table.rows())
      throw Error("gather: row " + std::to_string(id) + " of a table of " +
                  std::to_string(table.rows()));
  const Tensor y(std::ssize(ids), table.cols());
  kernels::gather_rows(y.rows(), y.cols(), ids.data(), table.data(), y.data());
  Tape::record({table}, {y}, [table, y, rows = std::vector(ids.begin(), ids.end())] {
    kernels::scatter_add_rows(y.rows(), y.cols(), rows.data(), y.grad(), table.grad());
  });
  return y;
}

Tensor max_over_time(const Tensor& x, const Layout& layout) {
  if (x.rows() != layout.rows())
    throw Error("max_over_time: " + std::to_string(x.rows()) + " rows, the layout has " +
                std::to_string(layout.rows()));
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
    for (size_t i = 0; i < best.size(); ++i)
      if (best[i] >= 0) x.grad()[best[i]] += y.grad()[i];
  });
  return y;
}

Tensor cross_entropy(const Tensor& logits, std::span<const int32_t> targets) {
  const int64_t n = logits.rows(), v = logits.cols();
  if (std::ssize(targets) != n)
    throw Error("cross_entropy: " + std::to_string(targets.size()) + " targets for " +
                std::to_string(n) + " rows");
  if (std::any_of(targets.begin(), targets.end(), [v](int32_t target) { return target >= v; }))
    throw Error("cross_entropy: a target is not below " + std::to_string(v));
  const Tensor probabilities(n, v);
  const double loss =
      kernels::softmax_cross_entropy(n, v, logits.data(), targets.data(), probabilities.data());
  const Tensor y(Shape{1}, {static_cast<float>(loss)});
  Tape::record({logits}, {y}, [=, rows = std::vector(targets.begin(), targets.end())] {
    for (int64_t i = 0; i < n; ++i) {
      const int32_t target = rows[static_cast<size_t>(i)];
      if (target < 0) continue;
      float* dx = logits.grad() + i * v;
      kernels::add_scaled(v, y.grad()[0], probabilities.data() + i * v, dx);
      dx[target] -= y.grad()[0];
    }
  });
  return y;
}

}  // namespace cadena
