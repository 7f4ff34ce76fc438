// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <set>
#include <sstream>
#include <string>

#include "tests/cells/reference.h"
#include "tests/cells/unit.h"

namespace cadena {
namespace {

// Drivers keep one gradient for x and u of a cell that says so.
template <class Cell>
bool gradients_of_x_and_u_always_agree() {
  Rng rng(2);
  bool agree = true;
  for (int draw = 0; draw < 1000; ++draw) {
    Unit<Cell> unit = normal_unit<Cell>(rng);
    unit.forward();
    unit.backward();
    agree = agree && unit.dx == unit.du;
  }
  return agree;
}

template <class Container>
bool all_finite(const Container& values) {
  return std::all_of(values.begin(), values.end(), [](auto v) { return std::isfinite(v); });
}

// Every sign of saturated pre-activations, one after the other, from states of zero.
template <class Cell, class V>
void expect_finite_when_saturated() {
  Rng rng(3);
  const auto saturated = [&](auto& pack) {
    for (V& value : pack) value = rng.below(2) ? V(1e4) : V(-1e4);
  };
  for (int sequence = 0; sequence < 100; ++sequence) {
    Unit<Cell, V> unit;
    unit.dnext.fill(V(1));
    for (V& w : unit.w) w = V(rng.uniform(-1, 1));
    for (int step = 0; step < 10; ++step) {
      saturated(unit.x), saturated(unit.u);
      unit.forward();
      unit.backward();
      ASSERT_TRUE(all_finite(unit.next) && all_finite(unit.saved)) << step;
      ASSERT_TRUE(all_finite(unit.dx) && all_finite(unit.du)) << step;
      ASSERT_TRUE(all_finite(unit.ds) && all_finite(unit.dw)) << step;
      unit.s = unit.next;
    }
  }
}

int words(const char* text) {
  std::istringstream in(text);
  int count = 0;
  for (std::string word; in >> word;) ++count;
  return count;
}

void expect_sound(const CellSpec& spec) {
  EXPECT_EQ(words(spec.state_names), spec.states);
  EXPECT_EQ(words(spec.saved_names), spec.saved);
  EXPECT_EQ(std::string(spec.state_names).substr(0, 2), spec.states == 1 ? "h" : "h ");
  EXPECT_LE(spec.own_low, spec.own_high);
  EXPECT_LT(spec.keep_gate, spec.gates);
  EXPECT_LT(spec.write_gate, spec.gates);
  EXPECT_LE(spec.write_gate >= 0 || spec.starts_open, spec.keep_gate >= 0);
}

constexpr double open = 1e3, shut = -1e3;  // where a sigmoid is exactly 1 and 0

// With the gate that keeps it open and the one that writes it shut, the memory (c, or h where there
// is no c) hands its whole gradient on.
template <class Cell>
void expect_a_memory_that_lasts() {
  constexpr CellSpec spec = Cell::spec;
  constexpr size_t memory = spec.states == 1 ? 0 : 1;
  Rng rng(4);
  for (int draw = 0; spec.keep_gate >= 0 && draw < 100; ++draw) {
    Unit<Cell> unit = normal_unit<Cell>(rng);
    if (spec.states == 4) unit.s[2] = 1 + std::abs(unit.s[2]);  // n of sLSTM
    if (spec.states > 1) unit.dnext[0] = 0;
    unit.x[static_cast<size_t>(spec.keep_gate)] = open;
    if (spec.write_gate >= 0) unit.x[static_cast<size_t>(spec.write_gate)] = shut;
    unit.forward();
    unit.backward();
    ASSERT_EQ(unit.ds[memory], unit.dnext[memory]);
  }
}

#define CADENA_CELL_TEST(Cell)                                                                     \
  TEST(CellBackwardIsTheComplexStepOfForward, Cell) {                                              \
    EXPECT_LE(worst_backward_error<reference::Cell>(), 1e-13);                                     \
  }                                                                                                \
  TEST(CellIsSummedIfXAndUHaveOneGradient, Cell) {                                                 \
    EXPECT_EQ(reference::Cell::spec.summed, gradients_of_x_and_u_always_agree<reference::Cell>()); \
  }                                                                                                \
  TEST(CellIsFiniteWhenSaturated, Cell) {                                                          \
    expect_finite_when_saturated<reference::Cell, double>();                                       \
    expect_finite_when_saturated<reference::Cell, float>();                                        \
  }                                                                                                \
  TEST(CellHasAMemoryThatLasts, Cell) { expect_a_memory_that_lasts<reference::Cell>(); }           \
  TEST(CellNamesItsNumbers, Cell) { expect_sound(reference::Cell::spec); }
CADENA_CELLS(CADENA_CELL_TEST)
#undef CADENA_CELL_TEST

TEST(Cells, HaveDifferentNames) {
  std::multiset<std::string> names;
#define CADENA_CELL_NAME(Cell) names.insert(reference::Cell::spec.name);
  CADENA_CELLS(CADENA_CELL_NAME)
#undef CADENA_CELL_NAME
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size());
}

// Both cells, one after the other, on the same numbers.
template <class A, class B, class Alter, class Compare>
void compare_units(const Alter& alter, const Compare& compare) {
  Rng rng(4);
  for (int draw = 0; draw < 1000; ++draw) {
    Unit<A> a = normal_unit<A>(rng);
    Unit<B> b{.s = a.s, .dnext = a.dnext};
    alter(a, b);
    a.forward(), a.backward();
    b.forward(), b.backward();
    ASSERT_EQ(a.next, b.next);
    ASSERT_EQ(a.ds, b.ds);
    compare(a, b);
  }
}

TEST(CellEquations, Lstm97IsAnLstmThatForgetsNothing) {
  using Gates = Pack<double, 3>;
  compare_units<reference::Lstm, reference::Lstm97>(
      [](auto& lstm, auto& lstm97) {
        lstm.x[1] = open;
        lstm97.x = {lstm.x[0], lstm.x[2], lstm.x[3]};
        lstm97.u = {lstm.u[0], lstm.u[2], lstm.u[3]};
      },
      [](const auto& lstm, const auto& lstm97) {
        ASSERT_EQ(lstm97.dx, (Gates{lstm.dx[0], lstm.dx[2], lstm.dx[3]}));
      });
}

const auto without_peepholes = [](auto& peephole, auto& plain) {
  peephole.w.fill(0);
  plain.x = peephole.x;
  plain.u = peephole.u;
};
const auto same_gradients = [](const auto& a, const auto& b) { ASSERT_EQ(a.dx, b.dx); };

TEST(CellEquations, ZeroPeepholesMakeAnLstm) {
  compare_units<reference::Peephole, reference::Lstm>(without_peepholes, same_gradients);
}

TEST(CellEquations, CifgWithZeroPeepholesIsCoupled) {
  compare_units<reference::LstmCifg, reference::CoupledLstm>(without_peepholes, same_gradients);
}

// A variant is the LSTM with peepholes whose gate is 1. Gates by their places in the latter.
template <class Variant>
void expect_a_gate_of_one(size_t gate) {
  compare_units<reference::Peephole, Variant>(
      [&](auto& full, auto& variant) {
        const size_t own = gate == 3 ? 2 : gate;
        full.x[gate] = open, full.w[own] = 0;
        for (size_t k = 0; k < 3; ++k) {
          const size_t from = k + (k >= gate);
          variant.x[k] = full.x[from], variant.u[k] = full.u[from];
          if (k < 2) variant.w[k] = full.w[k + (k >= own)];
        }
      },
      [&](const auto& full, const auto& variant) {
        for (size_t k = 0; k < 3; ++k) ASSERT_EQ(variant.dx[k], full.dx[k + (k >= gate)]);
      });
}

TEST(CellEquations, AGateThatIsLeftOutIsOne) {
  expect_a_gate_of_one<reference::LstmNig>(0);
  expect_a_gate_of_one<reference::LstmNfg>(1);
  expect_a_gate_of_one<reference::LstmNog>(3);
}

template <class Cell>
void expect_memory_kept(std::initializer_list<size_t> opened,
                        std::initializer_list<size_t> closed) {
  Rng rng(5);
  for (int draw = 0; draw < 100; ++draw) {
    Unit<Cell> unit = normal_unit<Cell>(rng);
    if (Cell::spec.states > 2) unit.s[2] = 1 + std::abs(unit.s[2]);
    for (const size_t gate : opened) unit.x[gate] = open;
    for (const size_t gate : closed) unit.x[gate] = shut;
    unit.forward();
    ASSERT_EQ(unit.next[1], unit.s[1]) << Cell::spec.name;
  }
}

TEST(CellEquations, AnOpenForgetGateAndAShutInputGateKeepTheMemory) {
  expect_memory_kept<reference::Lstm>({1}, {0});
  expect_memory_kept<reference::Peephole>({1}, {0});
  expect_memory_kept<reference::LstmNog>({1}, {0});
  expect_memory_kept<reference::LstmNiaf>({1}, {0});
  expect_memory_kept<reference::LstmNoaf>({1}, {0});
  expect_memory_kept<reference::SLstm>({1}, {0});
  expect_memory_kept<reference::Lstm97>({}, {0});
  expect_memory_kept<reference::LstmNfg>({}, {0});
  expect_memory_kept<reference::CoupledLstm>({0}, {});
  expect_memory_kept<reference::LstmCifg>({0}, {});
}

double sigmoid(double a) { return 1 / (1 + std::exp(-a)); }

// NIAF and NOAF, written out.
TEST(CellEquations, AnActivationThatIsLeftOutIsTheIdentity) {
  Rng rng(6);
  for (int draw = 0; draw < 100; ++draw) {
    auto a = normal_unit<reference::LstmNiaf>(rng);
    Unit<reference::LstmNoaf> b{.x = a.x, .u = a.u, .s = a.s, .w = a.w};
    a.forward(), b.forward();
    const double before = a.s[1], ag = a.x[2] + a.u[2];
    const double i = sigmoid(a.x[0] + a.u[0] + a.w[0] * before);
    const double f = sigmoid(a.x[1] + a.u[1] + a.w[1] * before);
    const auto o = [&](double c) { return sigmoid(a.x[3] + a.u[3] + a.w[2] * c); };
    const double plain = f * before + i * ag, bent = f * before + i * std::tanh(ag);
    EXPECT_NEAR(a.next[1], plain, 1e-14);
    EXPECT_NEAR(a.next[0], o(plain) * std::tanh(plain), 1e-14);
    EXPECT_NEAR(b.next[0], o(bent) * bent, 1e-14);
  }
}

// Equations (8) to (14) of the paper, before it stabilises them.
TEST(CellEquations, SLstmIsItsPlainEquations) {
  Rng rng(7);
  for (int sequence = 0; sequence < 100; ++sequence) {
    Unit<reference::SLstm> unit;
    double c = 0, n = 0;
    for (int step = 0; step < 30; ++step) {
      unit.x = normal_pack<4>(rng), unit.u = normal_pack<4>(rng);
      unit.forward();
      const double i = std::exp(unit.x[0] + unit.u[0]), f = sigmoid(unit.x[1] + unit.u[1]);
      c = f * c + i * std::tanh(unit.x[2] + unit.u[2]);
      n = f * n + i;
      EXPECT_NEAR(unit.next[0], sigmoid(unit.x[3] + unit.u[3]) * c / n, 1e-13);
      const double scale = std::exp(unit.next[3]);
      EXPECT_LE(difference(unit.next[1] * scale, c), 1e-13);
      EXPECT_LE(difference(unit.next[2] * scale, n), 1e-13);
      unit.s = unit.next;
    }
  }
}

// The stabiliser of a step may be anything: c and n follow it, and h does not.
TEST(CellEquations, SLstmDoesNotDependOnItsStabiliser) {
  Rng rng(8);
  for (int draw = 0; draw < 100; ++draw) {
    auto unit = normal_unit<reference::SLstm>(rng);
    unit.s[2] = 1 + std::abs(unit.s[2]);
    unit.dnext = {1, 0, 0, 0};
    unit.forward(), unit.backward();
    // Along c, n ∝ e^t and m ↦ m − t.
    EXPECT_NEAR(unit.ds[1] * unit.s[1] + unit.ds[2] * unit.s[2], unit.ds[3], 1e-14);
    const auto h = unit.next[0];
    const double t = rng.uniform(0, 1);
    unit.s = {0, unit.s[1] * std::exp(t), unit.s[2] * std::exp(t), unit.s[3] - t};
    unit.forward();
    EXPECT_NEAR(unit.next[0], h, 1e-14);
  }
}

// Half forgotten for ever, with nothing new: without m, n would be 2^-1000 in the end.
TEST(CellEquations, SLstmNeverDividesByLittle) {
  Unit<reference::SLstm, float> unit;
  for (int step = 0; step < 1000; ++step) {
    unit.x = {step == 0 ? 0.0f : -1e4f, 0, 1, 0};
    unit.forward();
    ASSERT_GE(unit.next[2], 1.0f);
    ASSERT_FLOAT_EQ(unit.next[0], 0.5f * std::tanh(1.0f));
    unit.s = unit.next;
  }
}

// `wanted` gives h' of a unit.
template <class Cell, class Wanted>
void expect_output(const Wanted& wanted) {
  Rng rng(9);
  for (int draw = 0; draw < 100; ++draw) {
    Unit<Cell> unit = normal_unit<Cell>(rng);
    unit.forward();
    Pack<double, Cell::spec.gates> a;
    for (size_t k = 0; k < a.size(); ++k) a[k] = unit.x[k] + unit.u[k];
    ASSERT_NEAR(unit.next[0], wanted(unit, a), 1e-14) << Cell::spec.name;
  }
}

// As the papers have them.
TEST(CellEquations, SmallCellsAreTheirPlainEquations) {
  expect_output<reference::Mgu>([](const auto& unit, const auto& a) {
    const double f = sigmoid(a[0]);
    return (1 - f) * unit.s[0] + f * std::tanh(unit.x[1] + f * unit.u[1]);
  });
  expect_output<reference::Ugrnn>([](const auto& unit, const auto& a) {
    const double g = sigmoid(a[0]);
    return g * unit.s[0] + (1 - g) * std::tanh(a[1]);
  });
  expect_output<reference::IndRnn>(
      [](const auto& unit, const auto& a) { return std::max(0.0, a[0] + unit.w[0] * unit.s[0]); });
  expect_output<reference::Sru>([](const auto& unit, const auto& a) {
    const double before = unit.s[1], f = sigmoid(a[0] + unit.w[0] * before);
    const double r = sigmoid(a[2] + unit.w[1] * before), c = f * before + (1 - f) * a[1];
    return r * c + (1 - r) * a[3];
  });
  const auto raised = [](double a) { return a > 0 ? a + 0.5 : sigmoid(a); };
  expect_output<reference::MinGru>([&](const auto& unit, const auto& a) {
    const double z = sigmoid(a[0]);
    return (1 - z) * unit.s[0] + z * raised(a[1]);
  });
  expect_output<reference::MinLstm>([&](const auto& unit, const auto& a) {
    const double f = sigmoid(a[0]), i = sigmoid(a[1]);
    return f / (f + i) * unit.s[0] + i / (f + i) * raised(a[2]);
  });
}

}  // namespace
}  // namespace cadena
