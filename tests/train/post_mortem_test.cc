// SPDX-License-Identifier: MIT
// Where a step went wrong, as the trainer tells it.
#include "cadena/train/post_mortem.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"
#include "cadena/nn/recurrent.h"
#include "tests/support/bits.h"
#include "tests/train/toy.h"

namespace cadena {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

// A recurrent network over three steps of two sequences, the loss the sum of its states.
struct Network : Trainee {
  Rng rng{1};
  Recurrent recurrent{{.cell = "gru", .input = 2, .hidden = 3, .layers = 2, .bidirectional = true},
                      rng};
  Tensor inputs = Tensor(6, 2);
  float factor = 1;

  void visit(Visitor& visitor) override { visitor("recurrent", recurrent); }
  int64_t start_epoch(Rng&) override { return 1; }
  Loss loss(int64_t) override {
    const Tensor states = recurrent(inputs, Layout(std::vector<int>{3, 3})).output;
    return {scale(scale(sum(states), factor), factor), 2, 6, 6};
  }
  std::string where(int64_t) const override { return "lines 7 to 9"; }
  Measure measure() const override { return {"score"}; }
  double held_out_score() override { return 0; }
};

std::string told(Network& network, FailedStep step = {.step = 4,
                                                      .epoch = 2,
                                                      .batch = 0,
                                                      .rate = 0.5f,
                                                      .clip = 5,
                                                      .precision = "single",
                                                      .noise = Rng(1)}) {
  return post_mortem(network, step);
}

TEST(PostMortem, TellsTheFirstGateInTheOrderOfRunning) {
  Network network;
  network.inputs.data()[4 * 2] = nan;  // the last step of the first sequence
  EXPECT_EQ(told(network).rfind(
                "step 4, epoch 2, lines 7 to 9: gate r of layer 1 of recurrent network 1 (gru) at "
                "time step 3 is not finite; try train.rate=0.05,",
                0),
            0u)
      << told(network);
}

TEST(PostMortem, TellsWeightsThatWereNotFinite) {
  Network network;
  Visitor visitor([](const std::string& name, Tensor& parameter) {
    if (name == "recurrent.weight_hh_l1") parameter.data()[3] = infinity;
  });
  network.visit(visitor);
  EXPECT_NE(told(network).find("the weights recurrent.weight_hh_l1 are not finite"),
            std::string::npos)
      << told(network);
}

TEST(PostMortem, TellsALossAndAGradientAfterSoundStates) {
  Network network;
  network.factor = nan;
  EXPECT_NE(told(network).find("the loss is not finite, although"), std::string::npos)
      << told(network);
  network.factor = 1e25f;  // twice: states and loss are 0, their gradient is not
  const std::string text = told(network);
  EXPECT_NE(
      text.find("the gradient of the weights recurrent.weight_ih_l0 is not finite; on the way "
                "back first the gradient of state h of layer 2 of recurrent network 1"),
      std::string::npos)
      << text;
  for (const Tensor& parameter : parameters(network)) EXPECT_FALSE(parameter.has_grad());
}

TEST(PostMortem, AdvisesByTheSettings) {
  Network network;
  network.inputs.data()[0] = infinity;
  const auto with_options = [&](float clip, const char* precision) {
    return told(network, {.step = 1,
                          .epoch = 1,
                          .batch = 0,
                          .rate = 1,
                          .clip = clip,
                          .precision = precision,
                          .noise = Rng(1)});
  };
  EXPECT_NE(with_options(0, "single").find("try train.clip=5"), std::string::npos);
  EXPECT_NE(with_options(5, "bfloat16").find("train.precision=single"), std::string::npos);
}

TEST(PostMortem, TheTrainerTellsTheFirstStepOfARowOnce) {
  Toy toy;
  toy.batches = 5;
  toy.factor = [](int64_t step) { return step == 1 || step == 2 || step == 7 ? nan : 1; };
  std::vector<std::string> warnings;
  train(toy, with(2, 0), [&](const Progress& now) {
    if (!now.warning.empty()) warnings.push_back(now.warning);
    return true;
  });
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0].rfind("step 2, epoch 1, batch 2: the loss is not finite", 0), 0u)
      << warnings[0];
  EXPECT_EQ(warnings[1].rfind("step 8, epoch 2, batch 3: ", 0), 0u) << warnings[1];
}

TEST(PostMortem, OfADivergenceIsInTheError) {
  Toy toy;
  toy.batches = 20;
  toy.factor = [](int64_t step) { return step < 3 ? 1 : nan; };
  try {
    train(toy, plain, go_on);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("first in step 4, epoch 1, batch 4: "), std::string::npos)
        << error.message();
  }
}

TEST(PostMortem, LeavesTheNoiseOfLaterStepsAlone) {
  Toy whole, broken;
  whole.drop = broken.drop = 0.5f;
  whole.batches = broken.batches = 4;
  // The same step is skipped without a post-mortem where its gradient is zero.
  whole.factor = [](int64_t step) { return step == 1 ? 0.0f : 1; };
  broken.factor = [](int64_t step) { return step == 1 ? nan : 1; };
  train(whole, with(2, 0), go_on);
  train(broken, with(2, 0), go_on);
  EXPECT_TRUE(same_bits(whole.now(), broken.now()));
}

TEST(GradientNorms, AreThoseOfTheParameters) {
  Toy toy;
  double norm = 0, of_weights = 0;
  train(toy, with(1, 0), [&](const Progress& now) {
    if (now.batch == 1 && !now.epoch_done)
      norm = now.gradient_norm, of_weights = now.gradient_norms[0];
    return true;
  });
  EXPECT_EQ(norm, of_weights);
  EXPECT_NEAR(norm, std::sqrt(1 + 4 + 9), 1e-6);  // 2 w, of half a sum
}

}  // namespace
}  // namespace cadena
