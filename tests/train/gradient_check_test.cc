// SPDX-License-Identifier: MIT
#include "cadena/train/gradient_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

using Verdict = ParameterCheck::Verdict;

/// Two layers on a batch of numbers; what comes back from between them may be changed.
struct Network : Trainee {
  Rng rng{1};
  Tensor first = normal_parameter({12, 8}, rng, 0.3f),
         second = normal_parameter({5, 12}, rng, 0.3f);
  Tensor table = normal_parameter({50, 8}, rng);
  Tensor bias = Tensor::parameter({12}), last_bias = Tensor::parameter({5});
  std::function<Tensor(const Tensor&)> activation = [](const Tensor& x) { return tanh(x); };
  std::function<void(float* gradient, int64_t size)> fault = [](float*, int64_t) {};
  int64_t batches = 1;

  void visit(Visitor& v) override {
    v("table", table);
    v("first", first);
    v("bias", bias);
    v("second", second);
    v("last_bias", last_bias);
  }
  int64_t start_epoch(Rng&) override { return batches; }
  Loss loss(int64_t) override {
    Rng data(7);
    const std::vector<int32_t> ids = random_ids(40, 20, data), targets = random_ids(40, 5, data);
    const Tensor middle = activation(linear(gather(table, ids), first, bias));
    const Tensor passed = middle.clone();
    Tape::record({middle}, {passed}, [=, this] {
      std::vector<float> gradient(passed.grad(), passed.grad() + passed.size());
      fault(gradient.data(), passed.size());
      for (int64_t i = 0; i < passed.size(); ++i)
        middle.grad()[i] += gradient[static_cast<size_t>(i)];
    });
    return {cross_entropy(linear(passed, second, last_bias), targets), 40, 40, 40};
  }
  Measure measure() const override { return {"score"}; }
  double held_out_score() override { return 0; }
};

std::vector<Verdict> verdicts(Network& network, uint64_t seed = 1) {
  std::vector<Verdict> all;
  for (const ParameterCheck& check : check_gradients_of(network, {.seed = seed}).parameters)
    all.push_back(check.verdict());
  return all;
}

const std::vector<Verdict> all_right(5, Verdict::ok);

TEST(GradientCheck, FindsNoFaultWhereThereIsNone) {
  for (const auto& activation :
       {+[](const Tensor& x) { return tanh(x); }, +[](const Tensor& x) { return relu(x); }}) {
    Network network;
    network.activation = activation;
    for (uint64_t seed = 1; seed <= 10; ++seed) EXPECT_EQ(verdicts(network, seed), all_right);
  }
}

TEST(GradientCheck, LeavesParametersAndGradientsAsTheyWere) {
  Network network;
  const Network same;
  const GradientCheck check = check_gradients_of(network, {});
  EXPECT_TRUE(std::ranges::equal(network.first.values(), same.first.values()));
  EXPECT_FALSE(network.first.has_grad());
  EXPECT_NEAR(check.loss, 40 * std::log(5), 30);
  EXPECT_GT(check.noise, 0);
  EXPECT_LT(check.noise, 1e-4);
}

// Each fault lies before the second layer, whose gradients stay right.
TEST(GradientCheck, FindsFaults) {
  const std::vector<Verdict> wrong{Verdict::suspicious, Verdict::suspicious, Verdict::suspicious,
                                   Verdict::ok, Verdict::ok};
  const std::pair<const char*, std::function<void(float*, int64_t)>> faults[] = {
      {"a factor",
       [](float* g, int64_t n) { std::for_each(g, g + n, [](float& v) { v *= 1.05f; }); }},
      {"a sign", [](float* g, int64_t n) { std::for_each(g, g + n, [](float& v) { v = -v; }); }},
      {"nothing comes back", [](float* g, int64_t n) { std::fill_n(g, n, 0.0f); }},
      {"one unit of twelve",
       [](float* g, int64_t n) {
         for (int64_t i = 3; i < n; i += 12) g[i] *= 2;
       }},
      {"the last row", [](float* g, int64_t n) { std::fill_n(g + n - 12, 12, 0.0f); }}};
  for (const auto& [name, fault] : faults) {
    Network network;
    network.fault = fault;
    EXPECT_EQ(verdicts(network), wrong) << name;
  }
}

TEST(GradientCheck, TellsOfEachParameterAndItsWorstProbe) {
  Network network;
  network.fault = [](float* g, int64_t n) { std::fill_n(g, n, 0.0f); };
  std::vector<std::string> told;
  const GradientCheck check =
      check_gradients_of(network, {}, [&](const ParameterCheck& one) { told.push_back(one.name); });
  EXPECT_EQ(told, (std::vector<std::string>{"table", "first", "bias", "second", "last_bias"}));
  EXPECT_EQ(check.parameters[1].norm, 0);  // as no gradient came back
  EXPECT_TRUE(check.parameters[1].worst().suspicious());
  EXPECT_EQ(check.parameters[3].probes.size(), 5u);
  EXPECT_EQ(check.parameters[3].probes[0].along, "gradient");
}

TEST(GradientCheck, SaysWhatItCannotTell) {
  Network network;  // all but the last bias hardly matter, and the loss is rounded as ever
  network.activation = [](const Tensor& x) { return scale(tanh(x), 1e-8f); };
  EXPECT_EQ(verdicts(network),
            (std::vector<Verdict>{Verdict::unclear, Verdict::unclear, Verdict::unclear,
                                  Verdict::unclear, Verdict::ok}));
}

TEST(GradientCheck, RefusesWhatHasNoGradient) {
  Network network;
  network.batches = 0;
  EXPECT_THROW(check_gradients_of(network, {}), Error);
  network.batches = 1;
  network.bias.values()[0] = NAN;
  EXPECT_THROW(check_gradients_of(network, {}), Error);
}

}  // namespace
}  // namespace cadena
