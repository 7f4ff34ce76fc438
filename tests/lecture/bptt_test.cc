// SPDX-License-Identifier: MIT
// The slides on back-propagation through time, equations (6) to (13).
#include <gtest/gtest.h>

#include <complex>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "tests/golden/layer.h"
#include "tests/golden/lecture_network.h"

namespace cadena {
namespace {

using Vector = std::vector<double>;

/// The targets of E_t alone: all other steps are absent.
std::vector<int32_t> only(size_t t, const std::vector<int32_t>& targets) {
  std::vector<int32_t> result(targets.size(), -1);
  result[t] = targets[t];
  return result;
}

void back_propagate(const LectureNetwork& network, const std::vector<int32_t>& targets) {
  Tape tape;
  tape.backward(cross_entropy(network.logits(), targets));
}

/// yhat_t of the library.
Vector output(const Tensor& logits, int64_t t) {
  const int32_t row = static_cast<int32_t>(t);
  const Tensor yhat = softmax(gather(logits, {&row, 1}));
  return {yhat.values().begin(), yhat.values().end()};
}

// Equation (6): dE/dW = sum over t of dE_t/dW.
TEST(Lecture, A7_GradientsOfTheStepsAddUpToTheWhole) {
  const LectureNetwork whole, steps;
  back_propagate(whole, whole.targets);
  for (size_t t = 0; t < steps.targets.size(); ++t) back_propagate(steps, only(t, steps.targets));
  const auto expected = whole.gradients();
  for (const auto& [letter, gradient] : steps.gradients())
    EXPECT_LE(distance(gradient, expected.at(letter)), 1e-6) << letter;
}

// Equations (7) to (9): dE_3/dV = (yhat_3 - y_3) outer s_3.
TEST(Lecture, A8_OutputWeightsGetTheOuterProduct) {
  const LectureNetwork network;
  const size_t t = 3, hidden = 5;
  back_propagate(network, only(t, network.targets));
  const Tensor states = network.states();
  Vector error = output(network.readout(states), t);
  error[static_cast<size_t>(network.targets[t])] -= 1;
  for (size_t k = 0; k < error.size(); ++k) {
    const float difference = static_cast<float>(error[k]);  // exact: it was computed from floats
    EXPECT_EQ(gradient(network.given.at("c"))[k], difference);
    for (size_t i = 0; i < hidden; ++i)
      EXPECT_EQ(gradient(network.given.at("V"))[k * hidden + i],
                difference * states.values()[t * hidden + i]);
  }
}

TEST(Lecture, A8_TheOuterProductAgreesWithPyTorch) {
  const Values v = Golden("lecture").values;
  const size_t t = 3, classes = 4, hidden = 5;
  Vector outer;
  for (size_t k = 0; k < classes; ++k)
    for (size_t i = 0; i < hidden; ++i)
      outer.push_back((v.at("yhat")[t * classes + k] - (v.at("target")[t] == k)) *
                      v.at("h")[t * hidden + i]);
  EXPECT_LE(distance(outer, v.at("grad3.V")), 1e-12);
}

/// A matrix by its columns.
using Matrix = std::vector<Vector>;

double dot(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// The derivatives of the states after step t: the Jacobian ds_t/ds_{t-1}, and the immediate
/// derivative d+s_t/dp, in which s_{t-1} is held fixed. By complex steps of the cell's forward
/// equation, which are exact to rounding.
struct Derivatives {
  Matrix by_state, by_parameter;
};

template <class Cell>
Derivatives derivatives(const reference::Sequence<Cell>& run, size_t t) {
  using Complex = std::complex<double>;
  constexpr double tiny = 1e-30;
  std::vector<Complex> s(run.states[t].begin(), run.states[t].end()), p(run.p.begin(), run.p.end());
  const std::vector<Complex> x(run.input(t), run.input(t) + run.layer.inputs);
  const auto columns = [&](std::vector<Complex>& arguments) {
    Matrix result;
    for (Complex& argument : arguments) {
      argument += Complex(0, tiny);
      Vector& column = result.emplace_back();
      for (const Complex& value : run.layer.step(p, x.data(), s))
        column.push_back(value.imag() / tiny);
      argument = argument.real();
    }
    return result;
  };
  return {columns(s), columns(p)};
}

template <class Cell>
std::vector<Derivatives> all_derivatives(const reference::Sequence<Cell>& run) {
  std::vector<Derivatives> all;
  for (size_t t = 0; t < run.steps(); ++t) all.push_back(derivatives(run, t));
  return all;
}

/// Equation (12) as it should be: dE_t/dp = sum over k = 0..t of dE_t/ds_t · ds_t/ds_k · d+s_k/dp,
/// where ds_t/ds_k is a product of one-step Jacobians (13). The terms, by k.
Matrix terms(const std::vector<Derivatives>& steps, size_t t, Vector upstream) {
  Matrix all(t + 1);
  for (size_t k = t + 1; k-- > 0;) {
    for (const Vector& column : steps[k].by_parameter) all[k].push_back(dot(upstream, column));
    Vector before;
    for (const Vector& column : steps[k].by_state) before.push_back(dot(upstream, column));
    upstream = before;
  }
  return all;
}

void add_to(Vector& sum, const Vector& other) {
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
}

/// Real-time recurrent learning (Williams and Zipser, 1989): the sensitivities P_t = ds_t/dp go
/// forwards, P_t = ds_t/ds_{t-1} P_{t-1} + d+s_t/dp. The sum of dE_t/ds_t P_t.
Vector real_time(const std::vector<Derivatives>& steps, const Matrix& upstream) {
  const size_t parameters = steps[0].by_parameter.size(), states = upstream[0].size();
  Matrix sensitivity(parameters, Vector(states));
  Vector sum(parameters);
  for (size_t t = 0; t < steps.size(); ++t)
    for (size_t i = 0; i < parameters; ++i) {
      Vector next = steps[t].by_parameter[i];
      for (size_t j = 0; j < states; ++j)
        for (size_t k = 0; k < states; ++k) next[k] += steps[t].by_state[j][k] * sensitivity[i][j];
      sensitivity[i] = next;
      sum[i] += dot(upstream[t], next);
    }
  return sum;
}

/// Numbers that are exact in float.
Vector noise(size_t size, Rng& rng) {
  Vector values(size);
  for (double& value : values) value = rng.uniform(-1, 1);
  return values;
}

/// The gradient of the library's layer, in the order of reference::Layer.
template <class Cell>
Vector library_gradient(const reference::Sequence<Cell>& run, const Vector& dh) {
  const auto gates = static_cast<int64_t>(run.layer.gates()),
             inputs = static_cast<int64_t>(run.layer.inputs),
             hidden = static_cast<int64_t>(run.layer.hidden),
             steps = static_cast<int64_t>(run.steps());
  RecurrentWeights w{.input = Tensor::parameter({gates, inputs}),
                     .recurrent = {},
                     .input_bias = Tensor::parameter({gates}),
                     .recurrent_bias = {}};
  if (Cell::spec.recurrent) {
    w.recurrent = Tensor::parameter({gates, hidden});
    w.recurrent_bias = Tensor::parameter({gates});
  }
  if (Cell::spec.own > 0) w.own = Tensor::parameter({Cell::spec.own, hidden});
  const std::vector<Tensor> all = w.all();
  auto value = run.p.begin();
  for (const Tensor& parameter : all)
    for (float& element : parameter.values()) element = static_cast<float>(*value++);
  const Tensor x(Shape{steps, inputs}, {run.x.begin(), run.x.end()}),
      weights(Shape{steps, hidden}, {dh.begin(), dh.end()});
  std::vector<Tensor> initial;
  for (auto first = run.states[0].begin(); first != run.states[0].end(); first += hidden)
    initial.emplace_back(Shape{1, hidden}, std::vector<float>(first, first + hidden));
  Tape tape;
  const std::vector<int> lengths{static_cast<int>(steps)};
  const Tensor y = recurrent(Cell::spec.name, x, Layout(lengths), std::span(&w, 1), initial).output;
  tape.backward(sum(multiply(y, weights)));
  Vector found;
  for (const Tensor& parameter : all)
    found.insert(found.end(), gradient(parameter).begin(), gradient(parameter).end());
  return found;
}

template <class Cell>
void expect_the_same_three_ways() {
  SCOPED_TRACE(Cell::spec.name);
  Rng rng(9);
  const reference::Layer<Cell> layer{.inputs = 2, .hidden = 3};
  const size_t steps = 6;
  const reference::Sequence<Cell> run(layer, noise(layer.parameters(), rng),
                                      noise(steps * layer.inputs, rng), noise(layer.states(), rng));
  const Vector dh = noise(steps * layer.hidden, rng);
  Matrix upstream(steps, Vector(layer.states()));  // dE_t/ds_t; E_t sees only h
  for (size_t i = 0; i < dh.size(); ++i) upstream[i / layer.hidden][i % layer.hidden] = dh[i];

  const Vector through_time = run.backward(dh, Vector(layer.states())).parameters;
  const std::vector<Derivatives> all = all_derivatives(run);
  Vector explicit_sum(layer.parameters());
  for (size_t t = 0; t < steps; ++t)
    for (const Vector& term : terms(all, t, upstream[t])) add_to(explicit_sum, term);
  EXPECT_LE(distance(explicit_sum, through_time), 1e-10);
  EXPECT_LE(distance(real_time(all, upstream), through_time), 1e-10);
  EXPECT_LE(distance(library_gradient(run, dh), through_time), 1e-5);
}

// Equations (10) to (13), for every cell.
TEST(Lecture, A9_BackPropagationIsTheSumOfJacobianProducts) {
#define CADENA_EXPECT(Cell) expect_the_same_three_ways<reference::Cell>();
  CADENA_CELLS(CADENA_EXPECT)
#undef CADENA_EXPECT
}

// Equation (12) of the slide lacks the sum over k; no single term is the gradient.
TEST(Lecture, A9_EquationTwelveNeedsItsSum) {
  const Values v = Golden("lecture").values;
  const size_t t = 3, classes = 4;
  const reference::Layer<reference::Elman> layer{.inputs = 3, .hidden = 5};
  Vector p = v.at("U");
  for (const Vector& more : {v.at("W"), v.at("b"), Vector(layer.gates())})
    p.insert(p.end(), more.begin(), more.end());
  const reference::Sequence<reference::Elman> run(layer, p, v.at("x"), v.at("h0"));
  Vector upstream(layer.hidden);  // dE_3/ds_3 = V^T (yhat_3 - y_3)
  for (size_t k = 0; k < classes; ++k)
    for (size_t i = 0; i < layer.hidden; ++i)
      upstream[i] += (v.at("yhat")[t * classes + k] - (v.at("target")[t] == k)) *
                     v.at("V")[k * layer.hidden + i];

  const auto of_w = [&](const Vector& gradient) {
    return Vector(&gradient[layer.recurrent()], &gradient[layer.input_bias()]);
  };
  Vector sum(p.size());
  for (const Vector& term : terms(all_derivatives(run), t, upstream)) {
    add_to(sum, term);
    EXPECT_GT(distance(of_w(term), v.at("grad3.W")), 0.05);
  }
  EXPECT_LE(distance(of_w(sum), v.at("grad3.W")), 1e-12);
}

}  // namespace
}  // namespace cadena
