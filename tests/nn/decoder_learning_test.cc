// SPDX-License-Identifier: MIT
// An encoder and a decoder learn to say short strings of digits backwards, in a second.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/nn/decoder_stepper.h"
#include "cadena/nn/embedding.h"
#include "cadena/nn/recurrent.h"
#include "cadena/train/optimiser.h"

namespace cadena {
namespace {

constexpr int32_t start = 0, end = 1, first_digit = 2;
constexpr int64_t symbols = 12, hidden = 64;

struct Strings {
  std::vector<std::vector<int32_t>> digits;  // longest first
  Layout layout;
  std::vector<int32_t> inputs;  // one a row
  Decoder::Target backwards;

  Strings(int count, Rng& rng) : digits(static_cast<size_t>(count)) {
    std::vector<int> lengths, longer;
    for (std::vector<int32_t>& string : digits) {
      string.resize(3 + rng.below(6));
      for (int32_t& digit : string) digit = first_digit + static_cast<int32_t>(rng.below(10));
    }
    std::ranges::stable_sort(digits, std::greater(), &std::vector<int32_t>::size);
    for (const std::vector<int32_t>& string : digits) {
      lengths.push_back(static_cast<int>(string.size()));
      longer.push_back(lengths.back() + 1);
    }
    layout = Layout(lengths);
    backwards.layout = Layout(longer);
    inputs.resize(static_cast<size_t>(layout.rows()));
    backwards.inputs.resize(static_cast<size_t>(backwards.layout.rows()));
    backwards.targets = backwards.inputs;
    for (int b = 0; b < count; ++b) fill(b);
  }

  std::vector<int32_t> reversed(size_t b) const { return {digits[b].rbegin(), digits[b].rend()}; }

 private:
  void fill(int b) {
    const std::vector<int32_t> said = reversed(static_cast<size_t>(b));
    backwards.source.push_back(b);
    int32_t before = start;
    for (int t = 0; t <= layout.length(b); ++t) {
      const auto i = static_cast<size_t>(t), row = static_cast<size_t>(backwards.layout.row(t, b));
      backwards.inputs[row] = before;
      before = backwards.targets[row] = i < said.size() ? said[i] : end;
      if (i < said.size())
        inputs[static_cast<size_t>(layout.row(t, b))] = digits[static_cast<size_t>(b)][i];
    }
  }
};

struct Reverser {
  Embedding digits;
  Recurrent encoder;
  Decoder decoder;

  Reverser(const DecoderOptions& options, Rng& rng)
      : digits(symbols, options.size, rng),
        encoder({.input = options.size, .hidden = hidden / 2, .bidirectional = true}, rng),
        decoder(options, rng) {}

  Decoder::Source read(const Strings& strings) const {
    const Recurrent::Result result = encoder(digits(strings.inputs), strings.layout);
    return decoder.source(result.last.layers[0][0], result.output, strings.layout, strings.inputs);
  }

  double share_right(const Strings& strings, const BeamOptions& beam) const {
    const std::vector<int> most(strings.digits.size(), 12);
    const auto answers = DecoderStepper(decoder).decode(read(strings), start, end, most, beam);
    double right = 0;
    for (size_t b = 0; b < answers.size(); ++b)
      right += answers[b][0].symbols == strings.reversed(b);
    return right / static_cast<double>(answers.size());
  }

  void visit(Visitor& v) {
    v("digits", digits);
    v("encoder", encoder);
    v("decoder", decoder);
  }
};

void learn(Reverser& network, int steps, float sampling, Rng& rng) {
  Optimiser optimiser(parameters(network), {});
  for (int i = 0; i < steps; ++i) {
    const Strings strings(64, rng);
    Tape tape(rng);
    const Tensor loss = network.decoder.loss(network.read(strings), strings.backwards, sampling);
    tape.backward(scale(loss, 1.0f / 64));
    optimiser.step(i < steps * 2 / 3 ? 0.005f : 0.001f);
  }
}

using Kind = std::tuple<std::string, bool, bool, float>;
class Backwards : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Kinds, Backwards,
                         testing::Values(Kind("general", false, false, 0),
                                         Kind("additive", true, false, 0),
                                         Kind("general", true, true, 0.2f)),
                         [](const auto& info) {
                           return std::get<0>(info.param) +
                                  (std::get<1>(info.param) ? "_feed" : "") +
                                  (std::get<2>(info.param) ? "_copy_sampling" : "");
                         });

TEST_P(Backwards, IsLearntWithAttention) {
  const auto& [attention, feed, copy, sampling] = GetParam();
  Rng rng(1);
  Reverser network({.symbols = symbols,
                    .size = 32,
                    .hidden = hidden,
                    .attention = attention,
                    .encoded = hidden,
                    .summary = hidden,
                    .feed = feed,
                    .copy = copy},
                   rng);
  learn(network, 200, sampling, rng);
  const Strings others(200, rng);
  EXPECT_GE(network.share_right(others, {.width = 1}), 0.97);
  EXPECT_GE(network.share_right(others, {.width = 4}), 0.97);
}

}  // namespace
}  // namespace cadena
