// SPDX-License-Identifier: MIT
#include "cadena/nn/decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#include "cadena/autograd/copy.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/nn/decoder_stepper.h"
#include "tests/support/bits.h"
#include "tests/support/check_gradients.h"
#include "tests/support/random.h"
#include "tests/support/recurrent_batch.h"
#include "tests/support/threads.h"

namespace cadena {
namespace {

constexpr int64_t symbols = 5;

// Three sources; two targets speak of the last one, none of the first.
struct Problem {
  Layout keys{std::vector<int>{4, 3, 1}};
  Tensor summary, encoded;
  std::vector<int32_t> words;
  Decoder::Target target;

  explicit Problem(const DecoderOptions& o) {
    Rng rng(5);
    summary = grid_tensor({keys.sequences(), o.summary}, rng);
    encoded = grid_tensor({keys.rows(), o.encoded}, rng);
    words = random_ids(keys.rows(), symbols + 2, rng);
    target.layout = Layout(std::vector<int>{3, 2, 2});
    target.source = {2, 1, 2};
    target.inputs = random_ids(target.layout.rows(), symbols, rng);
    target.targets = random_ids(target.layout.rows(), symbols, rng);
    target.targets[1] = -1;
  }
  Decoder::Source source(const Decoder& decoder) const {
    return decoder.source(summary, encoded, keys, words);
  }
};

DecoderOptions tiny(const std::string& attention, bool feed, bool copy) {
  return {.cell = "lstm",
          .symbols = symbols,
          .size = 2,
          .hidden = 3,
          .attention = attention,
          .encoded = 3,
          .summary = 2,
          .feed = feed,
          .copy = copy};
}

// Puts other tensors in the places of the parameters.
template <class Module>
void replace_parameters(Module& module, const Tensors& by) {
  size_t next = 0;
  Visitor visitor([&](const std::string&, Tensor& parameter) { parameter = by.at(next++); });
  module.visit(visitor);
}

// -log softmax(logits)[target], or 0 without one.
double surprise(std::span<const float> logits, int32_t target) {
  if (target < 0) return 0;
  double sum = 0;
  for (float logit : logits) sum += std::exp(double{logit});
  return std::log(sum) - logits[static_cast<size_t>(target)];
}

using Kind = std::tuple<std::string, bool, bool>;
class EveryDecoder : public testing::TestWithParam<Kind> {
 protected:
  static DecoderOptions options() {
    const auto& [attention, feed, copy] = GetParam();
    return tiny(attention, feed, copy);
  }
};
INSTANTIATE_TEST_SUITE_P(Kinds, EveryDecoder,
                         testing::Values(Kind("none", false, false), Kind("dot", false, false),
                                         Kind("general", true, false),
                                         Kind("additive", false, true),
                                         Kind("general", true, true)),
                         [](const auto& info) {
                           return std::get<0>(info.param) +
                                  (std::get<1>(info.param) ? "_feed" : "") +
                                  (std::get<2>(info.param) ? "_copy" : "");
                         });

TEST_P(EveryDecoder, HasTheGradientsOfItsLoss) {
  const Problem problem(options());
  Rng rng(6);
  Decoder decoder(options(), rng);
  Tensors in;
  for (const Tensor& parameter : parameters(decoder))
    in.push_back(grid_tensor(parameter.shape(), rng));
  in.push_back(problem.summary);
  in.push_back(problem.encoded);
  check_gradients(
      [&](const Tensors& all) {
        replace_parameters(decoder, all);
        const Tensor &summary = all[all.size() - 2], &encoded = all.back();
        return decoder.loss(decoder.source(summary, encoded, problem.keys, problem.words),
                            problem.target);
      },
      in, 4e-4);
}

TEST_P(EveryDecoder, StepByStepGivesTheBitsOfTheWhole) {
  for (const std::string& cell : cell_names()) {
    DecoderOptions o = options();
    o.cell = cell, o.hidden = o.encoded = 21, o.layers = 2;
    const Problem problem(o);
    Rng rng(7);
    const Decoder decoder(o, rng);
    const Decoder::Source source = problem.source(decoder);
    const Decoder::Features features = decoder.features(source, problem.target);
    const Tensor logits = decoder.logits(features);
    const auto same = decoder.features(source, problem.target, 0.5f);  // no noise, no choices
    EXPECT_TRUE(same_bits(same.output.values(), features.output.values()));
    const DecoderStepper stepper(decoder);
    const Layout& layout = problem.target.layout;
    double loss = 0;
    auto memory = DecoderStepper::select(stepper.start(source), problem.target.source);
    for (int t = 0; t < layout.steps(); ++t) {
      const auto width = static_cast<size_t>(layout.width(t));
      std::vector<int32_t> kept(width);
      std::iota(kept.begin(), kept.end(), 0);
      memory = DecoderStepper::select(memory, kept);
      const auto first = static_cast<size_t>(layout.row(t, 0));
      const Tensor step =
          stepper.step(source, std::span(problem.target.inputs).subspan(first, width), memory);
      if (!o.copy) {
        EXPECT_TRUE(
            same_bits(step.values(), logits.values().subspan(first * symbols, width * symbols)));
      }
      for (size_t b = 0; b < width; ++b)
        loss += surprise(row_of(step, static_cast<int64_t>(b)), problem.target.targets[first + b]);
    }
    EXPECT_NEAR(loss, decoder.loss(source, problem.target).item(), 1e-5);
  }
}

TEST_P(EveryDecoder, BitsDoNotDependOnTheThreads) {
  DecoderOptions o = options();
  o.hidden = o.encoded = 40;
  const Problem problem(o);
  const auto gradients = [&](int count) {
    const ThreadScope scope(count);
    Rng rng(8);
    Decoder decoder(o, rng);
    Tape tape;
    tape.backward(decoder.loss(problem.source(decoder), problem.target));
    std::vector<float> all;
    for (const Tensor& p : parameters(decoder))
      all.insert(all.end(), p.grad(), p.grad() + p.size());
    return all;
  };
  const std::vector<float> one = gradients(1);
  EXPECT_TRUE(same_bits(one, gradients(2)));
  EXPECT_TRUE(same_bits(one, gradients(4)));
}

// What it says itself is what it reads.
TEST_P(EveryDecoder, ScheduledSamplingReadsItsOwnChoices) {
  const Problem problem(options());
  Rng rng(9);
  const Decoder decoder(options(), rng);
  const Decoder::Source source = problem.source(decoder);
  Decoder::Target own = problem.target;
  const Layout& layout = own.layout;
  for (int t = 1; t < layout.steps(); ++t) {
    const Tensor logits = decoder.logits(decoder.features(source, own));
    for (int b = 0; b < layout.width(t); ++b) {
      const auto row = row_of(logits, layout.row(t - 1, b));
      own.inputs[static_cast<size_t>(layout.row(t, b))] =
          static_cast<int32_t>(std::ranges::max_element(row) - row.begin());
    }
  }
  Rng noise(1);
  const Tape tape(noise);
  EXPECT_TRUE(same_bits(decoder.features(source, problem.target, 1).output.values(),
                        decoder.features(source, own).output.values()));
  EXPECT_TRUE(same_bits(decoder.features(source, problem.target, 1e-9f).output.values(),
                        decoder.features(source, problem.target).output.values()));
}

TEST_P(EveryDecoder, ABatchIsDecodedAsEachSourceAlone) {
  const Problem problem(options());
  Rng rng(10);
  const Decoder decoder(options(), rng);
  const DecoderStepper stepper(decoder);
  const std::vector<int> most{6, 6, 6};
  const BeamOptions beam{.width = 3, .n_best = 3};
  const auto all = stepper.decode(problem.source(decoder), 0, 1, most, beam);
  for (int b = 0; b < 3; ++b) {
    const std::vector<int32_t> one{b};
    std::vector<int32_t> rows, words;
    for (int t = 0; t < problem.keys.length(b); ++t) {
      rows.push_back(static_cast<int32_t>(problem.keys.row(t, b)));
      words.push_back(problem.words[static_cast<size_t>(rows.back())]);
    }
    const Decoder::Source alone =
        decoder.source(gather(problem.summary, one), gather(problem.encoded, rows),
                       Layout(std::vector<int>{problem.keys.length(b)}), words);
    const auto answers = stepper.decode(alone, 0, 1, std::span(most).first(1), beam)[0];
    ASSERT_EQ(answers.size(), all[static_cast<size_t>(b)].size());
    for (size_t i = 0; i < answers.size(); ++i) {
      EXPECT_EQ(answers[i].symbols, all[static_cast<size_t>(b)][i].symbols);
      EXPECT_EQ(answers[i].score, all[static_cast<size_t>(b)][i].score);
    }
  }
}

TEST(Decoder, TiedVectorsAreTheOutputWeights) {
  DecoderOptions o = tiny("general", true, false);
  o.tied = true;
  Rng rng(12);
  EXPECT_THROW(Decoder(o, rng), Error) << "sizes differ";
  o.size = o.hidden;
  Decoder decoder(o, rng);
  const Problem problem(o);
  const auto features = decoder.features(problem.source(decoder), problem.target);
  const Tensor vectors = parameters(decoder)[0], logits = decoder.logits(features);
  EXPECT_EQ(vectors.shape(), (Shape{symbols, o.size}));
  double product = 0;
  for (int64_t j = 0; j < o.size; ++j)
    product += double{features.output.data()[j]} * vectors.data()[2 * o.size + j];
  EXPECT_NEAR(logits.data()[2], product, 1e-6);
}

TEST(Decoder, RefusesWhatMakesNoSense) {
  Rng rng(11);
  EXPECT_THROW(Decoder(tiny("none", false, true), rng), Error);
  EXPECT_THROW(Decoder(tiny("nothing", false, false), rng), Error);
  const DecoderOptions o = tiny("general", true, false);
  const Decoder decoder(o, rng);
  Problem problem(o);
  problem.target.source.pop_back();
  EXPECT_THROW(decoder.loss(problem.source(decoder), problem.target), Error);
  problem.target.source.push_back(3);
  EXPECT_THROW(decoder.loss(problem.source(decoder), problem.target), Error);
}

}  // namespace
}  // namespace cadena
