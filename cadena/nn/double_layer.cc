// SPDX-License-Identifier: MIT
#include "cadena/nn/double_layer.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <string>

#include "cadena/base/error.h"
#include "cadena/cells/exact.h"

namespace cadena {
namespace {

using Parts = DoubleLayer::Parts;
using Result = DoubleLayer::Result;
using Complex = std::complex<double>;

template <class V>
using PartsOf = std::array<std::vector<V>, DoubleLayer::parts>;

struct Sizes {
  int64_t steps, inputs, hidden;
};

/// weight [rows, columns] · v + bias.
template <class V>
std::vector<V> affine(const std::vector<V>& weight, const V* v, const std::vector<V>& bias) {
  std::vector<V> sums = bias;
  const size_t columns = weight.size() / bias.size();
  for (size_t row = 0; row < sums.size(); ++row)
    for (size_t j = 0; j < columns; ++j) sums[row] += weight[row * columns + j] * v[j];
  return sums;
}

/// Number j of each of n rows of H.
template <int n, class V>
Pack<V, n> column(const V* rows, int64_t hidden, int64_t j) {
  Pack<V, n> pack{};
  for (int k = 0; k < n; ++k) pack[static_cast<size_t>(k)] = rows[k * hidden + j];
  return pack;
}

template <size_t n, class V>
void set_column(const std::array<V, n>& pack, V* rows, int64_t hidden, int64_t j) {
  for (size_t k = 0; k < n; ++k) rows[static_cast<int64_t>(k) * hidden + j] = pack[k];
}

/// What a pass forwards leaves behind.
template <class Cell, class V>
struct Pass {
  static constexpr CellSpec spec = Cell::spec;
  const Sizes& sizes;
  const PartsOf<V>& at;
  std::vector<V> states;                   // [T + 1, S, H], the initial ones first
  std::vector<Pack<V, spec.saved>> saved;  // [T, H]

  const V* before(int64_t t) const { return states.data() + t * spec.states * sizes.hidden; }
  Pack<V, spec.own> own(int64_t j) const {
    return column<spec.own>(at[DoubleLayer::own].data(), sizes.hidden, j);
  }

  Pass(const Sizes& s, const PartsOf<V>& parts) : sizes(s), at(parts) {
    const int64_t hidden = sizes.hidden, width = spec.states * hidden;
    states = at[DoubleLayer::initial];
    states.resize(static_cast<size_t>((sizes.steps + 1) * width));
    std::vector<V> u(static_cast<size_t>(spec.gates * hidden));
    for (int64_t t = 0; t < sizes.steps; ++t) {
      const std::vector<V> x =
          affine(at[DoubleLayer::input], at[DoubleLayer::x].data() + t * sizes.inputs,
                 at[DoubleLayer::input_bias]);
      if (spec.recurrent)
        u = affine(at[DoubleLayer::recurrent], before(t), at[DoubleLayer::recurrent_bias]);
      for (int64_t j = 0; j < hidden; ++j) {
        Pack<V, spec.states> next;
        exact::call_forward<Cell, V>(
            column<spec.gates>(x.data(), hidden, j), column<spec.gates>(u.data(), hidden, j),
            column<spec.states>(before(t), hidden, j), own(j), next, saved.emplace_back());
        set_column(next, states.data() + (t + 1) * width, hidden, j);
      }
    }
  }
};

/// d of affine(): of weight and bias added to what is there, of v likewise.
void affine_backward(const std::vector<double>& weight, const double* v,
                     const std::vector<double>& d, std::vector<double>& dweight,
                     std::vector<double>& dbias, double* dv) {
  const size_t columns = weight.size() / d.size();
  for (size_t row = 0; row < d.size(); ++row) {
    dbias[row] += d[row];
    for (size_t j = 0; j < columns; ++j) {
      dweight[row * columns + j] += d[row] * v[j];
      dv[j] += d[row] * weight[row * columns + j];
    }
  }
}

template <class Cell>
Result forward_of(const Sizes& sizes, const Parts& at) {
  constexpr CellSpec spec = Cell::spec;
  const Pass<Cell, double> pass(sizes, at);
  Result result;
  for (int64_t t = 1; t <= sizes.steps; ++t)
    result.output.insert(result.output.end(), pass.before(t), pass.before(t) + sizes.hidden);
  const double* last = pass.before(sizes.steps);
  result.last.assign(last, last + spec.states * sizes.hidden);
  return result;
}

template <class Cell>
Parts backward_of(const Sizes& sizes, const Parts& at, const Result& weights, Parts sums) {
  constexpr CellSpec spec = Cell::spec;
  const int64_t hidden = sizes.hidden;
  const Pass<Cell, double> pass(sizes, at);
  std::vector<double> carry = weights.last;  // of the states that follow
  std::vector<double> dx(static_cast<size_t>(spec.gates * hidden)), du = dx;
  for (int64_t t = sizes.steps; t-- > 0;) {
    for (int64_t j = 0; j < hidden; ++j) {
      auto dnext = column<spec.states>(carry.data(), hidden, j);
      dnext[0] += weights.output[static_cast<size_t>(t * hidden + j)];
      Pack<double, spec.gates> dx_j, du_j;
      Pack<double, spec.states> ds;
      Pack<double, spec.own> dw{};
      exact::call_backward<Cell, double>(
          dnext, column<spec.states>(pass.before(t), hidden, j), pass.own(j),
          pass.saved[static_cast<size_t>(t * hidden + j)], dx_j, du_j, ds, dw);
      set_column(dx_j, dx.data(), hidden, j);
      set_column(du_j, du.data(), hidden, j);
      set_column(ds, carry.data(), hidden, j);
      for (size_t k = 0; k < dw.size(); ++k)
        sums[DoubleLayer::own][k * static_cast<size_t>(hidden) + static_cast<size_t>(j)] += dw[k];
    }
    affine_backward(at[DoubleLayer::input], at[DoubleLayer::x].data() + t * sizes.inputs, dx,
                    sums[DoubleLayer::input], sums[DoubleLayer::input_bias],
                    sums[DoubleLayer::x].data() + t * sizes.inputs);
    if (spec.recurrent)
      affine_backward(at[DoubleLayer::recurrent], pass.before(t), du, sums[DoubleLayer::recurrent],
                      sums[DoubleLayer::recurrent_bias], carry.data());
  }
  sums[DoubleLayer::initial] = carry;
  return sums;
}

template <class Cell>
double slope_of(const Sizes& sizes, const Parts& at, const Parts& along, const Result& weights) {
  constexpr double h = 1e-30;
  PartsOf<Complex> moved;
  for (size_t part = 0; part < at.size(); ++part)
    for (size_t i = 0; i < at[part].size(); ++i)
      moved[part].emplace_back(at[part][i], h * along[part][i]);
  const Pass<Cell, Complex> pass(sizes, moved);
  double sum = 0;
  for (int64_t t = 0; t < sizes.steps; ++t)
    for (int64_t j = 0; j < sizes.hidden; ++j)
      sum +=
          weights.output[static_cast<size_t>(t * sizes.hidden + j)] * pass.before(t + 1)[j].imag();
  for (size_t i = 0; i < weights.last.size(); ++i)
    sum += weights.last[i] * pass.before(sizes.steps)[i].imag();
  return sum / h;
}

}  // namespace

struct DoubleLayer::Form {
  CellSpec spec;
  Result (*forward)(const Sizes&, const Parts&);
  Parts (*backward)(const Sizes&, const Parts&, const Result&, Parts);
  double (*slope)(const Sizes&, const Parts&, const Parts&, const Result&);
};

const std::vector<DoubleLayer::Form>& DoubleLayer::forms() {
#define CADENA_FORM(Cell) \
  Form{exact::Cell::spec, forward_of<exact::Cell>, backward_of<exact::Cell>, slope_of<exact::Cell>},
  static const std::vector<Form> all{CADENA_CELLS(CADENA_FORM)};
#undef CADENA_FORM
  return all;
}

bool DoubleLayer::exists(std::string_view cell) {
  return std::ranges::any_of(forms(), [=](const Form& form) { return form.spec.name == cell; });
}

DoubleLayer::DoubleLayer(std::string_view cell, int64_t steps, int64_t inputs, int64_t hidden)
    : steps_(steps), inputs_(inputs), hidden_(hidden) {
  const auto form =
      std::ranges::find_if(forms(), [=](const Form& one) { return one.spec.name == cell; });
  if (form == forms().end())
    throw Error("there is no cell '" + std::string(cell) + "' in double precision");
  form_ = &*form;
}

DoubleLayer::Parts DoubleLayer::zeros() const {
  const CellSpec& spec = form_->spec;
  const int64_t gates = spec.gates * hidden_, square = spec.recurrent ? gates : 0;
  Parts all;
  const std::array<int64_t, parts> sizes{
      steps_ * inputs_, spec.states * hidden_, gates * inputs_, square * hidden_, gates,
      square,           spec.own * hidden_};
  for (size_t part = 0; part < all.size(); ++part)
    all[part].resize(static_cast<size_t>(sizes[part]));
  return all;
}

DoubleLayer::Result DoubleLayer::forward(const Parts& at) const {
  return form_->forward({steps_, inputs_, hidden_}, at);
}

DoubleLayer::Parts DoubleLayer::backward(const Parts& at, const Result& weights) const {
  return form_->backward({steps_, inputs_, hidden_}, at, weights, zeros());
}

double DoubleLayer::slope(const Parts& at, const Parts& along, const Result& weights) const {
  return form_->slope({steps_, inputs_, hidden_}, at, along, weights);
}

}  // namespace cadena
