// SPDX-License-Identifier: MIT
// The slides "model" and "loss".
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "tests/golden/lecture_network.h"

namespace cadena {
namespace {

template <class V>
using Vector = std::vector<V>;

/// m v, m with as many columns as v has elements.
template <class V>
Vector<V> product(const Vector<V>& m, const Vector<V>& v) {
  Vector<V> result(m.size() / v.size());
  for (size_t i = 0; i < m.size(); ++i) result[i / v.size()] += m[i] * v[i % v.size()];
  return result;
}

template <class V>
Vector<V> plus(Vector<V> a, const Vector<V>& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

template <class V>
Vector<V> softmax(Vector<V> o) {
  const V top = *std::ranges::max_element(o);
  V sum = 0;
  for (V& value : o) sum += value = std::exp(value - top);
  for (V& value : o) value /= sum;
  return o;
}

/// The slides, word for word, but with yhat_t = softmax(o_t) where the slide writes h_t for the
/// output. A negative target is absent: its E_t is not there.
template <class V>
struct Slides {
  Slides(const Values& values, const std::vector<int>& targets) {
    std::map<std::string, Vector<V>> v;
    for (const auto& [name, value] : values) v[name] = {value.begin(), value.end()};
    Vector<V> state = v["h0"];
    const size_t inputs = v["x"].size() / targets.size();
    for (size_t t = 0; t < targets.size(); ++t) {
      const Vector<V> x(&v["x"][t * inputs], &v["x"][t * inputs] + inputs);
      const Vector<V> a = plus(plus(v["b"], product(v["W"], state)), product(v["U"], x));
      for (size_t i = 0; i < a.size(); ++i) state[i] = std::tanh(a[i]);
      const Vector<V> logits = plus(v["c"], product(v["V"], state)), output = softmax(logits);
      h.insert(h.end(), state.begin(), state.end());
      o.insert(o.end(), logits.begin(), logits.end());
      yhat.insert(yhat.end(), output.begin(), output.end());
      if (targets[t] < 0) continue;
      losses.push_back(-std::log(output[static_cast<size_t>(targets[t])]));
      loss += losses.back();
    }
  }

  Vector<V> h, o, yhat, losses;
  V loss = 0;
};

/// A network small enough for pencil and paper: h_t = tanh(x_t), h = 0, 1/2, 1/2, logits (0, h ln
/// 9).
const Values by_hand{{"U", {1}},
                     {"W", {0}},
                     {"b", {0}},
                     {"V", {0, std::log(9)}},
                     {"c", {0, 0}},
                     {"h0", {0}},
                     {"x", {0, std::atanh(0.5), std::atanh(0.5)}}};

template <class V>
void expect_slides(double tolerance) {
  const Golden golden("lecture");
  const Values& target = golden.values;
  const Slides<V> slides(target, {target.at("target").begin(), target.at("target").end()});
  EXPECT_LE(distance(slides.h, target.at("h")), tolerance);
  EXPECT_LE(distance(slides.o, target.at("o")), tolerance);
  EXPECT_LE(distance(slides.yhat, target.at("yhat")), tolerance);
  EXPECT_LE(distance(slides.losses, target.at("E_t")), tolerance);
  EXPECT_LE(distance(std::vector{slides.loss}, target.at("E")), tolerance);
}

// Slide "model": a_t = b + W h_{t-1} + U x_t, h_t = tanh(a_t), o_t = c + V h_t. The output is
// yhat_t = softmax(o_t); the slide has h_t there.
TEST(Lecture, A4_TheEquationsOfTheSlideAgreeWithPyTorch) {
  expect_slides<double>(1e-12);
  expect_slides<float>(1e-6);
}

TEST(Lecture, A4_TheNetworkOfTheSlideAgreesWithPyTorch) {
  const LectureNetwork network;
  const Values& expected = network.golden.values;
  Tape tape;
  const Tensor h = network.states(), o = network.readout(h);
  EXPECT_LE(distance(h.values(), expected.at("h")), 1e-6);
  EXPECT_LE(distance(o.values(), expected.at("o")), 1e-6);
  EXPECT_LE(distance(softmax(o).values(), expected.at("yhat")), 1e-6);
  const Tensor loss = cross_entropy(o, network.targets);
  EXPECT_LE(distance(loss.values(), expected.at("E")), 1e-6);
  tape.backward(loss);
  for (const auto& [letter, gradient] : network.gradients())
    EXPECT_LE(distance(gradient, expected.at("grad." + letter)), 1e-6) << letter;
}

// Slide "model": yhat_t = softmax(o_t).
TEST(Lecture, A5_SoftmaxSumsToOneAndIsFinite) {
  const Tensor logits(Shape{4, 3}, {1, 2, 3, 1e4f, -1e4f, 0, 1e4f, 1e4f, 1e4f, -1e4f, -1e4f, 0});
  const Tensor yhat = softmax(logits);
  for (int64_t i = 0; i < 4; ++i) {
    const float* row = yhat.data() + 3 * i;
    EXPECT_NEAR(row[0] + row[1] + row[2], 1, 3e-7);
    const std::vector<double> given(logits.data() + 3 * i, logits.data() + 3 * i + 3);
    EXPECT_LE(distance(std::span(row, 3), softmax(given)), 1e-6);
  }
  EXPECT_EQ(cross_entropy(logits, std::vector<int32_t>{-1, 1, -1, -1}).item(), 2e4f);
}

TEST(Lecture, A5_TheGradientOfTheLossIsTheErrorOfTheOutput) {
  const Tensor logits = Tensor::parameter({3, 3});
  std::ranges::copy(std::vector<float>{1, 2, 3, 1e4f, -1e4f, 0, 0.5f, 0.5f, -0.5f}, logits.data());
  const std::vector<int32_t> y{0, 1, 2};
  const Tensor yhat = softmax(logits);
  Tape tape;
  tape.backward(cross_entropy(logits, y));
  for (int i = 0; i < 3; ++i)
    for (int k = 0; k < 3; ++k)
      EXPECT_EQ(gradient(logits)[3 * i + k], yhat.values()[3 * i + k] - (y[i] == k ? 1.0f : 0.0f));
}

// Slide "loss": L = sum over t of L_t; slides on BPTT: E_t = -y_t log yhat_t (3), E = sum E_t (4,
// 5), where (4) has h for yhat.
TEST(Lecture, A6_TheLossIsTheSumOverTime) {
  const Slides<double> two(by_hand, {0, 1, -1});
  const double expected = std::log(2.0) + std::log(4.0 / 3);
  EXPECT_NEAR(two.losses[0], std::log(2.0), 1e-12);
  EXPECT_NEAR(two.losses[1], std::log(4.0 / 3), 1e-12);
  EXPECT_NEAR(two.loss, expected, 1e-12);

  const Tensor logits(Shape{3, 2}, {two.o.begin(), two.o.end()});
  const Tensor loss = cross_entropy(logits, std::vector<int32_t>{0, 1, -1});
  EXPECT_NEAR(loss.item(), expected, 1e-6);
  EXPECT_NEAR(scale(loss, 1.0f / 2).item(), expected / 2, 1e-6);  // the mean of the present steps
}

TEST(Lecture, A6_AbsentStepsAddExactlyNothing) {
  LectureNetwork whole, part;
  part.given["x"] = Tensor::parameter({4, whole.given["x"].cols()});
  std::ranges::copy(whole.given["x"].values().first(part.given["x"].values().size()),
                    part.given["x"].data());
  const auto loss_of = [](LectureNetwork& network, std::vector<int32_t> targets) {
    Tape tape;
    const Tensor loss = cross_entropy(network.logits(), targets);
    tape.backward(loss);
    return loss.item();
  };
  EXPECT_EQ(loss_of(whole, {2, -1, 3, 1, -1, -1}), loss_of(part, {2, -1, 3, 1}));
  for (const auto& [letter, gradient] : part.gradients()) {
    std::vector<float> found = whole.gradients()[letter];
    EXPECT_TRUE(std::ranges::equal(gradient, std::span(found).first(gradient.size()))) << letter;
    found.erase(found.begin(), found.begin() + std::ssize(gradient));
    EXPECT_EQ(found, std::vector<float>(found.size())) << letter;  // of the x after the last label
  }
}

}  // namespace
}  // namespace cadena
