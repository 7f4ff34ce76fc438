// SPDX-License-Identifier: MIT
// Composed cells against the equations of their papers, written plainly in double: values, and
// gradients by the complex step.
#include <gtest/gtest.h>

#include <array>
#include <complex>
#include <functional>
#include <map>
#include <string>
#include <valarray>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/nn/composed_cells.h"
#include "tests/support/check_gradients.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

using V = std::complex<double>;
using Row = std::valarray<V>;
constexpr size_t inputs = 3, hidden = 5;

Row sigmoid(const Row& x) { return V(1) / (V(1) + exp(-x)); }
Row part(const Row& x, size_t k, size_t size = hidden) { return x[std::slice(k * size, size, 1)]; }
Row joined(const std::vector<Row>& parts) {
  std::vector<V> all;
  for (const Row& row : parts) all.insert(all.end(), begin(row), end(row));
  return {all.data(), all.size()};
}

/// Parameters by name, without the suffix.
struct Weights {
  std::map<std::string, Row> rows;

  const Row& operator[](const std::string& name) const { return rows.at(name); }
  Row product(const std::string& name, const Row& x) const {
    Row y(rows.at(name).size() / x.size());
    for (size_t i = 0; i < y.size(); ++i) y[i] = (part((*this)[name], i, x.size()) * x).sum();
    return y;
  }
  Row input(const Row& x) const { return product("weight_ih", x) + (*this)["bias_ih"]; }
  Row recurrent(const Row& h) const { return product("weight_hh", h) + (*this)["bias_hh"]; }
  /// Of all of x, with part of the gains and biases.
  Row norm(const Row& x, const std::string& name, size_t first) const {
    const V size(static_cast<double>(x.size()));
    const Row centred = x - x.sum() / size;
    const Row gain = (*this)["gain_" + name][std::slice(first, x.size(), 1)],
              bias = (*this)["bias_" + name][std::slice(first, x.size(), 1)];
    return centred / std::sqrt((centred * centred).sum() / size + 1e-5) * gain + bias;
  }
};

using States = std::vector<Row>;
using Equation =
    std::function<States(const Weights&, const Row& x, const Row& below, const States&)>;

States gru_before(const Weights& w, const Row& x, const Row&, const States& s) {
  const Row a = w.input(x), u = w.recurrent(s[0]);
  const Row r = sigmoid(part(a, 0) + part(u, 0)), z = sigmoid(part(a, 1) + part(u, 1));
  const Row n = tanh(Row(part(a, 2) + part(w.recurrent(r * s[0]), 2)));
  return {(V(1) - z) * n + z * s[0]};
}

// From the sums of the gates on; what else the memory gets, and how the output sees it.
States lstm(const Row& sums, const Row& c, const Row& more, const std::function<Row(Row)>& seen) {
  const size_t size = c.size();
  const Row i = sigmoid(part(sums, 0, size)), f = sigmoid(part(sums, 1, size)),
            g = tanh(part(sums, 2, size)), o = sigmoid(part(sums, 3, size));
  const Row next = f * c + i * g + more;
  return {o * tanh(seen(next)), next};
}
const Row nothing(V(0), hidden);
Row itself(Row c) { return c; }

States lstm_layer_norm(const Weights& w, const Row& x, const Row&, const States& s) {
  const Row sums =
      w.norm(w.product("weight_ih", x), "ih", 0) + w.norm(w.product("weight_hh", s[0]), "hh", 0);
  return lstm(sums, s[1], nothing, [&](const Row& c) { return w.norm(c, "c", 0); });
}

States gru_layer_norm(const Weights& w, const Row& x, const Row&, const States& s) {
  const Row wx = w.product("weight_ih", x), uh = w.product("weight_hh", s[0]);
  const Row both =
      sigmoid(w.norm(part(wx, 0, 2 * hidden), "ih", 0) + w.norm(part(uh, 0, 2 * hidden), "hh", 0));
  const Row r = part(both, 0), z = part(both, 1);
  const Row n =
      tanh(Row(w.norm(part(wx, 2), "ih", 2 * hidden) + r * w.norm(part(uh, 2), "hh", 2 * hidden)));
  return {(V(1) - z) * n + z * s[0]};
}

States lstm_projected(const Weights& w, const Row& x, const Row&, const States& s) {
  States next = lstm(w.input(x) + w.recurrent(s[0]), s[1], Row(V(0), s[1].size()), itself);
  return {w.product("weight_hr", next[0]), next[1]};
}

States lstm_fgr(const Weights& w, const Row& x, const Row&, const States& s) {
  const Row sums = w.input(x) + w.recurrent(s[0]), before = w.product("weight_gates", s[2]),
            own = w["weight_own"];
  const Row i = sigmoid(part(sums, 0) + part(before, 0) + part(own, 0) * s[1]),
            f = sigmoid(part(sums, 1) + part(before, 1) + part(own, 1) * s[1]);
  const Row c = f * s[1] + i * tanh(part(sums, 2));
  const Row o = sigmoid(part(sums, 3) + part(before, 2) + part(own, 2) * c);
  return {o * tanh(c), c, joined({i, f, o})};
}

States depth_gated(const Weights& w, const Row& x, const Row& below, const States& s) {
  const Row own = w["weight_own"];
  const Row d = sigmoid(w.product("weight_depth", x) + w["bias_depth"] + part(own, 0) * s[1] +
                        part(own, 1) * below);
  return lstm(w.input(x) + w.recurrent(s[0]), s[1], d * below, itself);
}

// Five units: modules of 2, 2 and 1 with the periods 1, 2 and 4.
States clockwork(const Weights& w, const Row& x, const Row&, const States& s) {
  constexpr std::array<size_t, hidden> module{0, 0, 1, 1, 2};
  const auto t = static_cast<size_t>(real(s[1][0]));
  const Row a = w.input(x);
  Row h = s[0];
  for (size_t j = 0; j < hidden; ++j) {
    if (t % (size_t{1} << module[j]) != 0) continue;
    V sum = a[j] + w["bias_hh"][j];
    for (size_t k = 0; k < hidden; ++k)
      if (module[k] >= module[j]) sum += w["weight_hh"][j * hidden + k] * s[0][k];
    h[j] = std::tanh(sum);
  }
  return {h, Row{V((t + 1) % 8)}};
}

// Without a stabiliser: the memory itself.
States mlstm(const Weights& w, const Row& x, const Row&, const States& s) {
  const Row a = w.input(x), q = part(a, 0), k = part(a, 1) / V(std::sqrt(hidden)), v = part(a, 2);
  const V i = std::exp(a[4 * hidden]), f = V(1) / (V(1) + std::exp(-a[4 * hidden + 1]));
  Row matrix = f * s[1], h = nothing;
  const Row norm = f * s[2] + i * k;
  V along = (norm * q).sum();
  if (real(along) < 0) along = -along;
  for (size_t r = 0; r < hidden; ++r) {
    matrix[std::slice(r * hidden, hidden, 1)] += Row(i * v[r] * k);
    h[r] = (part(matrix, r) * q).sum() / (real(along) > 1 ? along : V(1));
  }
  return {sigmoid(part(a, 3)) * h, matrix, norm, s[3]};
}

const std::map<std::string, Equation> equations{{"gru_before", gru_before},
                                                {"lstm_layer_norm", lstm_layer_norm},
                                                {"gru_layer_norm", gru_layer_norm},
                                                {"lstm_projected", lstm_projected},
                                                {"lstm_fgr", lstm_fgr},
                                                {"depth_gated", depth_gated},
                                                {"clockwork", clockwork},
                                                {"mlstm", mlstm}};

/// A few steps of one sequence in a layer above another one, from given states.
class ComposedEquations : public testing::TestWithParam<std::string> {
 protected:
  static constexpr int64_t steps = 3;

  ComposedEquations() {
    Visitor visitor([&](const std::string& name, Tensor& parameter) {
      parameter = normal_parameter(parameter.shape(), rng_, 0.7f);
      given_.emplace_back(name, parameter);
    });
    cell_->visit(visitor, "");
    given_.emplace_back("x", normal_parameter({steps, inputs}, rng_));
    given_.emplace_back("below", normal_parameter({steps, hidden}, rng_));
    for (const auto& [name, columns, stays] : cell_->states()) {
      const bool constant = name == "t" || name == "m";
      given_.emplace_back("state " + name,
                          constant ? Tensor(1, columns) : normal_parameter({1, columns}, rng_));
    }
  }

  /// All outputs, and the states at the end; mlstm's as the memory that they mean.
  Tensors float_results() const {
    const auto in = [&](const std::string& name) {
      return std::ranges::find(given_, name, &std::pair<std::string, Tensor>::first)->second;
    };
    const Tensor projected = cell_->project(in("x"), in("below"));
    Tensors states, all;
    for (const ComposedCell::StateOf& state : cell_->states())
      states.push_back(in("state " + state.name));
    for (int64_t t = 0; t < steps; ++t) {
      states = cell_->step(rows(projected, t, t + 1), states).states;
      all.push_back(states[0]);
    }
    if (GetParam() != "mlstm") all.insert(all.end(), states.begin() + 1, states.end());
    return all;
  }

  std::vector<Row> plain_results(const std::vector<Row>& values) const {
    Weights weights;
    States states;
    for (size_t k = 0; k < given_.size(); ++k) {
      weights.rows[given_[k].first] = values[k];
      if (given_[k].first.starts_with("state ")) states.push_back(values[k]);
    }
    std::vector<Row> all;
    for (size_t t = 0; t < steps; ++t) {
      states = equations.at(GetParam())(weights, part(weights["x"], t, inputs),
                                        part(weights["below"], t), states);
      all.push_back(states[0]);
    }
    if (GetParam() != "mlstm") all.insert(all.end(), states.begin() + 1, states.end());
    return all;
  }

  /// As weighted_sum() weights them.
  V plain_sum(const std::vector<Row>& values) const {
    const std::vector<Row> results = plain_results(values);
    V sum(0);
    for (size_t k = 0; k < results.size(); ++k) {
      const std::vector<float> weights =
          weights_of(Tensor(1, static_cast<int64_t>(results[k].size())), k);
      for (size_t j = 0; j < weights.size(); ++j) sum += double{weights[j]} * results[k][j];
    }
    return sum;
  }

  Rng rng_{6};
  std::shared_ptr<ComposedCell> cell_ =
      find_composed_cell(GetParam())->make({inputs, hidden, false}, rng_);
  std::vector<std::pair<std::string, Tensor>> given_;
};

TEST_P(ComposedEquations, ValuesAndGradientsAreTheirs) {
  Tape tape;
  const Tensors results = float_results();
  const Tensor loss(Shape{1});
  weighted_sum(results, loss);
  tape.backward(loss);

  std::vector<Row> values;
  for (const auto& [name, tensor] : given_) {
    values.emplace_back(static_cast<size_t>(tensor.size()));
    std::ranges::copy(tensor.values(), begin(values.back()));
  }
  const std::vector<Row> wanted = plain_results(values);
  ASSERT_EQ(results.size(), wanted.size());
  for (size_t k = 0; k < wanted.size(); ++k)
    for (size_t j = 0; j < wanted[k].size(); ++j)
      EXPECT_NEAR(results[k].values()[j], real(wanted[k][j]), 1e-5) << k << ", " << j;

  for (size_t k = 0; k < values.size(); ++k)
    for (size_t j = 0; j < values[k].size() && given_[k].second.is_parameter(); ++j) {
      values[k][j] += V(0, 1e-30);
      const double slope = plain_sum(values).imag() / 1e-30;
      values[k][j] = real(values[k][j]);
      EXPECT_NEAR(given_[k].second.grad()[j], slope, 2e-5 * std::max(1.0, std::abs(slope)))
          << given_[k].first << ", " << j;
    }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const ComposedCellInfo& info : composed_cells()) all.emplace_back(info.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Cells, ComposedEquations, testing::ValuesIn(names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace cadena
