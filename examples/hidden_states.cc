// SPDX-License-Identifier: MIT
// Inference of hidden phenomena: networks learn from examples in which state a hidden Markov source
// is, of which they see only the symbols. The source is known, and so is the best that anybody can
// do: in one direction the forward algorithm, in both the forward-backward one.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <iterator>
#include <vector>

#include "cadena/cadena.h"

using namespace cadena;

constexpr int states = 3, length = 50;
using Samples = std::vector<HiddenMarkov::Sample>;
using Scores = std::vector<double>;  // [length, states]
using Guess = std::function<Scores(const std::vector<int>& symbols)>;

struct Network {
  Embedding symbols;
  Recurrent encoder;
  Linear emit;
  Network(int count, bool bidirectional, Rng& rng)
      : symbols(count, 8, rng),
        encoder({.cell = "gru", .input = 8, .hidden = 16, .bidirectional = bidirectional}, rng),
        emit(encoder.outputs(), states, rng) {}

  Tensor operator()(const std::vector<int32_t>& ids, const Layout& layout) const {
    return emit(encoder(symbols(ids), layout).output);
  }
  void visit(Visitor& v) { v("symbols", symbols), v("encoder", encoder), v("emit", emit); }
};

void train(Network& network, const Samples& samples) {
  constexpr size_t batch = 10, epochs = 10;
  Optimiser adam(parameters(network), {.kind = "adam"});
  const Layout layout(std::vector(batch, length));
  for (size_t epoch = 0; epoch < epochs; ++epoch)
    for (size_t first = 0; first < samples.size(); first += batch) {
      std::vector<int32_t> ids, gold;
      for (size_t t = 0; t < length; ++t)  // step by step, as the layout wants them
        for (size_t b = first; b < first + batch; ++b)
          ids.push_back(samples[b].symbols[t]), gold.push_back(samples[b].states[t]);
      Tape tape;
      tape.backward(scale(cross_entropy(network(ids, layout), gold), 1.0f / (batch * length)));
      adam.step(0.01f * static_cast<float>(epochs - epoch) / epochs);
    }
}

/// Per cent of steps at which the true state has the highest score.
double accuracy(const Samples& samples, const Guess& guess) {
  double right = 0;
  for (const HiddenMarkov::Sample& sample : samples) {
    const Scores scores = guess(sample.symbols);
    for (int t = 0; t < length; ++t) {
      const auto row = scores.begin() + t * states;
      right += std::max_element(row, row + states) - row == sample.states[static_cast<size_t>(t)];
    }
  }
  return 100 * right / static_cast<double>(samples.size() * length);
}

int main() {
  const Scores stationary{0.4, 0.4, 0.2};
  const HiddenMarkov source(stationary, {0.92, 0.05, 0.03, 0.05, 0.93, 0.02, 0.06, 0.04, 0.90},
                            {0.30, 0.30, 0.15, 0.10, 0.10, 0.05,    // state 0
                             0.10, 0.05, 0.30, 0.30, 0.15, 0.10,    // state 1
                             0.15, 0.10, 0.10, 0.05, 0.30, 0.30});  // state 2
  Rng rng(1);
  Samples training(2000), test(200);
  for (Samples* samples : {&training, &test})
    for (HiddenMarkov::Sample& sample : *samples) sample = source.draw(length, rng);
  const auto each_alone = [&](const std::function<Scores(int)>& probabilities) {
    return accuracy(test, [&](const std::vector<int>& symbols) {
      Scores all;
      for (int symbol : symbols) std::ranges::copy(probabilities(symbol), std::back_inserter(all));
      return all;
    });
  };
  const auto learned = [&](bool bidirectional) {
    Network network(source.symbols(), bidirectional, rng);
    train(network, training);
    return accuracy(test, [&](const std::vector<int>& symbols) {
      const Tensor scores = network(symbols, Layout(std::vector{length}));
      return Scores(scores.values().begin(), scores.values().end());
    });
  };
  const double most = each_alone([&](int) { return stationary; });
  const double one = each_alone([&](int symbol) { return source.filter({&symbol, 1}); });
  const double filter = accuracy(test, [&](const auto& all) { return source.filter(all); });
  const double smooth = accuracy(test, [&](const auto& all) { return source.smooth(all); });
  const double forward = learned(false), both = learned(true);
  std::printf("states found, per cent  network  exact\n");
  std::printf("most frequent state              %5.1f\n", most);
  std::printf("this symbol alone                %5.1f\n", one);
  std::printf("symbols up to this one    %5.1f  %5.1f\n", forward, filter);
  std::printf("all symbols               %5.1f  %5.1f\n", both, smooth);
  return forward > filter - 1 && both > smooth - 1 ? 0 : 1;
}
