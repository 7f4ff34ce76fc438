// SPDX-License-Identifier: MIT
// Clockwork network (Koutnik et al., "A clockwork RNN", 2014): modules of units, each with a
// period T. At step t, from 0, a module whose period divides t becomes
//   h' = tanh(W x + U h)
// with two biases, and the others keep their h. A module sees itself and those with longer periods:
// U is block upper triangular.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"
#include "cadena/nn/composed_cells.h"
#include "cadena/nn/init.h"

namespace cadena {
namespace {

class Clockwork : public ComposedCell {
 public:
  Clockwork(const ComposedOptions& options, std::span<const int> periods, Rng& rng)
      : hidden_(options.hidden),
        weights_(gate_weights(1, options, hidden_, rng)),
        sees_(hidden_, hidden_) {
    if (periods.empty() || std::ranges::any_of(periods, [](int period) { return period < 1; }))
      throw Error("clockwork: needs periods of at least 1");
    std::vector<int> sorted(periods.begin(), periods.end());
    std::ranges::sort(sorted);
    const int64_t size = (hidden_ + std::ssize(sorted) - 1) / std::ssize(sorted);
    for (int64_t j = 0; j < hidden_; ++j) periods_.push_back(sorted[static_cast<size_t>(j / size)]);
    for (int64_t j = 0; j < hidden_; ++j)
      for (int64_t k = j / size * size; k < hidden_; ++k) sees_.data()[j * hidden_ + k] = 1;
    for (int64_t k = 0; k < sees_.size(); ++k) weights_.recurrent.data()[k] *= sees_.data()[k];
    round_ = std::accumulate(sorted.begin(), sorted.end(), int64_t{1},
                             [](int64_t a, int b) { return std::lcm(a, b); });
  }

  // t is counted modulo all periods together.
  std::vector<StateOf> states() const override { return {{"h", hidden_}, {"t", 1, false}}; }
  std::vector<std::string> gate_names() const override { return {"active"}; }

  Tensor project(const Tensor& x, const Tensor&) const override {
    return linear(x, weights_.input, weights_.input_bias);
  }

  Step step(const Tensor& projected, std::span<const Tensor> states) const override {
    const Tensor &h = states[0], &t = states[1];
    const Tensor active{h.shape()}, next_t{t.shape()};
    for (int64_t i = 0; i < h.rows(); ++i) {
      const float now = std::round(t.data()[i]);
      for (int64_t j = 0; j < hidden_; ++j)
        active.data()[i * hidden_ + j] = static_cast<float>(
            std::fmod(now, static_cast<float>(periods_[static_cast<size_t>(j)])) == 0);
      next_t.data()[i] = std::fmod(now + 1, static_cast<float>(round_));
    }
    const Tensor u = linear(h, multiply(weights_.recurrent, sees_), weights_.recurrent_bias);
    return {{choose(active, tanh(add(projected, u)), h), next_t}, {active}};
  }

  void visit(Visitor& v, const std::string& suffix) override { visit_gates(v, suffix, weights_); }

  std::shared_ptr<ComposedCell> copy() const override { return std::make_shared<Clockwork>(*this); }
  std::vector<Tensor*> recurrent_weights() override { return {&weights_.recurrent}; }

 private:
  int64_t hidden_;
  RecurrentWeights weights_;
  Tensor sees_;               // [H, H]: 1 where a weight is, else 0
  std::vector<int> periods_;  // of each unit
  int64_t round_;             // steps after which all modules begin together
};

}  // namespace

std::shared_ptr<ComposedCell> make_clockwork(const ComposedOptions& options,
                                             std::span<const int> periods, Rng& rng) {
  return std::make_shared<Clockwork>(options, periods, rng);
}

std::shared_ptr<ComposedCell> make_clockwork(const ComposedOptions& options, Rng& rng) {
  return make_clockwork(options, std::array{1, 2, 4, 8}, rng);
}

}  // namespace cadena
