// SPDX-License-Identifier: MIT
#include "cadena/autograd/attention.h"

#include <algorithm>
#include <string>

#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/kernels/attention.h"

namespace cadena {
namespace {

// `group_of` each sequence; rows of a group in the order of its sequences, each from its first
// step.
Pairing::Groups grouped(const Layout& layout, int groups, std::span<const int32_t> group_of) {
  Pairing::Groups result;
  std::vector<int64_t>& starts = result.starts;
  starts.resize(static_cast<size_t>(groups) + 1);
  for (size_t b = 0; b < group_of.size(); ++b)
    starts[static_cast<size_t>(group_of[b]) + 1] += layout.lengths()[b];
  for (size_t g = 1; g < starts.size(); ++g) starts[g] += starts[g - 1];
  result.rows.resize(static_cast<size_t>(layout.rows()));
  std::vector<int64_t> next = starts;
  for (int b = 0; b < layout.sequences(); ++b) {
    int64_t& place = next[static_cast<size_t>(group_of[static_cast<size_t>(b)])];
    for (int t = 0; t < layout.length(b); ++t)
      result.rows[static_cast<size_t>(place++)] = layout.row(t, b);
  }
  return result;
}

kernels::RowGroups view(const Pairing::Groups& groups) { return {groups.rows, groups.starts}; }

void expect_shape(const char* what, const Tensor& tensor, int64_t rows, int64_t columns) {
  if (tensor.rows() != rows || tensor.cols() != columns)
    throw Error("attention: " + std::string(what) + " have shape " + to_string(tensor.shape()) +
                ", expected " + to_string({rows, columns}));
}

// One call, and the tensors that it works on; it lives until its pullback has run.
struct Pass {
  Pairing pairing;
  Tensor queries, keys, values, v;
  Tensor context{}, weights{};

  kernels::Attention kernel() const {
    return {.queries = view(pairing.query_groups()),
            .keys = view(pairing.key_groups()),
            .weights = pairing.starts(),
            .size = queries.cols(),
            .value_size = values.cols(),
            .direction = v ? v.data() : nullptr};
  }
  kernels::AttentionRows rows() const { return {queries.data(), keys.data(), values.data()}; }
  void check() const;
  void forward();
  void backward() const;
};

void Pass::check() const {
  expect_shape("queries", queries, pairing.queries(), queries.cols());
  expect_shape("keys", keys, pairing.keys(), queries.cols());
  expect_shape("values", values, pairing.keys(), values.cols());
  if (v && v.size() != queries.cols())
    throw Error("attention: the direction has " + std::to_string(v.size()) +
                " values, the queries have " + std::to_string(queries.cols()) + " columns");
  if (queries.data() && (queries.data() == keys.data() || queries.data() == values.data()))
    throw Error("attention: the queries are keys or values as well");
}

void Pass::forward() {
  context = Tensor::unset({queries.rows(), values.cols()});
  weights = Tensor::unset({pairing.starts().back()});
  kernels::attend(kernel(), rows(), weights.data(), context.data());
}

void Pass::backward() const {
  const auto given = [](const Tensor& tensor) -> const float* {
    return tensor.has_grad() ? tensor.grad() : nullptr;
  };
  const auto sum = [](const Tensor& tensor) {
    return Tape::tracked(tensor) ? tensor.grad() : nullptr;
  };
  kernels::attend_backward(kernel(), rows(), weights.data(),
                           {.context = given(context),
                            .weights = given(weights),
                            .queries = sum(queries),
                            .keys = sum(keys),
                            .values = sum(values),
                            .direction = sum(v)});
}

Attended run(Pass pass) {
  pass.check();
  pass.forward();
  const Attended result{pass.context, pass.weights};
  const std::vector<Tensor> inputs{pass.queries, pass.keys, pass.values, pass.v};
  Tape::record(inputs, std::vector{result.context, result.weights},
               [pass = std::move(pass)] { pass.backward(); });
  return result;
}

}  // namespace

Pairing::Pairing(const Layout& queries, const Layout& keys, std::span<const int32_t> key_of)
    : key_of_row_(static_cast<size_t>(queries.rows())) {
  if (std::ssize(key_of) != queries.sequences() ||
      std::ranges::any_of(key_of, [&](int32_t b) { return b < 0 || b >= keys.sequences(); }))
    throw Error("attention: needs one of " + std::to_string(keys.sequences()) +
                " sequences for each of " + std::to_string(queries.sequences()));
  std::vector<int32_t> itself(static_cast<size_t>(keys.sequences()));
  for (size_t b = 0; b < itself.size(); ++b) itself[b] = static_cast<int32_t>(b);
  query_groups_ = grouped(queries, keys.sequences(), key_of);
  key_groups_ = grouped(keys, keys.sequences(), itself);
  starts_.reserve(key_of_row_.size() + 1);
  starts_.push_back(0);
  for (int t = 0; t < queries.steps(); ++t)
    for (int b = 0; b < queries.width(t); ++b) {
      const int32_t key = key_of[static_cast<size_t>(b)];
      key_of_row_[static_cast<size_t>(queries.row(t, b))] = key;
      starts_.push_back(starts_.back() + keys.length(key));
    }
}

std::span<const int64_t> Pairing::keys_of(int64_t i) const {
  return kernels::RowGroups{key_groups_.rows, key_groups_.starts}.of(
      key_of_row_[static_cast<size_t>(i)]);
}

std::span<const float> Pairing::row(const Tensor& weights, int64_t i) const {
  const auto k = static_cast<size_t>(i);
  return std::span<const float>(weights.values())
      .subspan(static_cast<size_t>(starts_[k]), static_cast<size_t>(starts_[k + 1] - starts_[k]));
}

Attended attention(const Tensor& queries, const Tensor& keys, const Tensor& values,
                   const Pairing& pairing) {
  return run({pairing, queries, keys, values, {}});
}

Attended additive_attention(const Tensor& queries, const Tensor& keys, const Tensor& values,
                            const Tensor& v, const Pairing& pairing) {
  return run({pairing, queries, keys, values, v});
}

}  // namespace cadena
