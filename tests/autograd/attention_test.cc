// SPDX-License-Identifier: MIT
#include "cadena/autograd/attention.h"

#include <gtest/gtest.h>

#include <numeric>

#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"
#include "tests/support/bits.h"
#include "tests/support/check_gradients.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

// Sequences of 4, 2 and 1 queries look at sequences of 2, 3 and 3 keys; nobody at the last one.
const Layout queries(std::vector<int>{4, 2, 1}), keys(std::vector<int>{3, 2, 1, 0});
const std::vector<int32_t> key_of{1, 0, 0};
const Pairing pairing(queries, keys, key_of);

Tensors inputs(int64_t size, int64_t value_size) {
  Rng rng(1);
  return {grid_tensor({queries.rows(), size}, rng), grid_tensor({keys.rows(), size}, rng),
          grid_tensor({keys.rows(), value_size}, rng), grid_tensor({size}, rng)};
}

Tensors both(const Attended& attended) { return {attended.context, attended.weights}; }

TEST(Pairing, SaysWhichKeysEachQueryLooksAt) {
  EXPECT_EQ(pairing.queries(), 7);
  EXPECT_EQ(pairing.keys(), 6);
  for (int b = 0; b < queries.sequences(); ++b)
    for (int t = 0; t < queries.length(b); ++t) {
      const int key = key_of[static_cast<size_t>(b)];
      const auto rows = pairing.keys_of(queries.row(t, b));
      ASSERT_EQ(std::ssize(rows), keys.length(key));
      for (int k = 0; k < keys.length(key); ++k)
        EXPECT_EQ(rows[static_cast<size_t>(k)], keys.row(k, key));
    }
  EXPECT_THROW(Pairing(queries, keys, std::vector<int32_t>{0, 1}), Error);
  EXPECT_THROW(Pairing(queries, keys, std::vector<int32_t>{0, 1, 4}), Error);
  EXPECT_THROW(Pairing(queries, keys, std::vector<int32_t>{0, 1, -1}), Error);
}

TEST(Attention, HasTheGradientsOfItsValues) {
  check_gradients([](const Tensors& in) { return both(attention(in[0], in[1], in[2], pairing)); },
                  inputs(3, 2));
  check_gradients(
      [](const Tensors& in) {
        return both(additive_attention(in[0], in[1], in[2], in[3], pairing));
      },
      inputs(3, 2));
}

TEST(Attention, KeysMayBeTheValues) {
  check_gradients([](const Tensors& in) { return both(attention(in[0], in[1], in[1], pairing)); },
                  inputs(3, 1));
  const Tensors in = inputs(3, 1);
  EXPECT_THROW(attention(in[1], in[1], in[2], Pairing(keys, keys, std::vector{0, 1, 2, 3})), Error);
}

TEST(Attention, WeightsOfARowSumTo1) {
  const Tensors in = inputs(5, 3);
  for (const Attended& attended : {attention(in[0], in[1], in[2], pairing),
                                   additive_attention(in[0], in[1], in[2], in[3], pairing)})
    for (int64_t i = 0; i < pairing.queries(); ++i) {
      const auto row = pairing.row(attended.weights, i);
      EXPECT_EQ(row.size(), pairing.keys_of(i).size());
      EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1, 1e-6);
    }
}

TEST(Attention, StepByStepGivesTheBitsOfAllAtOnce) {
  const Tensors in = inputs(37, 21);
  const auto look = [&](bool additive, const Tensor& q, const Pairing& pairs) {
    return additive ? additive_attention(q, in[1], in[2], in[3], pairs)
                    : attention(q, in[1], in[2], pairs);
  };
  for (const bool additive : {false, true}) {
    const Attended all = look(additive, in[0], pairing);
    for (int t = 0; t < queries.steps(); ++t) {
      const auto width = static_cast<size_t>(queries.width(t));
      std::vector<int32_t> rows(width);
      std::iota(rows.begin(), rows.end(), static_cast<int32_t>(queries.row(t, 0)));
      const Pairing now(Layout(std::vector<int>(width, 1)), keys, std::span(key_of).first(width));
      const Attended step = look(additive, gather(in[0], rows), now);
      EXPECT_TRUE(
          same_bits(step.context.values(),
                    all.context.values().subspan(static_cast<size_t>(rows[0]) * 21, width * 21)));
      for (size_t b = 0; b < width; ++b)
        EXPECT_TRUE(same_bits(now.row(step.weights, static_cast<int64_t>(b)),
                              pairing.row(all.weights, rows[b])));
    }
  }
}

TEST(Attention, RefusesShapesThatDoNotAgree) {
  const Tensors in = inputs(3, 2);
  EXPECT_THROW(attention(in[1], in[0], in[2], pairing), Error);
  EXPECT_THROW(attention(in[0], in[2], in[2], pairing), Error);
  EXPECT_THROW(attention(in[0], in[1], in[0], pairing), Error);
  EXPECT_THROW(additive_attention(in[0], in[1], in[2], Tensor(Shape{4}), pairing), Error);
}

}  // namespace
}  // namespace cadena
