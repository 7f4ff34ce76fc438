// SPDX-License-Identifier: MIT
// The cells of the lecture, in double, against PyTorch in double (tools/golden.py). The library's
// floats are held against the same files by tests/nn/golden_test.cc.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cadena/autograd/recurrent.h"
#include "tests/golden/golden.h"
#include "tests/golden/layer.h"

namespace cadena {
namespace {

using Vector = std::vector<double>;

/// The network of a golden file, made of a cell of the library in double.
template <class Cell>
class Network {
 public:
  explicit Network(const std::string& name)
      : golden_(name),
        layout_(golden_.layout()),
        layers_(static_cast<size_t>(golden_.number("layers"))),
        directions_(static_cast<size_t>(golden_.number("directions"))),
        hidden_(static_cast<size_t>(golden_.shapes.at("weight_hh_l0")[1])) {}

  const Golden& golden() const { return golden_; }
  const Layout& layout() const { return layout_; }

  /// output, last.h_l0, ... from parameters, x and initial states.
  Values run(const Values& v) const {
    Values results;
    Vector rows = v.at("x");
    for (size_t i = 0; i < layers_; ++i) {
      Vector y(rows_count() * width());
      for (size_t d = 0; d < directions_; ++d)
        for (int b = 0; b < layout_.sequences(); ++b) run_sequence(v, i, d, b, rows, y, results);
      rows = y;
    }
    results["output"] = rows;
    return results;
  }

  double loss(const Values& v) const {
    double sum = 0;
    for (const auto& [name, result] : run(v)) {
      const Vector& upstream = golden_.values.at("upstream." + name);
      sum += std::inner_product(result.begin(), result.end(), upstream.begin(), 0.0);
    }
    return sum;
  }

  /// The parameters of one direction of one layer, in the order of reference::Layer.
  static Vector parameters(const Values& v, size_t layer, size_t direction) {
    Vector all;
    for (const char* name : {"weight_ih", "weight_hh", "bias_ih", "bias_hh"}) {
      const Vector& part =
          v.at(name + ("_l" + std::to_string(layer)) + (direction == 1 ? "_reverse" : ""));
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }

  static std::string state_name(size_t state, size_t layer) {
    return std::string(1, "hc"[state]) + "_l" + std::to_string(layer);
  }

 private:
  size_t rows_count() const { return static_cast<size_t>(layout_.rows()); }
  size_t width() const { return directions_ * hidden_; }

  void run_sequence(const Values& v, size_t i, size_t d, int b, const Vector& rows, Vector& y,
                    Values& results) const {
    const reference::Layer<Cell> layer{rows.size() / rows_count(), hidden_};
    const Vector p = parameters(v, i, d);
    const size_t column = d * hidden_, first = static_cast<size_t>(b) * width() + column;
    Vector s;
    for (size_t k = 0; k < Cell::spec.states; ++k) {
      const auto from = v.at("initial." + state_name(k, i)).begin() + static_cast<int64_t>(first);
      s.insert(s.end(), from, from + static_cast<int64_t>(hidden_));
    }
    for (int n = 0; n < layout_.length(b); ++n) {
      const int t = d == 1 ? layout_.length(b) - 1 - n : n;
      const auto row = static_cast<size_t>(layout_.row(t, b));
      s = layer.step(p, &rows[row * layer.inputs], s);
      std::copy_n(s.begin(), hidden_, &y[row * width() + column]);
    }
    for (size_t k = 0; k < Cell::spec.states; ++k) {
      Vector& last = results["last." + state_name(k, i)];
      last.resize(static_cast<size_t>(layout_.sequences()) * width());
      std::copy_n(&s[k * hidden_], hidden_, &last[first]);
    }
  }

  Golden golden_;
  Layout layout_;
  size_t layers_, directions_, hidden_;
};

/// Outputs and last states, and the gradients by central differences of the loss.
template <class Cell>
void expect_forward_and_differences(const Network<Cell>& network) {
  const Values& expected = network.golden().values;
  for (const auto& [name, result] : network.run(expected))
    EXPECT_LE(distance(result, expected.at(name)), 1e-12) << name;
  Values v = expected;
  const std::string prefix = "grad.";
  for (const auto& [name, expected_gradient] : expected) {
    if (!name.starts_with(prefix)) continue;
    Vector found;
    for (double& argument : v.at(name.substr(prefix.size()))) {
      constexpr double h = 1e-5;
      const double middle = argument;
      argument = middle + h;
      const double above = network.loss(v);
      argument = middle - h;
      found.push_back((above - network.loss(v)) / (2 * h));
      argument = middle;
    }
    EXPECT_LE(distance(found, expected_gradient), 1e-6) << name;
  }
}

/// Every gradient of a single layer, by the cell's own backward equation through time.
template <class Cell>
void expect_backward(const Network<Cell>& network) {
  const Golden& golden = network.golden();
  const Values& v = golden.values;
  const reference::Layer<Cell> layer{static_cast<size_t>(golden.shapes.at("x")[1]),
                                     static_cast<size_t>(golden.shapes.at("weight_hh_l0")[1])};
  const auto row = [&](const std::string& name, int64_t i) {
    const auto columns = golden.shapes.at(name)[1];
    const auto first = v.at(name).begin() + i * columns;
    return Vector(first, first + columns);
  };
  const auto rows = [&](const std::string& name, int b) {
    Vector all;
    for (int t = 0; t < network.layout().length(b); ++t)
      for (double value : row(name, network.layout().row(t, b))) all.push_back(value);
    return all;
  };
  const auto states = [&](const std::string& kind, int b) {
    Vector all;
    for (size_t k = 0; k < Cell::spec.states; ++k)
      for (double value : row(kind + network.state_name(k, 0), b)) all.push_back(value);
    return all;
  };
  const Vector p = network.parameters(v, 0, 0);
  Vector sum(p.size()), expected;
  for (int b = 0; b < network.layout().sequences(); ++b) {
    const reference::Sequence<Cell> run(layer, p, rows("x", b), states("initial.", b));
    const auto found = run.backward(rows("upstream.output", b), states("upstream.last.", b));
    EXPECT_LE(distance(found.x, rows("grad.x", b)), 1e-12);
    EXPECT_LE(distance(found.initial, states("grad.initial.", b)), 1e-12);
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += found.parameters[i];
  }
  for (const char* name : {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"})
    for (double value : v.at(std::string("grad.") + name)) expected.push_back(value);
  EXPECT_LE(distance(sum, expected), 1e-12);
}

template <class Cell>
void expect_golden() {
  for (const char* suffix : {"_l1_d1", "_l1_d2", "_l2_d1", "_l2_d2"}) {
    SCOPED_TRACE(suffix);
    expect_forward_and_differences(Network<Cell>(Cell::spec.name + std::string(suffix)));
  }
  expect_backward(Network<Cell>(Cell::spec.name + std::string("_l1_d1")));
}

// Slide "model".
TEST(Lecture, A4_TheRecurrentNetworkAgreesWithPyTorchAndWithDifferences) {
  expect_golden<reference::Elman>();
  expect_golden<reference::ElmanRelu>();
}

// Slides "LSTM": input and forget gate, candidate, cell update, output gate. The forget gate's own
// equation is f_t = sigmoid(W_f [h_{t-1}, x_t] + b_f). Stacked, in both directions, from given
// states; the projected LSTM is not offered yet.
TEST(Lecture, B1_TheLstmAgreesWithPyTorchAndWithDifferences) { expect_golden<reference::Lstm>(); }

// Slide "variants of an LSTM", GRU, reset after the product; before it is not offered yet.
TEST(Lecture, B6_TheGruAgreesWithPyTorchAndWithDifferences) { expect_golden<reference::Gru>(); }

}  // namespace
}  // namespace cadena
