// SPDX-License-Identifier: MIT
#include "cadena/autograd/matrix_memory.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/base/parallel.h"

namespace cadena {
namespace {

constexpr int64_t rows_at_once = 4;

// Eight sums side by side, which a compiler may keep in one vector.
float dot(int64_t size, const float* a, const float* b) {
  constexpr int64_t wide = 8;
  float sums[wide] = {};
  int64_t j = 0;
  for (; j + wide <= size; j += wide)
    for (int64_t k = 0; k < wide; ++k) sums[k] += a[j + k] * b[j + k];
  for (int64_t k = 0; j < size; ++j, ++k) sums[k] += a[j] * b[j];
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

void add_scaled(int64_t size, float a, const float* x, float* y) {
  for (int64_t j = 0; j < size; ++j) y[j] += a * x[j];
}

double log_sigmoid(double x) { return std::min(x, 0.0) - std::log1p(std::exp(-std::abs(x))); }

// One call, and the tensors that it works on; it lives until its pullback has run.
struct Pass {
  MemoryAccess in;
  MatrixMemory before;
  int64_t heads, d;
  MemoryStep out{};

  void check() const;
  void forward();
  void backward() const;
  void forward(int64_t row, int64_t head) const;

  // Where a head's part of a row begins, in tensors of so many columns a head.
  int64_t at(int64_t row, int64_t head, int64_t columns) const {
    return (row * heads + head) * columns;
  }
  template <class Work>
  void each_row(const Work& work) const {
    parallel_blocks(in.queries.rows(), rows_at_once, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row)
        for (int64_t head = 0; head < heads; ++head) work(row, head);
    });
  }
  float key_scale() const { return 1 / std::sqrt(static_cast<float>(d)); }
};

void Pass::check() const {
  const int64_t n = in.queries.rows();
  const auto expect = [n](const char* what, const Tensor& tensor, int64_t columns) {
    if (tensor.rows() != n || tensor.cols() != columns)
      throw Error("matrix_memory: " + std::string(what) + " have shape " +
                  to_string(tensor.shape()) + ", expected " + to_string({n, columns}));
  };
  if (heads < 1 || in.queries.cols() != heads * d)
    throw Error("matrix_memory: " + std::to_string(heads) + " heads for " +
                std::to_string(in.queries.cols()) + " units");
  for (const Tensor& x : {in.queries, in.keys, in.values})
    expect("queries, keys or values", x, heads * d);
  for (const Tensor& gate : {in.write, in.keep}) expect("gates", gate, heads);
  expect("matrices", before.matrices, heads * d * d);
  expect("norms", before.norms, heads * d);
  expect("stabilisers", before.stabiliser, heads);
}

void Pass::forward(int64_t row, int64_t head) const {
  const int64_t g = at(row, head, 1), u = at(row, head, d), c = at(row, head, d * d);
  const double keep = log_sigmoid(in.keep.data()[g]) + before.stabiliser.data()[g];
  const double write = in.write.data()[g], m = std::max(keep, write);
  const auto f = static_cast<float>(std::exp(keep - m)),
             i = static_cast<float>(std::exp(write - m));
  out.keep.data()[g] = f;
  out.write.data()[g] = i;
  out.memory.stabiliser.data()[g] = static_cast<float>(m);
  const float *q = in.queries.data() + u, *k = in.keys.data() + u, *v = in.values.data() + u;
  const float ik = i * key_scale(), *n = before.norms.data() + u;
  float* const next_n = out.memory.norms.data() + u;
  for (int64_t b = 0; b < d; ++b) next_n[b] = f * n[b] + ik * k[b];
  const auto divisor =
      static_cast<float>(std::max<double>(std::abs(dot(d, next_n, q)), std::exp(-m)));
  for (int64_t a = 0; a < d; ++a) {
    const float* from = before.matrices.data() + c + a * d;
    float* to = out.memory.matrices.data() + c + a * d;
    const float ikv = ik * v[a];
    for (int64_t b = 0; b < d; ++b) to[b] = f * from[b] + ikv * k[b];
    out.answers.data()[u + a] = dot(d, to, q) / divisor;
  }
}

void Pass::forward() {
  const int64_t n = in.queries.rows();
  out = {.answers = Tensor::unset({n, heads * d}),
         .memory = {.matrices = Tensor::unset({n, heads * d * d}),
                    .norms = Tensor::unset({n, heads * d}),
                    .stabiliser = Tensor::unset({n, heads})},
         .write = Tensor::unset({n, heads}),
         .keep = Tensor::unset({n, heads})};
  each_row([this](int64_t row, int64_t head) { forward(row, head); });
}

// The gradients of one head in one row.
struct HeadGradients {
  std::vector<float> queries, keys, values, norms;
  double write = 0, keep = 0, stabiliser = 0;
};

// Where the gradients are, asked for before the work is split: of the step's results, of what it
// took (null if not wanted).
struct Places {
  const float *answers, *matrices, *norms, *stabiliser;
  float *queries, *keys, *values, *write, *keep, *old_matrices, *old_norms, *old_stabiliser;
};

Places places(const Pass& pass) {
  const auto given = [](const Tensor& tensor) -> const float* { return tensor.grad(); };
  const auto sum = [](const Tensor& tensor) {
    return Tape::tracked(tensor) ? tensor.grad() : nullptr;
  };
  const auto& [matrices, norms, stabiliser] = pass.out.memory;
  return {given(pass.out.answers),   given(matrices),        given(norms),
          given(stabiliser),         sum(pass.in.queries),   sum(pass.in.keys),
          sum(pass.in.values),       sum(pass.in.write),     sum(pass.in.keep),
          sum(pass.before.matrices), sum(pass.before.norms), sum(pass.before.stabiliser)};
}

// What the answers say about queries, norms and the stabiliser; returns the gradient of C'·q.
std::vector<float> answers_backward(const Pass& pass, int64_t row, int64_t head, const float* dy,
                                    HeadGradients& d) {
  const int64_t size = pass.d, u = pass.at(row, head, size), g = pass.at(row, head, 1);
  const float *q = pass.in.queries.data() + u, *n = pass.out.memory.norms.data() + u;
  const float along = dot(size, n, q);
  const double least = std::exp(-double{pass.out.memory.stabiliser.data()[g]}),
               divisor = std::max<double>(std::abs(along), least);
  const double ddivisor = -dot(size, dy, pass.out.answers.data() + u) / divisor;
  std::vector<float> products(dy, dy + size);
  for (float& value : products) value = static_cast<float>(value / divisor);
  if (std::abs(along) < least) {
    d.stabiliser -= ddivisor * least;
    return products;
  }
  const auto dalong = static_cast<float>(along < 0 ? -ddivisor : ddivisor);
  add_scaled(size, dalong, n, d.queries.data());
  add_scaled(size, dalong, q, d.norms.data());
  return products;
}

// What the new matrix and norms say about the old ones, keys, values and gates; `products` as
// answers_backward() returns it.
void memory_backward(const Pass& pass, int64_t row, int64_t head, const Places& to,
                     const std::vector<float>& products, HeadGradients& d) {
  const int64_t size = pass.d, u = pass.at(row, head, size), c = pass.at(row, head, size * size);
  const float *q = pass.in.queries.data() + u, *k = pass.in.keys.data() + u,
              *v = pass.in.values.data() + u, *n = pass.before.norms.data() + u;
  const float i = pass.out.write.data()[pass.at(row, head, 1)],
              f = pass.out.keep.data()[pass.at(row, head, 1)], scale = pass.key_scale();
  d.write += scale * dot(size, d.norms.data(), k);
  d.keep += dot(size, d.norms.data(), n);
  add_scaled(size, i * scale, d.norms.data(), d.keys.data());
  std::vector<float> next(static_cast<size_t>(size));  // a row of the gradient of C'
  for (int64_t a = 0; a < size; ++a) {
    const int64_t at = c + a * size;
    std::copy_n(to.matrices + at, size, next.data());
    const float product = products[static_cast<size_t>(a)];
    add_scaled(size, product, q, next.data());
    add_scaled(size, product, pass.out.memory.matrices.data() + at, d.queries.data());
    const float along = scale * dot(size, next.data(), k);
    d.values[static_cast<size_t>(a)] = i * along;
    d.write += v[a] * along;
    d.keep += dot(size, next.data(), pass.before.matrices.data() + at);
    add_scaled(size, i * scale * v[a], next.data(), d.keys.data());
    if (to.old_matrices) add_scaled(size, f, next.data(), to.old_matrices + at);
  }
}

// From the gradients of the gates as used to those of what they are made of.
void gates_backward(const Pass& pass, int64_t row, int64_t head, const Places& to,
                    HeadGradients& d) {
  const int64_t g = pass.at(row, head, 1);
  const double keep_logit = pass.in.keep.data()[g],
               kept = log_sigmoid(keep_logit) + pass.before.stabiliser.data()[g];
  double dwrite = d.write * pass.out.write.data()[g], dkept = d.keep * pass.out.keep.data()[g];
  d.stabiliser -= dwrite + dkept;
  (kept >= pass.in.write.data()[g] ? dkept : dwrite) += d.stabiliser;
  if (to.write) to.write[g] += static_cast<float>(dwrite);
  if (to.keep) to.keep[g] += static_cast<float>(dkept * std::exp(log_sigmoid(-keep_logit)));
  if (to.old_stabiliser) to.old_stabiliser[g] += static_cast<float>(dkept);
}

void Pass::backward() const {
  const Places to = places(*this);
  each_row([&](int64_t row, int64_t head) {
    const int64_t u = at(row, head, d);
    const std::vector<float> zeros(static_cast<size_t>(d));
    HeadGradients own{.queries = zeros,
                      .keys = zeros,
                      .values = zeros,
                      .norms = {to.norms + u, to.norms + u + d},
                      .stabiliser = to.stabiliser[at(row, head, 1)]};
    const std::vector<float> products = answers_backward(*this, row, head, to.answers + u, own);
    memory_backward(*this, row, head, to, products, own);
    gates_backward(*this, row, head, to, own);
    if (to.queries) add_scaled(d, 1, own.queries.data(), to.queries + u);
    if (to.keys) add_scaled(d, 1, own.keys.data(), to.keys + u);
    if (to.values) add_scaled(d, 1, own.values.data(), to.values + u);
    if (to.old_norms)
      add_scaled(d, out.keep.data()[at(row, head, 1)], own.norms.data(), to.old_norms + u);
  });
}

}  // namespace

MemoryStep matrix_memory(const MemoryAccess& access, const MatrixMemory& memory) {
  const int64_t heads = access.write.cols();
  Pass pass{access, memory, heads, access.queries.cols() / std::max<int64_t>(1, heads)};
  pass.check();
  pass.forward();
  const MemoryStep out = pass.out;
  Tape::record({access.queries, access.keys, access.values, access.write, access.keep,
                memory.matrices, memory.norms, memory.stabiliser},
               {out.answers, out.memory.matrices, out.memory.norms, out.memory.stabiliser},
               [pass = std::move(pass)] { pass.backward(); });
  return out;
}

}  // namespace cadena
