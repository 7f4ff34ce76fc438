// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cadena/base/compute.h"
#include "cadena/nn/recurrent.h"
#include "tests/support/bits.h"
#include "tests/support/recurrent_batch.h"

namespace cadena {
namespace {

class EveryLongSequence : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Cells, EveryLongSequence, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

// Without a limit a layer keeps 1 to 8 MiB of these steps for each direction.
TEST_P(EveryLongSequence, HasTheSameGradientsInLittleMemory) {
  for (const bool bidirectional : {false, true}) {
    SCOPED_TRACE(bidirectional ? "two directions" : "one direction");
    const RecurrentOptions options{
        .cell = GetParam(), .input = 2, .hidden = 16, .bidirectional = bidirectional};
    Rng rng(1), same(1), data(2);
    Recurrent unlimited(options, rng);
    Recurrent limited(options, same);
    const RecurrentBatch batch(unlimited, {20000}, data);
    const RecurrentPass wanted(unlimited, batch);
    const ComputeScope little({.memory = 256 << 10});
    const RecurrentPass got(limited, batch);
    EXPECT_TRUE(same_bits(got.result.output.values(), wanted.result.output.values()));
    EXPECT_TRUE(same_bits(got.dx, wanted.dx));
    for (size_t i = 0; i < wanted.dweights.size(); ++i)
      EXPECT_TRUE(same_bits(got.dweights[i], wanted.dweights[i])) << "weight " << i;
    for (size_t k = 0; k < wanted.dinitial.layers[0].size(); ++k) {
      EXPECT_TRUE(same_bits(got.result.last.layers[0][k].values(),
                            wanted.result.last.layers[0][k].values()));
      EXPECT_TRUE(
          same_bits(got.dinitial.layers[0][k].values(), wanted.dinitial.layers[0][k].values()));
    }
  }
}

}  // namespace
}  // namespace cadena
