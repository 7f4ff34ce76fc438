// SPDX-License-Identifier: MIT
#include "cadena/kernels/recurrent_layer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "cadena/tensor/layout.h"
#include "tests/cells/reference.h"
#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

namespace cadena::kernels {
namespace {

using Values = std::vector<float>;
using Doubles = std::vector<double>;

template <class V>
struct Weights {
  V input, recurrent, input_bias, recurrent_bias;
};

// What a layer gives.
template <class V>
struct Passes {
  V y;
  std::vector<V> last;
  V dx;
  std::vector<V> dinitial;
  std::vector<Weights<V>> dweights;

  std::vector<std::pair<std::string, V>> all() const {
    std::vector<std::pair<std::string, V>> named{{"y", y}, {"dx", dx}};
    for (const V& state : last) named.emplace_back("last", state);
    for (const V& state : dinitial) named.emplace_back("dinitial", state);
    for (const Weights<V>& w : dweights) {
      named.emplace_back("dW", w.input);
      named.emplace_back("dU", w.recurrent);
      named.emplace_back("db", w.input_bias);
      named.emplace_back("recurrent db", w.recurrent_bias);
    }
    return named;
  }
};

// What the backward pass is given and asked for.
struct Wanted {
  bool dy = true, last = true, initial = true, x = true, weights = true;
  bool holds = true;  // x and weights add to what is there
};

struct Problem {
  const CellKernel* cell;
  int64_t directions, hidden;
  Layout layout;
  bool from_zero;
  static constexpr int64_t inputs = 3;
  float there = 0.25f;  // in every gradient before the pass
  Values x, dy;
  std::vector<Values> initial, dlast;
  std::vector<Weights<Values>> weights;

  Problem(const std::string& name, int64_t d, int64_t h, const std::vector<int>& lengths, bool zero)
      : cell(find_cell(name)), directions(d), hidden(h), layout(lengths), from_zero(zero) {
    Rng rng(1);
    const float size = 0.7f / std::sqrt(static_cast<float>(h));  // long sequences stay in bounds
    x = normal_values(layout.rows() * inputs, rng);
    dy = normal_values(layout.rows() * width(), rng);
    for (int k = 0; k < cell->spec.states; ++k) {
      if (!zero) initial.push_back(normal_values(states(), rng));
      dlast.push_back(normal_values(states(), rng));
    }
    for (int64_t i = 0; i < d; ++i)
      weights.push_back({normal_values(gates() * inputs, rng),
                         normal_values(gates() * h, rng, size), normal_values(gates(), rng),
                         normal_values(gates(), rng)});
  }

  int64_t gates() const { return cell->spec.gates * hidden; }
  int64_t width() const { return directions * hidden; }
  int64_t states() const { return layout.sequences() * width(); }
  // Bytes that a layer without a limit keeps.
  int64_t whole() const {
    return layout.rows() * directions * (cell->spec.saved + cell->spec.states - 1) * hidden * 4;
  }

  template <class V>
  Passes<V> blank() const {
    const auto many = [this](int64_t size) { return V(static_cast<size_t>(size), there); };
    Passes<V> p{many(std::ssize(dy)), {}, many(std::ssize(x)), {}, {}};
    p.last.assign(dlast.size(), many(states()));
    p.dinitial.assign(initial.size(), many(states()));
    for (const auto& w : weights)
      p.dweights.push_back(
          {many(std::ssize(w.input)), many(std::ssize(w.recurrent)), many(gates()), many(gates())});
    return p;
  }

  RecurrentLayer layer(bool keep, int64_t memory) const {
    std::vector<LayerWeights> w;
    for (const auto& [input, recurrent, input_bias, recurrent_bias] : weights)
      w.push_back({input.data(), recurrent.data(), input_bias.data(), recurrent_bias.data()});
    const LayerShape shape{.cell = cell,
                           .inputs = inputs,
                           .hidden = hidden,
                           .batch = layout.sequences(),
                           .sequences = {layout.widths(), layout.offsets()},
                           .part_rows = 512};
    return {shape, w, keep, memory};
  }

  void forward(RecurrentLayer& layer, Passes<Values>& p) const {
    std::vector<const float*> from;
    std::vector<float*> to;
    for (const Values& state : initial) from.push_back(state.data());
    for (Values& state : p.last) to.push_back(state.data());
    layer.forward(x.data(), from, p.y.data(), to);
  }

  void backward(RecurrentLayer& layer, Passes<Values>& p, const Wanted& wanted) const {
    LayerGradients g;
    if (wanted.dy) g.dy = dy.data();
    for (const Values& state : dlast) g.last.push_back(wanted.last ? state.data() : nullptr);
    for (Values& state : p.dinitial) g.initial.push_back(wanted.initial ? state.data() : nullptr);
    if (wanted.x) g.x = {p.dx.data(), wanted.holds};
    for (Weights<Values>& w : p.dweights)
      if (wanted.weights)
        g.weights.push_back({{w.input.data(), wanted.holds},
                             {w.recurrent.data(), wanted.holds},
                             w.input_bias.data(),
                             w.recurrent_bias.data()});
      else
        g.weights.emplace_back();
    layer.backward(g);
  }

  Passes<Values> run(int64_t memory = 0, const Wanted& wanted = {}) const {
    RecurrentLayer both = layer(true, memory);
    Passes<Values> p = blank<Values>();
    forward(both, p);
    backward(both, p, wanted);
    return p;
  }
};

// A layer in double: one sequence, one row, one number after the other.
template <class Cell>
struct Oracle {
  static constexpr CellSpec spec = Cell::spec;
  using Gates = Pack<double, spec.gates>;
  using Unit = Pack<double, spec.states>;
  using Step = reference::Step<Cell>;

  const Problem& p;
  int64_t hidden = p.hidden, inputs = Problem::inputs;
  Passes<Doubles> result = p.blank<Doubles>();

  explicit Oracle(const Problem& problem) : p(problem) {
    for (size_t d = 0; d < p.weights.size(); ++d)
      for (int b = 0; b < p.layout.sequences(); ++b) backward(d, b, forward(d, b));
  }

  static auto& at(auto& values, int64_t i) { return values[static_cast<size_t>(i)]; }
  // Where unit j of a direction stands in row i of y and of the states.
  int64_t place(size_t d, int64_t i, int64_t j) const {
    return i * p.width() + static_cast<int64_t>(d) * hidden + j;
  }

  void one_step(size_t d, const Step& step, int64_t j, Gates& x, Gates& u) const {
    const Weights<Values>& w = p.weights[d];
    for (int64_t k = 0; k < spec.gates; ++k) {
      const int64_t gate = k * hidden + j;
      at(x, k) = at(w.input_bias, gate);
      at(u, k) = at(w.recurrent_bias, gate);
      for (int64_t i = 0; i < inputs; ++i)
        at(x, k) += double{at(w.input, gate * inputs + i)} * at(p.x, step.row * inputs + i);
      for (int64_t i = 0; i < hidden; ++i)
        at(u, k) += at(w.recurrent, gate * hidden + i) * at(step.before, i)[0];
    }
  }

  std::vector<Step> forward(size_t d, int b) {
    std::vector<Unit> s(static_cast<size_t>(hidden));
    for (size_t k = 0; k < p.initial.size(); ++k)
      for (int64_t j = 0; j < hidden; ++j) at(s, j)[k] = at(p.initial[k], place(d, b, j));
    std::vector<Step> steps;
    const int length = p.layout.length(b);
    for (int t = 0; t < length; ++t) {
      Step step{p.layout.row(d == 1 ? length - 1 - t : t, b), s, {}};
      for (int64_t j = 0; j < hidden; ++j) {
        Gates x, u;
        one_step(d, step, j, x, u);
        Cell::forward(x, u, at(step.before, j), at(s, j), step.saved.emplace_back());
        at(result.y, place(d, step.row, j)) = at(s, j)[0];
      }
      steps.push_back(step);
    }
    for (size_t k = 0; k < result.last.size(); ++k)
      for (int64_t j = 0; j < hidden; ++j) at(result.last[k], place(d, b, j)) = at(s, j)[k];
    return steps;
  }

  void backward(size_t d, int b, const std::vector<Step>& steps) {
    std::vector<Unit> ds(static_cast<size_t>(hidden));
    for (size_t k = 0; k < p.dlast.size(); ++k)
      for (int64_t j = 0; j < hidden; ++j) at(ds, j)[k] = at(p.dlast[k], place(d, b, j));
    for (size_t i = steps.size(); i-- > 0;) {
      const Step& step = steps[i];
      std::vector<Gates> x(ds.size()), u = x;
      for (int64_t j = 0; j < hidden; ++j) {
        Unit dnext = at(ds, j);
        dnext[0] += at(p.dy, place(d, step.row, j));
        Cell::backward(dnext, at(step.before, j), at(step.saved, j), at(x, j), at(u, j), at(ds, j));
      }
      for (int64_t j = 0; j < hidden; ++j)
        for (int64_t k = 0; k < spec.gates; ++k)
          add(d, step, k * hidden + j, at(at(x, j), k), at(at(u, j), k), ds);
    }
    for (size_t k = 0; k < result.dinitial.size(); ++k)
      for (int64_t j = 0; j < hidden; ++j) at(result.dinitial[k], place(d, b, j)) += at(ds, j)[k];
  }

  // What one gate of one row adds, from the gradients of its two pre-activations.
  void add(size_t d, const Step& step, int64_t gate, double x, double u, std::vector<Unit>& ds) {
    const Weights<Values>& w = p.weights[d];
    Weights<Doubles>& dw = result.dweights[d];
    at(dw.input_bias, gate) += x;
    at(dw.recurrent_bias, gate) += u;
    for (int64_t i = 0; i < inputs; ++i) {
      at(dw.input, gate * inputs + i) += x * at(p.x, step.row * inputs + i);
      at(result.dx, step.row * inputs + i) += x * at(w.input, gate * inputs + i);
    }
    for (int64_t i = 0; i < hidden; ++i) {
      at(dw.recurrent, gate * hidden + i) += u * at(step.before, i)[0];
      at(ds, i)[0] += u * at(w.recurrent, gate * hidden + i);
    }
  }
};

// Seven parts; sequences begin and end in every one, and one goes on alone.
std::vector<int> several_parts() {
  std::vector<int> lengths{1000};
  for (int b = 0; b < 38; ++b) lengths.push_back(150 - 4 * b + b % 3);
  lengths.insert(lengths.end(), {1, 0, 0});
  return lengths;
}

void expect_same(const Passes<Values>& a, const Passes<Values>& b) {
  const auto left = a.all(), right = b.all();
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i)
    EXPECT_TRUE(same_bits(left[i].second, right[i].second)) << left[i].first;
}

// The largest difference, in units of the largest value.
double worst(const Values& got, const Doubles& wanted) {
  double difference = 0, size = 1;
  for (size_t i = 0; i < got.size(); ++i) {
    difference = std::max(difference, std::abs(got[i] - wanted[i]));
    size = std::max(size, std::abs(wanted[i]));
  }
  return difference / size;
}

template <class Cell>
void expect_agreement() {
  constexpr double bound = 8e-6;  // measured: 3.9e-6
  for (const int64_t directions : {1, 2})
    for (const bool from_zero : {false, true})
      for (const auto& lengths :
           {several_parts(), std::vector<int>{9, 5, 5, 1, 0}, {1, 1}, {0, 0}}) {
        const Problem problem(Cell::spec.name, directions, 5, lengths, from_zero);
        const auto wanted = Oracle<Cell>(problem).result.all();
        for_each_target([&] {
          const auto got = problem.run(1).all();
          for (size_t i = 0; i < got.size(); ++i)
            EXPECT_LE(worst(got[i].second, wanted[i].second), bound) << got[i].first;
        });
      }
}

#define CADENA_CELL_TEST(Cell) \
  TEST(RecurrentLayerAgreesWithDouble, Cell) { expect_agreement<reference::Cell>(); }
CADENA_CELLS(CADENA_CELL_TEST)
#undef CADENA_CELL_TEST

class EveryRecurrentLayer : public testing::TestWithParam<const char*> {
 protected:
  // Calls test(problem) for one and two directions, from given states and from zeros.
  template <class Test>
  void for_each_problem(const Test& test) const {
    for (const int64_t directions : {1, 2})
      for (const bool from_zero : {false, true}) {
        SCOPED_TRACE(testing::Message()
                     << directions << (from_zero ? " directions from zeros" : " directions"));
        test(Problem(GetParam(), directions, 25, several_parts(), from_zero));
      }
  }

 private:
  const ThreadScope one_{1};  // many small steps
};
#define CADENA_CELL_NAME(Cell) reference::Cell::spec.name,
INSTANTIATE_TEST_SUITE_P(Cells, EveryRecurrentLayer,
                         testing::ValuesIn({CADENA_CELLS(CADENA_CELL_NAME)}),
                         [](const auto& info) { return std::string(info.param); });
#undef CADENA_CELL_NAME

TEST_P(EveryRecurrentLayer, HasTheSameBitsForAnyMemory) {
  for_each_problem([](const Problem& problem) {
    const Passes<Values> unlimited = problem.run();
    for (const int64_t part : {0, 1, 2, 3, 4, 5, 6, 7}) {
      const int64_t memory = std::max(int64_t{1}, problem.whole() * part / 7);
      SCOPED_TRACE(testing::Message() << memory << " bytes");
      expect_same(problem.run(memory), unlimited);
    }
  });
}

// Steps large enough that the threads share them.
TEST_P(EveryRecurrentLayer, HasTheSameBitsForAnyNumberOfThreads) {
  std::vector<int> lengths(300, 8);
  std::fill_n(lengths.begin(), 100, 11);
  const Problem problem(GetParam(), 2, 25, lengths, true);
  const Passes<Values> unlimited = problem.run();
  const ThreadScope scope(3);
  expect_same(problem.run(), unlimited);
  expect_same(problem.run(1), unlimited);
}

TEST_P(EveryRecurrentLayer, WithoutABackwardPassGivesTheSame) {
  for_each_problem([](const Problem& problem) {
    Passes<Values> plain = problem.blank<Values>();
    RecurrentLayer layer = problem.layer(false, 0);
    problem.forward(layer, plain);
    const Passes<Values> both = problem.run();
    EXPECT_TRUE(same_bits(plain.y, both.y));
    for (size_t k = 0; k < plain.last.size(); ++k)
      EXPECT_TRUE(same_bits(plain.last[k], both.last[k]));
  });
}

// What is not asked for stays as it was.
TEST_P(EveryRecurrentLayer, GivesTheGradientsThatAreWanted) {
  for_each_problem([](const Problem& problem) {
    const Passes<Values> all = problem.run(), blank = problem.blank<Values>();
    Passes<Values> without_x = all, without_weights = all, without_initial = all;
    without_x.dx = blank.dx;
    without_weights.dweights = blank.dweights;
    without_initial.dinitial = blank.dinitial;
    expect_same(problem.run(1, {.x = false}), without_x);
    expect_same(problem.run(1, {.weights = false}), without_weights);
    expect_same(problem.run(1, {.initial = false}), without_initial);
  });
}

TEST_P(EveryRecurrentLayer, NoGradientOfAnOutputIsAGradientOfZeros) {
  for_each_problem([](const Problem& problem) {
    Problem no_dy = problem, no_last = problem;
    std::ranges::fill(no_dy.dy, 0.0f);
    for (Values& state : no_last.dlast) std::ranges::fill(state, 0.0f);
    expect_same(problem.run(1, {.dy = false}), no_dy.run());
    expect_same(problem.run(1, {.last = false}), no_last.run());
  });
}

TEST_P(EveryRecurrentLayer, SetsSumsThatHoldNothing) {
  for_each_problem([](const Problem& problem) {
    Problem zeros = problem;
    zeros.there = 0;
    const Passes<Values> set = problem.run(1, {.holds = false}), sum = zeros.run();
    EXPECT_TRUE(same_bits(set.dx, sum.dx));
    for (size_t d = 0; d < set.dweights.size(); ++d) {
      EXPECT_TRUE(same_bits(set.dweights[d].input, sum.dweights[d].input));
      EXPECT_TRUE(same_bits(set.dweights[d].recurrent, sum.dweights[d].recurrent));
    }
  });
}

TEST_P(EveryRecurrentLayer, FromZeroIsTheSameAsFromZeros) {
  for (const int64_t directions : {1, 2}) {
    const Problem zero(GetParam(), directions, 25, several_parts(), true);
    Problem zeros = zero;
    zeros.initial.assign(zero.dlast.size(), Values(static_cast<size_t>(zero.states())));
    Passes<Values> given = zeros.run(1);
    given.dinitial.clear();
    expect_same(given, zero.run());
  }
}

}  // namespace
}  // namespace cadena::kernels
