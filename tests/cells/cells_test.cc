// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "cadena/kernels/recurrent.h"
#include "tests/cells/reference.h"
#include "tests/cells/unit.h"
#include "tests/kernels/targets.h"
#include "tests/support/bits.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

// A matrix with gaps between its rows, which nobody may write.
class Guarded {
 public:
  Guarded(int64_t rows, int64_t columns)
      : columns_(columns), values_(static_cast<size_t>(rows * (columns + gap)), guard) {}

  float* data() { return values_.data(); }
  int64_t stride() const { return columns_ + gap; }
  float at(int64_t row, int64_t column) const {
    return values_[static_cast<size_t>(row * stride() + column)];
  }
  void fill(Rng& rng, float deviation) {
    for (size_t i = 0; i < values_.size(); ++i)
      if (!is_gap(i)) values_[i] = deviation * rng.normal();
  }
  // Multiples of 1/256: sums of a few of them are exact.
  void fill_on_grid(Rng& rng, float deviation) {
    fill(rng, 256 * deviation);
    for (size_t i = 0; i < values_.size(); ++i)
      if (!is_gap(i)) values_[i] = std::round(values_[i]) / 256;
  }
  void fill_with_signs(Rng& rng, float size) {
    for (size_t i = 0; i < values_.size(); ++i)
      if (!is_gap(i)) values_[i] = rng.below(2) ? size : -size;
  }
  bool gaps_are_untouched() const {
    for (size_t i = 0; i < values_.size(); ++i)
      if (is_gap(i) && values_[i] != guard) return false;
    return true;
  }
  const std::vector<float>& values() const { return values_; }

 private:
  static constexpr int64_t gap = 5;
  static constexpr float guard = -777;
  bool is_gap(size_t i) const { return static_cast<int64_t>(i) % stride() >= columns_; }

  int64_t columns_;
  std::vector<float> values_;
};

// One step of `rows` rows of `hidden` units and its gradients. Matrices without a stride have one
// row, so that a gap follows them. In the weight each gate of a unit has a 1 for one other unit,
// and what enters stands on a grid, so that all sums are exact: the errors that remain are those of
// the equation.
template <class Cell>
struct Call {
  static constexpr CellSpec spec = Cell::spec;
  int64_t hidden, rows;
  bool product;  // else u is the bias, if that, and no step comes after this one
  int64_t gates = spec.gates * hidden, rest = (spec.states - 1) * hidden;
  Guarded x{1, rows*gates}, bias{1, gates}, own{1, spec.own*hidden};
  Guarded save{1, rows*spec.saved*hidden}, dw{1, rows*spec.own*hidden};
  Guarded du_after{1, rows*gates}, dx{1, rows*gates}, du{1, rows*gates};
  Guarded s_h{rows, hidden}, s_rest{rows, rest}, next_h{rows, hidden}, next_rest{rows, rest};
  Guarded dy{rows, hidden}, carry_h{rows, hidden}, carry_rest{rows, rest};
  Guarded ds_h{rows, hidden}, ds_rest{rows, rest};
  std::vector<float> weight = std::vector<float>(static_cast<size_t>(gates * hidden));

  Call(int64_t hidden_units, int64_t row_count, bool with_product, Rng& rng, bool saturated = false)
      : hidden(hidden_units), rows(row_count), product(with_product) {
    for (Guarded* in : {&x, &bias}) in->fill_on_grid(rng, 1);
    if (saturated) {
      x.fill_with_signs(rng, 8192);
      bias.fill_with_signs(rng, 2048);
    }
    for (Guarded* in : {&s_rest, &carry_rest}) in->fill_on_grid(rng, 1);
    for (Guarded* in : {&s_h, &own, &dy, &carry_h, &du_after}) in->fill_on_grid(rng, 0.5f);
    for (int64_t k = 0; k < spec.gates; ++k)
      for (int64_t to = 0; to < hidden; ++to)
        weight[static_cast<size_t>((k * hidden + to) * hidden + source(k, to))] = 1;
  }

  int64_t source(int64_t gate, int64_t to) const { return (to + gate + 1) % hidden; }

  static kernels::States<float> states(Guarded& h, Guarded& rest) {
    return {h.data(), h.stride(), rest.data(), rest.stride()};
  }

  const float* own_weights() { return spec.own > 0 ? own.data() : nullptr; }

  // share(tiles, run) calls run(begin, end) until all tiles are done.
  template <class Share>
  void run(const Share& share) {
    const kernels::CellKernel& kernel = *kernels::find_cell(spec.name);
    const kernels::PackedMatrix forward_weight =
        kernel.pack_forward(hidden, weight.data(), Precision::single);
    const kernels::PackedMatrix backward_weight(gates, hidden,
                                                kernels::plain(weight.data(), hidden));
    const kernels::ForwardStep forward{.weight = forward_weight,
                                       .bias = spec.recurrent ? bias.data() : nullptr,
                                       .own = own_weights(),
                                       .hidden = hidden,
                                       .rows = rows,
                                       .product = product,
                                       .x = x.data(),
                                       .s = states(s_h, s_rest),
                                       .next = states(next_h, next_rest),
                                       .save = save.data()};
    share(kernel.forward_tiles(hidden, rows),
          [&](int64_t begin, int64_t end) { kernel.forward(forward, begin, end); });
    const kernels::BackwardStep backward{.weight = backward_weight,
                                         .own = own_weights(),
                                         .hidden = hidden,
                                         .rows = rows,
                                         .du_after = product ? du_after.data() : nullptr,
                                         .carry = states(carry_h, carry_rest),
                                         .dy = dy.data(),
                                         .dy_stride = dy.stride(),
                                         .s = states(s_h, s_rest),
                                         .save = save.data(),
                                         .dx = dx.data(),
                                         .du = spec.summed ? dx.data() : du.data(),
                                         .dw = spec.own > 0 ? dw.data() : nullptr,
                                         .ds = states(ds_h, ds_rest)};
    share(kernel.backward_tiles(hidden, rows),
          [&](int64_t begin, int64_t end) { kernel.backward(backward, begin, end); });
  }
  void run() {
    run([](int64_t tiles, const auto& part) { part(0, tiles); });
  }

  std::array<const Guarded*, 8> written() const {
    return {&next_h, &next_rest, &save, &dx, &du, &dw, &ds_h, &ds_rest};
  }

  template <int n>
  Pack<double, n> gates_of(const Guarded& m, int64_t row, int64_t unit) const {
    Pack<double, n> pack{};
    for (int k = 0; k < n; ++k)
      pack[static_cast<size_t>(k)] = m.at(0, (row * n + k) * hidden + unit);
    return pack;
  }
  auto states_of(const Guarded& h, const Guarded& rest, int64_t row, int64_t unit) const {
    Pack<double, spec.states> pack{h.at(row, unit)};
    for (int k = 1; k < spec.states; ++k)
      pack[static_cast<size_t>(k)] = rest.at(row, (k - 1) * hidden + unit);
    return pack;
  }

  Pack<double, spec.gates> u_of(int64_t row, int64_t unit) const {
    if (!spec.recurrent) return {};
    auto u = gates_of<spec.gates>(bias, 0, unit);
    for (int k = 0; product && k < spec.gates; ++k)
      u[static_cast<size_t>(k)] += s_h.at(row, source(k, unit));
    return u;
  }
  Pack<double, spec.states> dnext_of(int64_t row, int64_t unit) const {
    auto dnext = states_of(carry_h, carry_rest, row, unit);
    dnext[0] += dy.at(row, unit);
    for (int64_t k = 0; product && k < spec.gates; ++k)
      for (int64_t to = 0; to < hidden; ++to)
        if (source(k, to) == unit) dnext[0] += du_after.at(0, row * gates + k * hidden + to);
    return dnext;
  }

  double error_of_unit(int64_t row, int64_t unit) const {
    Unit<Cell> wanted{.x = gates_of<spec.gates>(x, row, unit),
                      .u = u_of(row, unit),
                      .s = states_of(s_h, s_rest, row, unit),
                      .dnext = dnext_of(row, unit),
                      .w = gates_of<spec.own>(own, 0, unit)};
    wanted.forward();
    wanted.backward();
    return std::max({largest(states_of(next_h, next_rest, row, unit), wanted.next),
                     largest(gates_of<spec.saved>(save, row, unit), wanted.saved),
                     largest(gates_of<spec.gates>(dx, row, unit), wanted.dx),
                     largest(gates_of<spec.gates>(spec.summed ? dx : du, row, unit), wanted.du),
                     largest(gates_of<spec.own>(dw, row, unit), wanted.dw),
                     largest(states_of(ds_h, ds_rest, row, unit), wanted.ds)});
  }
  static double largest(std::span<const double> got, std::span<const double> wanted) {
    double worst = 0;
    for (size_t k = 0; k < got.size(); ++k) worst = std::max(worst, difference(got[k], wanted[k]));
    return worst;
  }
};

// Measured: with own weights 1.3e-6, without 5.3e-7 at most, the same on AVX3, AVX2, SSE4, SSSE3
// and SCALAR.
constexpr double bound = 2e-6;

template <class Cell>
void expect_vectors_agree_with_double(bool product) {
  for_each_target([&] {
    double worst = 0;
    for (const int64_t hidden : {1, 3, 7, 8, 17, 64, 129}) {
      Rng rng(static_cast<uint64_t>(hidden));
      for (int repeat = 0; repeat < 25; ++repeat) {
        // All heights of tiles; the last ones saturate every gate.
        Call<Cell> call(hidden, 1 + repeat % 20, product, rng, repeat >= 20);
        call.run();
        for (const Guarded* m : call.written()) EXPECT_TRUE(m->gaps_are_untouched()) << hidden;
        for (int64_t row = 0; row < call.rows; ++row)
          for (int64_t unit = 0; unit < hidden; ++unit)
            worst = std::max(worst, call.error_of_unit(row, unit));
      }
    }
    EXPECT_LE(worst, bound);
  });
}

#define CADENA_CELL_TEST(Cell)                                                                    \
  TEST(CellOnEveryTargetAgreesWithDouble, Cell) {                                                 \
    expect_vectors_agree_with_double<reference::Cell>(false);                                     \
  }                                                                                               \
  TEST(CellWithProductsAgreesWithDouble, Cell) {                                                  \
    if (reference::Cell::spec.recurrent) expect_vectors_agree_with_double<reference::Cell>(true); \
  }
CADENA_CELLS(CADENA_CELL_TEST)
#undef CADENA_CELL_TEST

template <class Cell>
void expect_any_split_gives_the_same() {
  for_each_target([] {
    for (const int64_t hidden : {1, 17, 129})
      for (const int64_t rows : {1, 16, 31}) {
        Rng rng(5);
        const Call<Cell> start(hidden, rows, Cell::spec.recurrent, rng);
        Call<Cell> whole = start;
        whole.run();
        const auto expect_same = [&](const auto& share) {
          Call<Cell> split = start;
          split.run(share);
          for (size_t i = 0; i < whole.written().size(); ++i)
            EXPECT_TRUE(same_bits(split.written()[i]->values(), whole.written()[i]->values()))
                << "matrix " << i << " of " << rows << " x " << hidden;
        };
        expect_same([](int64_t tiles, const auto& run) {  // one by one, the last one first
          for (int64_t i = tiles; i-- > 0;) run(i, i + 1);
        });
        for (const int64_t eighths : {0, 1, 3, 4, 7})
          expect_same([&](int64_t tiles, const auto& run) {
            const int64_t middle = (tiles * eighths + 7) / 8;
            run(middle, tiles);
            run(0, middle);
          });
      }
  });
}

// Tiles do not see each other, so threads may share them out as they like.
#define CADENA_CELL_TEST(Cell) \
  TEST(CellHasTheSameBitsInAnySplit, Cell) { expect_any_split_gives_the_same<reference::Cell>(); }
CADENA_CELLS(CADENA_CELL_TEST)
#undef CADENA_CELL_TEST

}  // namespace
}  // namespace cadena
