// SPDX-License-Identifier: MIT
#include "cadena/nn/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "cadena/base/error.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

std::map<std::string, Tensor> named(Attention& attention) {
  std::map<std::string, Tensor> all;
  Visitor visitor([&](const std::string& name, Tensor& tensor) { all[name] = tensor; });
  attention.visit(visitor);
  return all;
}

class EveryAttention : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Kinds, EveryAttention, testing::Values("dot", "general", "additive"),
                         [](const auto& info) { return info.param; });

// One query that looks at three keys, in double.
TEST_P(EveryAttention, IsItsEquation) {
  constexpr int64_t h = 3, n = 3;
  const int64_t d = GetParam() == "dot" ? 3 : 2;
  Rng rng(1);
  Attention attention(GetParam(), h, d, rng);
  auto parts = named(attention);
  for (auto& [name, tensor] : parts)
    for (float& value : tensor.values()) value = rng.normal();
  const Layout one(std::vector<int>{1}), three(std::vector<int>{3});
  const Tensor query = normal_parameter({1, h}, rng), encoded = normal_parameter({n, d}, rng);
  const Attention::Result got = attention(query, attention.memory(encoded, three),
                                          Pairing(one, three, std::vector<int32_t>{0}));
  const auto times = [](const Tensor& w, const float* x, int64_t row) {
    double sum = 0;
    for (int64_t j = 0; j < w.cols(); ++j) sum += double{w.data()[row * w.cols() + j]} * x[j];
    return sum;
  };
  std::vector<double> w;
  double total = 0;
  for (int64_t k = 0; k < n; ++k) {
    const float* const s = encoded.data() + k * d;
    double score = 0;
    for (int64_t i = 0; i < h; ++i) {
      const double q = query.data()[i];
      if (GetParam() == "dot") score += q * s[i];
      if (GetParam() == "general") score += q * times(parts["keys.weight"], s, i);
      if (GetParam() == "additive")
        score += parts["direction"].data()[i] *
                 std::tanh(times(parts["queries.weight"], query.data(), i) +
                           parts["queries.bias"].data()[i] + times(parts["keys.weight"], s, i));
    }
    total += w.emplace_back(std::exp(score));
  }
  std::vector<float> side(static_cast<size_t>(d + h));
  for (int64_t k = 0; k < n; ++k) {
    EXPECT_NEAR(got.weights.data()[k], w[static_cast<size_t>(k)] / total, 1e-6);
    for (int64_t j = 0; j < d; ++j)
      side[static_cast<size_t>(j)] +=
          static_cast<float>(w[static_cast<size_t>(k)] / total) * encoded.data()[k * d + j];
  }
  std::copy_n(query.data(), h, side.begin() + d);
  for (int64_t i = 0; i < h; ++i)
    EXPECT_NEAR(
        got.output.data()[i],
        std::tanh(times(parts["output.weight"], side.data(), i) + parts["output.bias"].data()[i]),
        1e-6);
}

TEST(AttentionLayer, RefusesWhatItDoesNotKnow) {
  Rng rng(1);
  EXPECT_THROW(Attention("location", 3, 3, rng), Error);
  EXPECT_THROW(Attention("dot", 3, 4, rng), Error);
}

}  // namespace
}  // namespace cadena
