// SPDX-License-Identifier: MIT
#include "tests/kernels/targets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/recurrent_batch.h"

namespace cadena {
namespace {

using Named = std::vector<std::pair<std::string, std::vector<float>>>;

// Everything that a pass gives.
Named all(const RecurrentPass& pass) {
  const auto values = [](const Tensor& tensor) {
    return std::vector<float>(tensor.values().begin(), tensor.values().end());
  };
  Named named{{"output", values(pass.result.output)}, {"dx", pass.dx}};
  for (const Tensor& state : pass.result.last.layers[0]) named.emplace_back("last", values(state));
  for (const Tensor& state : pass.dinitial.layers[0]) named.emplace_back("dinitial", values(state));
  for (size_t i = 0; i < pass.dweights.size(); ++i)
    named.emplace_back("gradient of weights " + std::to_string(i), pass.dweights[i]);
  return named;
}

// Within 1e-5 of the largest value.
testing::AssertionResult agree(std::span<const float> got, std::span<const float> wanted) {
  float size = 0;
  for (const float value : wanted) size = std::max(size, std::abs(value));
  for (size_t i = 0; i < wanted.size(); ++i)
    if (!(std::abs(got[i] - wanted[i]) <= 1e-5f * size))
      return testing::AssertionFailure() << "value " << i << " of " << wanted.size() << ": "
                                         << got[i] << " and " << wanted[i] << ", at most " << size;
  return testing::AssertionSuccess();
}

class AcrossTargets : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Cells, AcrossTargets, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

// Both directions over a ragged batch, of sizes that fill neither vectors nor tiles.
TEST_P(AcrossTargets, ALayerAndAllItsGradientsAgree) {
  Rng rng(1);
  Recurrent network({.cell = GetParam(), .input = 21, .hidden = 37, .bidirectional = true}, rng);
  const RecurrentBatch batch(network, {64, 50, 50, 33, 17, 9, 5, 2, 1, 1, 0}, rng);
  Named first;
  for_each_target([&] {
    const Named found = all(RecurrentPass(network, batch));
    if (first.empty()) first = found;
    for (size_t i = 0; i < first.size(); ++i)
      EXPECT_TRUE(agree(found[i].second, first[i].second)) << first[i].first;
  });
}

}  // namespace
}  // namespace cadena
