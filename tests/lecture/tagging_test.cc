// SPDX-License-Identifier: MIT
// The slide "applications", one to one: a label for each element of a sequence.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cadena/nn/embedding.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

const std::vector<int> lengths{64, 7, 7, 2, 1};

/// A tagger whose input is symbols and whose tags are the same symbols.
struct Tagger {
  Tagger(const std::string& cell, bool bidirectional)
      : words(symbols, symbols, rng),
        encoder({.cell = cell, .input = symbols, .hidden = 5, .bidirectional = bidirectional}, rng),
        emit(encoder.outputs(), symbols, rng) {}

  /// Makes the diagonal of a parameter `value` and the rest 0.
  static void set(const Tensor& parameter, float value) {
    std::ranges::fill(parameter.values(), 0.0f);
    for (int64_t i = 0; i < std::min(parameter.rows(), parameter.cols()); ++i)
      parameter.data()[i * parameter.cols() + i] = value;
  }

  Tensor scores(const std::vector<int32_t>& ids) const {
    return emit(encoder(words(ids), layout).output);
  }

  static constexpr int64_t symbols = 5;
  Rng rng{11};
  Layout layout{lengths};
  Embedding words;
  Recurrent encoder;
  Linear emit;
};

// A network without memory, U = V = 1 and W = 0, must give every step the label of its own symbol.
TEST(Lecture, C1_EveryStepGetsItsOwnLabel) {
  Tagger tagger("elman", false);
  tagger.set(parameters(tagger.words)[0], 1);
  tagger.set(parameters(tagger.encoder)[0], 3);
  tagger.set(parameters(tagger.encoder)[1], 0);
  tagger.set(parameters(tagger.emit)[0], 1);
  const std::vector<int32_t> ids = random_ids(tagger.layout.rows(), Tagger::symbols, tagger.rng);
  const Tensor scores = tagger.scores(ids);
  ASSERT_EQ(scores.shape(), (Shape{64 + 7 + 7 + 2 + 1, Tagger::symbols}));
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto row = scores.values().subspan(i * Tagger::symbols, Tagger::symbols);
    EXPECT_EQ(std::ranges::max_element(row) - row.begin(), ids[i]) << i;
  }
}

/// The rows whose scores another symbol at step t of sequence b changes.
std::vector<int64_t> changed_by(const Tagger& tagger, std::vector<int32_t> ids, int t, int b) {
  const Tensor before = tagger.scores(ids);
  int32_t& id = ids[static_cast<size_t>(tagger.layout.row(t, b))];
  id = (id + 1) % Tagger::symbols;
  const Tensor after = tagger.scores(ids);
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < tagger.layout.rows(); ++row)
    if (!std::equal(after.data() + row * Tagger::symbols,
                    after.data() + (row + 1) * Tagger::symbols,
                    before.data() + row * Tagger::symbols))
      rows.push_back(row);
  return rows;
}

// Every cell: a label sees its own sequence, and only that; its own step and those before it, and
// with both directions those after it too.
TEST(Lecture, C1_LabelsAreAlignedWithTheirSteps) {
  for (const std::string& cell : cell_names())
    for (bool bidirectional : {false, true}) {
      Tagger tagger(cell, bidirectional);
      for (const Tensor& parameter : parameters(tagger.encoder))
        if (parameter.rows() == 1) std::ranges::fill(parameter.values(), 0.5f);  // no unit is dead
      const std::vector<int32_t> ids =
          random_ids(tagger.layout.rows(), Tagger::symbols, tagger.rng);
      for (int b = 1; b < tagger.layout.sequences(); ++b)
        for (int t = 0; t < tagger.layout.length(b); ++t) {
          std::vector<int64_t> expected;
          for (int s = bidirectional ? 0 : t; s < tagger.layout.length(b); ++s)
            expected.push_back(tagger.layout.row(s, b));
          EXPECT_EQ(changed_by(tagger, ids, t, b), expected) << cell << " " << t << " " << b;
        }
    }
}

}  // namespace
}  // namespace cadena
