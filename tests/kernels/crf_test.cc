// SPDX-License-Identifier: MIT
#include "cadena/kernels/crf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "tests/kernels/crf_reference.h"
#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/threads.h"

namespace cadena::kernels {
namespace {

// What the kernels make of a problem; gradients are added to `before`.
struct Result {
  double loss;
  std::vector<float> scores, transitions, start, end;
  std::vector<int32_t> best;

  explicit Result(const CrfProblem& p, float before = 0)
      : scores(p.scores.size(), before),
        transitions(p.transitions.size(), before),
        start(p.tags, before),
        end(p.tags, before),
        best(p.gold.size(), -1) {
    const CrfGradients gradients{scores.data(), transitions.data(), start.data(), end.data()};
    loss = crf_loss(p.view(), p.scores.data(), p.gold.data(), &gradients);
    crf_decode(p.view(), p.scores.data(), best.data());
  }
};

double worst_difference(const std::vector<float>& got, const std::vector<double>& wanted) {
  double worst = 0;
  for (size_t i = 0; i < got.size(); ++i)
    worst = std::max(worst, std::abs(got[i] - wanted[i]) / std::max(1.0, std::abs(wanted[i])));
  return worst;
}

// Of each gradient: relative, or absolute where it is below 1.
void expect_agrees(const CrfProblem& p, const CrfAnswer& wanted, double bound) {
  const Result result(p);
  EXPECT_NEAR(result.loss, wanted.loss, 1e-6 * std::max(1.0, wanted.loss));
  EXPECT_LE(worst_difference(result.scores, wanted.scores), bound);
  EXPECT_LE(worst_difference(result.transitions, wanted.transitions), bound);
  EXPECT_LE(worst_difference(result.start, wanted.start), bound);
  EXPECT_LE(worst_difference(result.end, wanted.end), bound);
  for (int b = 0; b < p.layout.sequences(); ++b) {
    const double best = wanted.best[static_cast<size_t>(b)];
    EXPECT_NEAR(p.score(b, p.path_of(b, result.best)), best, 1e-6 * std::max(1.0, std::abs(best)));
  }
}

TEST(CrfKernel, AgreesWithTheEnumerationOfAllPaths) {  // measured: 6.3e-7
  for_each_target([] {
    Rng rng(1);
    for (int64_t k = 1; k <= 4; ++k)
      for (const bool some_forbidden : {false, true})
        for (int repeat = 0; repeat < 5; ++repeat) {
          SCOPED_TRACE(testing::Message() << k << " tags, some forbidden: " << some_forbidden);
          CrfProblem problem(k, {5, 4, 3, 3, 2, 1, 0}, rng);
          if (some_forbidden) problem.forbid_some(rng);
          expect_agrees(problem, by_enumeration(problem), 2e-6);
        }
  });
}

TEST(CrfKernel, AgreesWithTheRecursionsInDouble) {  // measured: 2.7e-6
  for_each_target([] {
    Rng rng(2);
    for (const int64_t k : {2, 7, 16, 17, 20, 33})
      for (const bool some_forbidden : {false, true}) {
        SCOPED_TRACE(testing::Message() << k << " tags, some forbidden: " << some_forbidden);
        CrfProblem problem(k, {40, 23, 22, 22, 9, 1, 1, 0, 0}, rng);
        if (some_forbidden) problem.forbid_some(rng);
        expect_agrees(problem, by_recursion(problem), 8e-6);
      }
  });
}

TEST(CrfKernel, BothReferencesAgree) {
  Rng rng(3);
  CrfProblem problem(4, {5, 2, 1, 0}, rng);
  problem.forbid_some(rng);
  const CrfAnswer a = by_enumeration(problem), b = by_recursion(problem);
  EXPECT_NEAR(a.loss, b.loss, 1e-12);
  for (size_t i = 0; i < a.transitions.size(); ++i)
    EXPECT_NEAR(a.transitions[i], b.transitions[i], 1e-12);
  for (size_t i = 0; i < a.best.size(); ++i) EXPECT_NEAR(a.best[i], b.best[i], 1e-12);
}

// A transition that came 100 times is known to no more than 1e-5 in float: measured 4.6e-5, per
// step 9.6e-6.
TEST(CrfKernel, StaysAccurateOver2000Steps) {
  Rng rng(4);
  const CrfProblem problem(17, {2000, 3}, rng);
  const CrfAnswer wanted = by_recursion(problem);
  for_each_target([&] { expect_agrees(problem, wanted, 1.4e-4); });
}

// Numbers of 1e4 are 1e-3 apart, and so are the logarithms of probabilities made from them.
TEST(CrfKernel, StaysFiniteAtScoresOf10000) {  // measured: 4.4e-3
  for_each_target([] {
    Rng rng(5);
    for (int repeat = 0; repeat < 5; ++repeat) {
      const CrfProblem problem(5, {30, 20, 1}, rng, 5e3f);
      expect_agrees(problem, by_recursion(problem), 1.4e-2);
    }
  });
}

TEST(CrfKernel, GradientsAreAdded) {
  Rng rng(6);
  const CrfProblem problem(3, {4, 2}, rng);
  const Result from_0(problem), from_8(problem, 8);
  for (size_t i = 0; i < from_0.scores.size(); ++i)
    EXPECT_NEAR(from_8.scores[i], from_0.scores[i] + 8, 2e-6);
  for (size_t i = 0; i < from_0.transitions.size(); ++i)
    EXPECT_NEAR(from_8.transitions[i], from_0.transitions[i] + 8, 2e-6);
  for (size_t i = 0; i < from_0.start.size(); ++i) {
    EXPECT_NEAR(from_8.start[i], from_0.start[i] + 8, 2e-6);
    EXPECT_NEAR(from_8.end[i], from_0.end[i] + 8, 2e-6);
  }
}

TEST(CrfKernel, LossIsTheSameWithoutGradients) {
  Rng rng(7);
  const CrfProblem p(7, {9, 5, 5, 1, 0}, rng);
  EXPECT_EQ(crf_loss(p.view(), p.scores.data(), p.gold.data(), nullptr), Result(p).loss);
}

TEST(CrfKernel, HasTheSameBitsForAnyNumberOfThreads) {
  Rng rng(8);
  const CrfProblem problem(9, {30, 29, 29, 17, 8, 8, 8, 8, 5, 2, 1, 1, 0}, rng);
  const Result one(problem);
  for (const int count : {1, 2, 3, 4}) {
    const ThreadScope scope(count);
    const Result result(problem);
    EXPECT_EQ(result.loss, one.loss);
    EXPECT_TRUE(same_bits(result.scores, one.scores));
    EXPECT_TRUE(same_bits(result.transitions, one.transitions));
    EXPECT_TRUE(same_bits(result.start, one.start) && same_bits(result.end, one.end));
    EXPECT_EQ(result.best, one.best);
  }
}

TEST(CrfKernel, ASequenceDoesNotDependOnTheOthers) {
  Rng rng(9);
  const CrfProblem together(9, {30, 17, 8, 8, 5, 1, 0}, rng);
  const Result all(together);
  double loss = 0;
  for (int b = 0; b < together.layout.sequences(); ++b) {
    CrfProblem alone = together;
    const int length = together.layout.length(b);
    alone.layout = Layout(std::span(&length, 1));
    alone.scores.clear();
    alone.gold.clear();
    for (int t = 0; t < length; ++t) {
      const auto row = together.scores.begin() + together.layout.row(t, b) * 9;
      alone.scores.insert(alone.scores.end(), row, row + 9);
      alone.gold.push_back(together.gold[static_cast<size_t>(together.layout.row(t, b))]);
    }
    const Result one(alone);
    loss += one.loss;
    for (int t = 0; t < length; ++t) {
      const auto row = static_cast<size_t>(together.layout.row(t, b));
      EXPECT_EQ(one.best[static_cast<size_t>(t)], all.best[row]);
      EXPECT_TRUE(same_bits(std::span(one.scores).subspan(static_cast<size_t>(t) * 9, 9),
                            std::span(all.scores).subspan(row * 9, 9)));
    }
  }
  EXPECT_EQ(loss, all.loss);
}

TEST(CrfKernel, TiesGoToTheLowerTag) {
  for_each_target([] {
    Rng rng(10);
    for (const int64_t k : {2, 17}) {
      const Result result(CrfProblem(k, {6, 3, 1}, rng, 0));
      EXPECT_EQ(result.best, std::vector<int32_t>(10, 0));
    }
  });
}

// Training that went wrong must be seen, and decoding must stay within the tags.
TEST(CrfKernel, NanIsSeenInTheLoss) {
  for_each_target([] {
    Rng rng(11);
    CrfProblem problem(5, {4, 2}, rng);
    problem.scores[7] = NAN;
    const Result result(problem);
    EXPECT_TRUE(std::isnan(result.loss));
    for (int32_t tag : result.best) EXPECT_TRUE(tag >= 0 && tag < 5) << tag;
  });
}

}  // namespace
}  // namespace cadena::kernels
