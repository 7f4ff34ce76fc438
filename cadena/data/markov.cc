// SPDX-License-Identifier: MIT
#include "cadena/data/markov.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "cadena/base/error.h"

namespace cadena {

namespace {

using Distribution = std::span<const double>;

void check_rows(const char* name, Distribution values, size_t columns) {
  for (size_t at = 0; at < values.size(); at += columns) {
    const Distribution row = values.subspan(at, columns);
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    const bool good =
        std::ranges::all_of(row, [](double p) { return p >= 0; }) && std::abs(sum - 1) <= 1e-9;
    if (!good)
      throw Error(
          fmt::format("row {} of the {} probabilities is no distribution", at / columns, name),
          "give numbers of at least 0 whose sum is 1");
  }
}

/// Never draws what has a probability of 0.
int draw_from(Distribution p, Rng& rng) {
  double left = rng.uniform();
  size_t drawn = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0) continue;
    drawn = i;
    left -= p[i];
    if (left < 0) break;
  }
  return static_cast<int>(drawn);
}

/// Divides by the sum; returns whether there was one.
bool normalise(std::span<double> values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  if (sum <= 0) return false;
  for (double& value : values) value /= sum;
  return true;
}

}  // namespace

HiddenMarkov::HiddenMarkov(std::vector<double> initial, std::vector<double> transition,
                           std::vector<double> emission)
    : initial_(std::move(initial)),
      transition_(std::move(transition)),
      emission_(std::move(emission)),
      states_(initial_.size()),
      symbols_(states_ == 0 ? 0 : emission_.size() / states_) {
  if (states_ == 0 || symbols_ == 0 || transition_.size() != states_ * states_ ||
      emission_.size() != states_ * symbols_)
    throw Error(fmt::format("{} initial, {} transition and {} emission probabilities",
                            initial_.size(), transition_.size(), emission_.size()),
                "for K states and M symbols there must be K, K·K and K·M");
  check_rows("initial", initial_, states_);
  check_rows("transition", transition_, states_);
  check_rows("emission", emission_, symbols_);
}

HiddenMarkov::Sample HiddenMarkov::draw(int length, Rng& rng) const {
  if (length < 0) throw Error(fmt::format("a sample of length {}", length), "choose 0 or more");
  Sample sample;
  Distribution next = initial_;
  for (int t = 0; t < length; ++t) {
    const int state = draw_from(next, rng);
    const auto k = static_cast<size_t>(state);
    sample.states.push_back(state);
    sample.symbols.push_back(
        draw_from(Distribution(emission_).subspan(k * symbols_, symbols_), rng));
    next = Distribution(transition_).subspan(k * states_, states_);
  }
  return sample;
}

std::vector<double> HiddenMarkov::filter(std::span<const int> symbols) const {
  std::vector<double> rows(symbols.size() * states_), expected = initial_;
  for (size_t t = 0; t < symbols.size(); ++t) {
    if (symbols[t] < 0 || static_cast<size_t>(symbols[t]) >= symbols_)
      throw Error(fmt::format("step {}: symbol {} is not one of {}", t, symbols[t], symbols_),
                  fmt::format("symbols are numbered from 0 to {}", symbols_ - 1));
    const std::span<double> alpha = std::span(rows).subspan(t * states_, states_);
    for (size_t k = 0; k < states_; ++k) alpha[k] = expected[k] * emitted(k, symbols[t]);
    if (!normalise(alpha))
      throw Error(fmt::format("step {}: the source cannot emit symbol {} here", t, symbols[t]),
                  "give symbols that were drawn from it");
    std::ranges::fill(expected, 0);
    for (size_t i = 0; i < states_; ++i)
      for (size_t j = 0; j < states_; ++j) expected[j] += alpha[i] * transition_[i * states_ + j];
  }
  return rows;
}

std::vector<double> HiddenMarkov::smooth(std::span<const int> symbols) const {
  std::vector<double> rows = filter(symbols), beta(states_, 1), after(states_);
  for (size_t t = symbols.size(); t-- > 0;) {
    const std::span<double> gamma = std::span(rows).subspan(t * states_, states_);
    for (size_t k = 0; k < states_; ++k) gamma[k] *= beta[k];
    normalise(gamma);
    for (size_t k = 0; k < states_; ++k) after[k] = emitted(k, symbols[t]) * beta[k];
    for (size_t i = 0; i < states_; ++i)
      beta[i] =
          std::inner_product(after.begin(), after.end(),
                             transition_.begin() + static_cast<std::ptrdiff_t>(i * states_), 0.0);
    normalise(beta);  // any scale will do: gamma is divided by its sum
  }
  return rows;
}

}  // namespace cadena
