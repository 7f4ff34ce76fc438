// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include "cadena/autograd/tape.h"
#include "cadena/nn/recurrent.h"
#include "tests/support/bits.h"
#include "tests/support/check_gradients.h"
#include "tests/support/recurrent_batch.h"

namespace cadena {

/// Forward under the same noise each time.
inline Recurrent::Result with_noise(const Recurrent& net, const RecurrentBatch& batch) {
  Rng noise(7);
  const Tape tape(noise);
  return net(batch.x, batch.layout, batch.initial);
}

/// The same, and back from a weighted sum of its outputs.
inline Recurrent::Result with_noise_and_back(const Recurrent& net, const RecurrentBatch& batch) {
  Rng noise(7);
  Tape tape(noise);
  Recurrent::Result found = net(batch.x, batch.layout, batch.initial);
  const Tensor loss(Shape{1});
  weighted_sum({found.output}, loss);
  tape.backward(loss);
  return found;
}

/// A column of recurrent weights without a gradient belongs to a unit that no gate has seen; sets
/// it to 0 in `plain` and doubles the others. Returns how many have none.
inline int64_t drop_units_without_gradient(const Tensor& weight, const Tensor& plain) {
  int64_t dropped = 0;
  for (int64_t j = 0; j < weight.cols(); ++j) {
    bool seen = false;
    for (int64_t i = 0; i < weight.rows(); ++i) seen |= weight.grad()[i * weight.cols() + j] != 0;
    dropped += !seen;
    for (int64_t i = 0; i < weight.rows(); ++i)
      plain.data()[i * weight.cols() + j] *= seen ? 2.0f : 0.0f;
  }
  return dropped;
}

inline void expect_same(const Recurrent::Result& a, const Recurrent::Result& b) {
  EXPECT_TRUE(same_bits(a.output.values(), b.output.values()));
  for (size_t l = 0; l < a.last.layers.size(); ++l)
    for (size_t k = 0; k < a.last.layers[l].size(); ++k)
      EXPECT_TRUE(same_bits(a.last.layers[l][k].values(), b.last.layers[l][k].values()));
}

}  // namespace cadena
