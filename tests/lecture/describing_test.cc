// SPDX-License-Identifier: MIT
// The slide "applications", one to many: a sequence for a vector or a picture. (The slide has the
// examples of "one to many" and "many to one" swapped.)
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cadena/kernels/top.h"
#include "cadena/nn/decoder_stepper.h"
#include "cadena/tasks/describer_network.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

constexpr int32_t end = 0;  // and start
constexpr int64_t symbols = 4;
constexpr int things = 3;

struct Describing {
  Describing(const std::string& cell, bool picture)
      : network({.filters = {4, 5},
                 .cell = cell,
                 .size = 5,
                 .hidden = 6,
                 .layers = 2,
                 .attention = picture ? "general" : "none"},
                {{8, 8, 3}, picture ? 0 : 7, symbols}, rng) {
    for (const Tensor& parameter : parameters(network))
      for (float& value : parameter.values()) value = rng.uniform(-1, 1);
    source =
        network.look(normal_parameter(picture ? Shape{things, 8, 8, 3} : Shape{things, 7}, rng));
  }

  /// A sequence to be said of a thing; `targets` with the end, if it ends.
  Decoder::Target target(int thing, const std::vector<int32_t>& targets) const {
    Decoder::Target one{
        Layout(std::vector{static_cast<int>(targets.size())}), {thing}, {end}, targets};
    one.inputs.insert(one.inputs.end(), targets.begin(), targets.end() - 1);
    return one;
  }
  std::vector<std::vector<Hypothesis>> said(int most, const BeamOptions& beam) const {
    return DecoderStepper(network.decoder())
        .decode(source, end, end, std::vector<int>(things, most), beam);
  }

  Rng rng{5};
  DescriberNetwork network;
  Decoder::Source source;
};

/// The most probable symbol after the most probable one: the whole network once more for each.
Hypothesis greedy(const Describing& problem, int thing, int most) {
  Hypothesis best{{}, 0, 0};
  std::vector<int32_t> targets;
  while (std::ssize(targets) < most && (targets.empty() || targets.back() != end)) {
    targets.push_back(end);  // what the last target is changes nothing
    const Tensor logits = problem.network.decoder().logits(
        problem.network.decoder().features(problem.source, problem.target(thing, targets)));
    const float* last = logits.data() + (logits.rows() - 1) * symbols;
    float logit;
    const double sum = kernels::top(symbols, last, 1, &targets.back(), &logit);
    best.log_probability = best.log_probability + logit - sum;
    if (targets.back() != end) best.symbols.push_back(targets.back());
  }
  return best;
}

TEST(Lecture, C3_ABeamOfOneIsGreedyToTheBit) {
  for (const bool picture : {false, true})
    for (const std::string& cell : cell_names()) {
      SCOPED_TRACE(cell + (picture ? ", picture" : ", vector"));
      const Describing problem(cell, picture);
      const auto said = problem.said(9, {.width = 1});
      for (int thing = 0; thing < things; ++thing) {
        const Hypothesis expected = greedy(problem, thing, 9),
                         &found = said[static_cast<size_t>(thing)][0];
        EXPECT_EQ(found.symbols, expected.symbols);
        EXPECT_EQ(found.log_probability, expected.log_probability);
      }
    }
}

/// Every sequence of at most `most` symbols with what the loss says of it, the best first.
std::vector<Hypothesis> all_sequences(const Describing& problem, int thing, int most) {
  std::vector<Hypothesis> all;
  std::vector<std::vector<int32_t>> open{{}};
  while (!open.empty()) {
    std::vector<int32_t> targets = open.back();
    open.pop_back();
    targets.push_back(end);
    for (targets.back() = 0; targets.back() < symbols; ++targets.back()) {
      const bool ended = targets.back() == end;
      if (!ended && std::ssize(targets) < most) {
        open.push_back(targets);
        continue;
      }
      const double p =
          -problem.network.decoder().loss(problem.source, problem.target(thing, targets)).item();
      all.push_back({{targets.begin(), targets.end() - ended}, p, p});
    }
  }
  std::ranges::sort(all, std::greater(), &Hypothesis::log_probability);
  return all;
}

TEST(Lecture, C3_AWideBeamIsExhaustiveSearch) {
  for (const bool picture : {false, true}) {
    SCOPED_TRACE(picture ? "picture" : "vector");
    const Describing problem("lstm", picture);
    const auto wide = problem.said(4, {.width = 121, .length_power = 0, .n_best = 121}),
               narrow = problem.said(4, {.width = 2, .length_power = 0});
    for (int thing = 0; thing < things; ++thing) {
      const std::vector<Hypothesis> expected = all_sequences(problem, thing, 4),
                                    &found = wide[static_cast<size_t>(thing)];
      ASSERT_EQ(expected.size(), 121u);  // 1 + 3 + 9 + 27 that end, and 81 that do not
      ASSERT_EQ(found.size(), expected.size());
      for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].symbols, expected[i].symbols) << i;
        EXPECT_NEAR(found[i].log_probability, expected[i].log_probability, 1e-5) << i;
      }
      EXPECT_LE(narrow[static_cast<size_t>(thing)][0].score, found[0].score);
    }
  }
}

}  // namespace
}  // namespace cadena
