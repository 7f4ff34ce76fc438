// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/kernels/pointwise.h"
#include "cadena/kernels/rows.h"

namespace cadena {

Tensor concat(std::span<const Tensor> parts) {
  if (parts.empty()) throw Error("concat: nothing to put side by side");
  int64_t columns = 0;
  for (const Tensor& part : parts) {
    if (part.rows() != parts[0].rows())
      throw Error("concat: " + std::to_string(part.rows()) + " rows beside " +
                  std::to_string(parts[0].rows()));
    columns += part.cols();
  }
  const Tensor y = Tensor::unset({parts[0].rows(), columns});
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

Tensor rows(const Tensor& x, int64_t begin, int64_t end) {
  if (begin < 0 || end < begin || end > x.rows())
    throw Error("rows: " + std::to_string(begin) + " to " + std::to_string(end) + " of " +
                std::to_string(x.rows()));
  const int64_t first = begin * x.cols();
  const Tensor y = Tensor::unset({end - begin, x.cols()});
  std::copy_n(x.data() + first, y.size(), y.data());
  Tape::record({x}, {y}, [=] { kernels::add_scaled(y.size(), 1, y.grad(), x.grad() + first); });
  return y;
}

Tensor columns(const Tensor& x, int64_t begin, int64_t count) {
  if (begin < 0 || count < 0 || begin + count > x.cols())
    throw Error("columns: " + std::to_string(count) + " from " + std::to_string(begin) + " on of " +
                std::to_string(x.cols()));
  const Tensor y = Tensor::unset({x.rows(), count});
  kernels::copy_columns(x.rows(), count, x.data() + begin, x.cols(), y.data(), count);
  Tape::record({x}, {y}, [=] {
    kernels::add_columns(y.rows(), count, y.grad(), count, x.grad() + begin, x.cols());
  });
  return y;
}

Tensor stack(std::span<const Tensor> parts) {
  if (parts.empty()) throw Error("stack: nothing to put below each other");
  int64_t count = 0;
  for (const Tensor& part : parts) {
    if (part.cols() != parts[0].cols())
      throw Error("stack: " + std::to_string(part.cols()) + " columns below " +
                  std::to_string(parts[0].cols()));
    count += part.rows();
  }
  const Tensor y = Tensor::unset({count, parts[0].cols()});
  float* to = y.data();
  for (const Tensor& part : parts) to = std::copy_n(part.data(), part.size(), to);
  Tape::record(parts, std::span(&y, 1), [y, all = std::vector(parts.begin(), parts.end())] {
    const float* from = y.grad();
    for (const Tensor& part : all) {
      if (Tape::tracked(part)) kernels::add_scaled(part.size(), 1, from, part.grad());
      from += part.size();
    }
  });
  return y;
}

Tensor gather(const Tensor& table, std::span<const int32_t> ids) {
  for (int32_t id : ids)
    if (id < 0 || id >= table.rows())
      throw Error("gather: row " + std::to_string(id) + " of a table of " +
                  std::to_string(table.rows()));
  const Tensor y = Tensor::unset({std::ssize(ids), table.cols()});
  kernels::gather_rows(y.rows(), y.cols(), ids.data(), table.data(), y.data());
  Tape::record({table}, {y}, [table, y, rows = std::vector(ids.begin(), ids.end())] {
    kernels::scatter_add_rows(y.rows(), y.cols(), rows.data(), y.grad(), table.grad(rows));
  });
  return y;
}

Tensor softmax(const Tensor& logits) {
  const Tensor y = logits.clone();
  const int64_t n = y.rows(), d = y.cols();
  for (int64_t i = 0; i < n; ++i) kernels::softmax(d, y.data() + i * d);
  Tape::record({logits}, {y}, [=] {
    for (int64_t i = 0; i < n; ++i) {
      const float *p = y.data() + i * d, *dy = y.grad() + i * d;
      float mean = 0;
      for (int64_t j = 0; j < d; ++j) mean += p[j] * dy[j];
      for (int64_t j = 0; j < d; ++j) logits.grad()[i * d + j] += p[j] * (dy[j] - mean);
    }
  });
  return y;
}

Tensor scale_rows(const Tensor& x, const Tensor& factors) {
  const int64_t n = x.rows(), d = x.cols();
  if (factors.size() != n)
    throw Error("scale_rows: " + std::to_string(factors.size()) + " factors for " +
                std::to_string(n) + " rows");
  const Tensor y{x.shape()};
  for (int64_t i = 0; i < n; ++i) {
    const float *from = x.data() + i * d, factor = factors.data()[i];
    float* to = y.data() + i * d;
    for (int64_t j = 0; j < d; ++j) to[j] = factor * from[j];
  }
  Tape::record({x, factors}, {y}, [=] {
    float* dx = Tape::tracked(x) ? x.grad() : nullptr;
    float* dfactors = Tape::tracked(factors) ? factors.grad() : nullptr;
    for (int64_t i = 0; i < n; ++i) {
      const float *a = x.data() + i * d, *dy = y.grad() + i * d, factor = factors.data()[i];
      float product = 0;
      for (int64_t j = 0; j < d; ++j) product += a[j] * dy[j];
      if (dfactors) dfactors[i] += product;
      if (!dx) continue;
      for (int64_t j = 0; j < d; ++j) dx[i * d + j] += factor * dy[j];
    }
  });
  return y;
}

}  // namespace cadena
