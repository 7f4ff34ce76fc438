// SPDX-License-Identifier: MIT
#include "cadena/nn/unrolled.h"

#include <algorithm>
#include <sstream>

#include "cadena/autograd/ops.h"

namespace cadena {
namespace {

std::vector<std::string> words_of(const char* text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

Tensor some_rows(const Tensor& x, int64_t begin, int64_t end) {
  return begin == 0 && end == x.rows() ? x : rows(x, begin, end);
}

// State k after the last step of each sequence; those without steps keep the initial one.
Tensor last_state(const std::vector<std::vector<Tensor>>& steps, size_t k, const Layout& layout,
                  bool reverse, const Tensor& initial) {
  std::vector<Tensor> parts;
  int64_t done = 0;
  for (int t = reverse ? 0 : layout.steps() - 1; t >= 0 && t < layout.steps(); --t) {
    const Tensor& state = steps[static_cast<size_t>(t)][k];
    if (state.rows() > done) parts.push_back(some_rows(state, done, state.rows()));
    done = state.rows();
  }
  if (done < initial.rows()) parts.push_back(some_rows(initial, done, initial.rows()));
  if (parts.empty()) return initial;
  return parts.size() == 1 ? parts[0] : stack(parts);
}

// s' = next + stay·(s - next) of each state, as the other cells have it; `row` of the first
// sequence.
std::vector<Tensor> some_stay(const std::vector<Tensor>& next, std::span<const Tensor> before,
                              const Tensor& stay, int64_t row) {
  std::vector<Tensor> mixed;
  const float* first = stay.data() + (stay.rows() == 1 ? 0 : row * stay.cols());
  for (size_t k = 0; k < next.size(); ++k) {
    const Tensor share = Tensor::unset(next[k].shape());
    for (int64_t i = 0; i < share.rows(); ++i)
      std::copy_n(first + (stay.rows() == 1 ? 0 : i * stay.cols()), share.cols(),
                  share.data() + i * share.cols());
    mixed.push_back(add(next[k], multiply(share, add(before[k], scale(next[k], -1)))));
    first += share.cols();
  }
  return mixed;
}

}  // namespace

Unrolled unroll(const ComposedCell& cell, const Tensor& x, const Tensor& below,
                const Layout& layout, bool reverse, std::span<const Tensor> initial, size_t seen,
                Trace::Layer* trace, const Tensor& stay) {
  std::vector<Tensor> first(initial.begin(), initial.end()), now;
  if (first.empty())
    for (const ComposedCell::StateOf& state : cell.states())
      first.emplace_back(layout.sequences(), state.columns);
  const Tensor projected = cell.project(x, below);
  std::vector<std::vector<Tensor>> steps(static_cast<size_t>(layout.steps()));
  if (trace) trace->initial = first, trace->steps.resize(steps.size());
  for (int i = 0; i < layout.steps(); ++i) {
    const int t = reverse ? layout.steps() - 1 - i : i;
    const int64_t width = layout.width(t), row = layout.row(t, 0);
    std::vector<Tensor> entering;
    for (size_t k = 0; k < first.size(); ++k)
      if (i == 0)
        entering.push_back(some_rows(first[k], 0, width));
      else if (now[k].rows() >= width)
        // A copy, so that gradients come in the same order in any batch.
        entering.push_back(rows(now[k], 0, width));
      else  // sequences that begin here, as their ends do not coincide
        entering.push_back(stack(std::vector{now[k], rows(first[k], now[k].rows(), width)}));
    ComposedCell::Step step = cell.step(some_rows(projected, row, row + width), entering);
    if (stay) step.states = some_stay(step.states, entering, stay, row);
    now = steps[static_cast<size_t>(t)] = step.states;
    if (trace) trace->steps[static_cast<size_t>(t)] = {step.states, step.gates};
  }
  Unrolled result;
  for (size_t k = 0; k < first.size(); ++k) {
    std::vector<Tensor> of_steps;
    for (const std::vector<Tensor>& states : steps) of_steps.push_back(states[k]);
    if (k < seen)
      result.states.push_back(of_steps.empty() ? Tensor(0, first[k].cols()) : stack(of_steps));
    result.last.push_back(last_state(steps, k, layout, reverse, first[k]));
  }
  return result;
}

SteppedCell::SteppedCell(std::string_view cell, RecurrentWeights weights)
    : cell_(cell_spec(cell)),
      weights_(std::move(weights)),
      hidden_(weights_.input.rows() / cell_.gates) {}

std::vector<ComposedCell::StateOf> SteppedCell::states() const {
  std::vector<StateOf> all;
  for (const std::string& name : words_of(cell_.state_names)) all.push_back({name, hidden_});
  return all;
}

std::vector<std::string> SteppedCell::gate_names() const { return words_of(cell_.saved_names); }

ComposedCell::Step SteppedCell::step(const Tensor& x, std::span<const Tensor> states) const {
  SavedValues saved;
  const std::vector<int> ones(static_cast<size_t>(x.rows()), 1);
  Step step{recurrent(cell_.name, x, Layout(ones), std::span(&weights_, 1), states, &saved).last,
            {}};
  const int64_t wide = cell_.saved * hidden_;
  for (int k = 0; k < cell_.saved; ++k) {
    const Tensor& gate = step.gates.emplace_back(Tensor::unset({x.rows(), hidden_}));
    for (int64_t r = 0; r < x.rows(); ++r)
      std::copy_n(saved[0].data() + r * wide + k * hidden_, hidden_, gate.data() + r * hidden_);
  }
  return step;
}

}  // namespace cadena
