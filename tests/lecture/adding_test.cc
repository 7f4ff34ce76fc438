// SPDX-License-Identifier: MIT
// The slide "long dependencies are not learnt": `cadena lecture adding`, and the other problems.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/base/parallel.h"
#include "cadena/lecture/gate_values.h"
#include "cadena/lecture/sequence_problems.h"
#include "cadena/lecture/toy_training.h"

namespace cadena {
namespace {

float input(const ProblemBatch& batch, int step, int sequence, int64_t column) {
  return batch.x.data()[batch.layout.row(step, sequence) * batch.x.cols() + column];
}

/// Steps at which a column is 1.
std::vector<int> ones(const ProblemBatch& batch, int sequence, int64_t column) {
  std::vector<int> steps;
  for (int t = 0; t < batch.layout.steps(); ++t)
    if (input(batch, t, sequence, column) == 1) steps.push_back(t);
  return steps;
}

double measured(const std::string& cell, int length, int steps, uint64_t seed) {
  const ToyOptions options{.cell = cell, .steps = steps, .rate = 0.01, .seed = seed};
  return train_toy(adding_problem(length), options).measure;
}

// The figure itself is T = 200, by `cadena lecture adding`.
TEST(Lecture, A13_GatesLearnToAddOverFiftySteps) {
  const std::vector<std::string> cells{"elman", "lstm", "gru"};
  std::vector<double> errors(cells.size());
  parallel_for(std::ssize(cells), [&](int64_t i) {
    const auto run = static_cast<size_t>(i);
    errors[run] = measured(cells[run], 50, 1200, 1);
  });
  EXPECT_GE(errors[0], 0.10);
  EXPECT_LE(errors[1], 0.01);
  EXPECT_LE(errors[2], 0.01);
}

TEST(Lecture, A13_TheSameSeedLearnsTheSame) {
  EXPECT_EQ(measured("gru", 10, 30, 5), measured("gru", 10, 30, 5));
  EXPECT_NE(measured("gru", 10, 30, 5), measured("gru", 10, 30, 6));
}

TEST(Lecture, A13_TheSumOfTheTwoMarkedNumbersIsAsked) {
  Rng rng(1);
  for (const int length : {2, 3, 50}) {
    const ProblemBatch batch = adding_problem(length).draw(40, rng);
    ASSERT_EQ(batch.rows.size(), 40u);
    for (int b = 0; b < 40; ++b) {
      const std::vector<int> marked = ones(batch, b, 1);
      ASSERT_EQ(marked.size(), 2u);
      EXPECT_LT(marked[0], length / 2);
      EXPECT_GE(marked[1], length / 2);
      EXPECT_EQ(batch.rows[static_cast<size_t>(b)], batch.layout.row(length - 1, b));
      EXPECT_EQ(batch.numbers[static_cast<size_t>(b)],
                input(batch, marked[0], b, 0) + input(batch, marked[1], b, 0));
    }
  }
  EXPECT_THROW(adding_problem(1), Error);
}

TEST(Lecture, A13_CopyAsksForTheFirstTenSymbolsAtTheEnd) {
  Rng rng(2);
  constexpr int length = 7, steps = 27;
  const ProblemBatch batch = copy_problem(length).draw(5, rng);
  ASSERT_EQ(batch.layout.steps(), steps);
  ASSERT_EQ(batch.classes.size(), size_t{5 * steps});
  for (int b = 0; b < 5; ++b)
    for (int t = 0; t < steps; ++t) {
      int shown = -1, count = 0;
      for (int k = 0; k < 10; ++k)
        if (input(batch, t, b, k) == 1) shown = k, ++count;
      EXPECT_EQ(count, 1);
      const auto asked = [&](int step) {
        return batch.classes[static_cast<size_t>(batch.layout.row(step, b))];
      };
      EXPECT_TRUE(t < 10 ? shown < 8 && asked(17 + t) == shown : shown == (t == 16 ? 9 : 8)) << t;
      EXPECT_TRUE(t >= 17 || asked(t) == 8) << t;
    }
}

TEST(Lecture, A13_TimingAsksAtEachSpikeHowLongItWasAway) {
  Rng rng(3);
  const ProblemBatch batch = timing_problem(5, 4).draw(20, rng);
  size_t asked = 0;
  for (int b = 0; b < 20; ++b) {
    int before = 0;
    for (const int spike : ones(batch, b, 0)) {
      ASSERT_EQ(batch.rows[asked], batch.layout.row(spike, b));
      EXPECT_EQ(batch.numbers[asked++], static_cast<float>(spike - before - 5) / 4);
      before = spike;
    }
    EXPECT_GE(before, 36 - 9);  // another one would not have been in time
  }
  EXPECT_EQ(asked, batch.rows.size());
}

TEST(Lecture, A13_SpikesAreAskedForOnceAPeriod) {
  Rng rng(5);
  const ProblemBatch batch = spikes_problem(4).draw(30, rng);
  size_t asked = 0;
  for (int b = 0; b < 30; ++b) {
    const int steps = batch.layout.length(b);
    EXPECT_TRUE(steps % 4 == 0 && steps >= 4 && steps <= 40) << steps;
    for (int t = 0; t < steps; ++t, ++asked) {
      ASSERT_EQ(batch.rows[asked], batch.layout.row(t, b));
      EXPECT_EQ(batch.numbers[asked], t % 4 == 3);
    }
  }
  EXPECT_EQ(asked, batch.rows.size());
  EXPECT_GT(batch.layout.length(0), batch.layout.length(29));
  for (const float value : batch.x.values()) EXPECT_EQ(value, 0);
  EXPECT_THROW(spikes_problem(1), Error);
}

// The best answer that is always the same has the variance of what is asked as its error.
TEST(Lecture, A13_ChanceIsTheVarianceOfTheAnswers) {
  Rng rng(4);
  for (const SequenceProblem& problem :
       {adding_problem(20), timing_problem(10, 10), spikes_problem(6), keeping_problem(8)}) {
    double sum = 0, squares = 0;
    const ProblemBatch batch = problem.draw(20000, rng);
    for (const double number : batch.numbers) sum += number, squares += number * number;
    const auto count = static_cast<double>(batch.numbers.size());
    EXPECT_NEAR(squares / count - std::pow(sum / count, 2), problem.chance, 0.02 * problem.chance)
        << problem.name;
  }
  EXPECT_NEAR(copy_problem(30).chance, 10 * std::log(8) / 50, 1e-12);
}

// A unit that keeps a number: the input gate is open where the mark is, and the forget gate keeps.
TEST(Lecture, B2_GatesOfATrainedUnitKeepWhatIsMarked) {
  const ToyOptions options{.cell = "lstm", .hidden = 1, .rate = 0.02};
  const GateValues found = gate_values(options, 20);
  EXPECT_LE(found.training.measure, 0.01);
  ASSERT_EQ(found.gates[0], "i");
  ASSERT_EQ(found.gates[1], "f");
  bool marked = false;
  for (size_t t = 0; t < 20; ++t) {
    const bool now = found.mark[t] == 1;
    EXPECT_EQ(found.gate_values[0][t] > 0.5, now) << t;
    EXPECT_GT(found.gate_values[1][t], marked ? 0.8 : 0) << t;
    marked = marked || now;
  }
  EXPECT_TRUE(marked);
}

}  // namespace
}  // namespace cadena
