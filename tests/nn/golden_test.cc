// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <tuple>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/nn/recurrent.h"
#include "tests/golden/golden.h"
#include "tests/kernels/targets.h"

namespace cadena {
namespace {

/// Everything of a golden file whose gradient it has too.
using Given = std::map<std::string, Tensor>;

/// The network of a golden file; its parameters join `given`.
Recurrent network_of(const Golden& golden, Given& given) {
  Rng rng(1);
  Recurrent network({.cell = golden.metadata.at("cell"),
                     .input = golden.shapes.at("x")[1],
                     .hidden = golden.shapes.at("weight_hh_l0")[1],
                     .layers = golden.number("layers"),
                     .bidirectional = golden.number("directions") == 2},
                    rng);
  Visitor visitor([&](const std::string& name, Tensor& parameter) {
    EXPECT_EQ(parameter.shape(), golden.shapes.at(name)) << name;
    parameter = given[name] = golden.tensor(name);
  });
  network.visit(visitor);
  return network;
}

/// "h_l0", "c_l0", "h_l1", ...: the names of the states of a network.
std::string state_name(size_t layer, size_t state) {
  return std::string(1, "hc"[state]) + "_l" + std::to_string(layer);
}

State initial_state(const Golden& golden, const Recurrent& network, Given& given) {
  State initial = network.start();
  for (size_t i = 0; i < initial.layers.size(); ++i)
    for (size_t k = 0; k < initial.layers[i].size(); ++k) {
      const std::string name = "initial." + state_name(i, k);
      initial.layers[i][k] = given[name] = golden.tensor(name);
    }
  return initial;
}

std::map<std::string, Tensor> results_of(const Recurrent::Result& run) {
  std::map<std::string, Tensor> results{{"output", run.output}};
  for (size_t i = 0; i < run.last.layers.size(); ++i)
    for (size_t k = 0; k < run.last.layers[i].size(); ++k)
      results["last." + state_name(i, k)] = run.last.layers[i][k];
  return results;
}

class GoldenTest : public testing::TestWithParam<std::tuple<const char*, int, int>> {
 protected:
  const Golden golden_{std::string(std::get<0>(GetParam())) + "_l" +
                       std::to_string(std::get<1>(GetParam())) + "_d" +
                       std::to_string(std::get<2>(GetParam()))};

  void expect_agreement() const {
    Given given{{"x", golden_.tensor("x")}};
    const Recurrent network = network_of(golden_, given);
    const State initial = initial_state(golden_, network, given);

    Tape tape;
    Tensor loss(Shape{1});
    for (const auto& [name, result] : results_of(network(given["x"], golden_.layout(), initial))) {
      expect(name, result.values());
      loss = add(loss, sum(multiply(result, golden_.tensor("upstream." + name))));
    }
    tape.backward(loss);

    for (const auto& [name, tensor] : given) expect("grad." + name, gradient(tensor));
    const auto gradients = std::ranges::count_if(
        golden_.shapes, [](const auto& entry) { return entry.first.starts_with("grad."); });
    EXPECT_EQ(gradients, std::ssize(given));
  }

 private:
  void expect(const std::string& name, std::span<const float> values) const {
    EXPECT_LE(distance(values, golden_.values.at(name)), 1e-6) << name;
  }
};

TEST_P(GoldenTest, OutputsStatesAndGradientsAgreeWithPyTorch) {
  for_each_target([this] { expect_agreement(); });
}

INSTANTIATE_TEST_SUITE_P(Cells, GoldenTest,
                         testing::Combine(testing::Values("elman", "elman_relu", "lstm", "gru",
                                                          "lstm_projected"),
                                          testing::Values(1, 2), testing::Values(1, 2)),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param)) + "_layers" +
                                  std::to_string(std::get<1>(info.param)) + "_directions" +
                                  std::to_string(std::get<2>(info.param));
                         });

}  // namespace
}  // namespace cadena
