// SPDX-License-Identifier: MIT
// The slide "applications", many to many: an encoder and a decoder with attention.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/nn/decoder_stepper.h"
#include "cadena/tasks/translator_network.h"
#include "cadena/train/optimiser.h"
#include "tests/support/random.h"

namespace cadena {
namespace {

using Row = std::vector<double>;

/// W · x, without a bias if there is none.
Row times(const Tensor& weight, const Row& x, const Tensor& bias = {}) {
  Row y(static_cast<size_t>(weight.rows()));
  for (size_t i = 0; i < y.size(); ++i) {
    if (bias) y[i] = bias.data()[i];
    for (size_t j = 0; j < x.size(); ++j) y[i] += double{weight.data()[i * x.size() + j]} * x[j];
  }
  return y;
}

double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

Row tanh_of(Row values) {
  for (double& value : values) value = std::tanh(value);
  return values;
}

Row row_of(const Tensor& matrix, int64_t row) {
  const float* begin = matrix.data() + row * matrix.cols();
  return {begin, begin + matrix.cols()};
}

/// Attention of one kind, some sources of different lengths, and what asks about them.
struct Looking {
  explicit Looking(const std::string& chosen)
      : kind(chosen), attention(kind, 4, kind == "dot" ? 4 : 3, rng) {
    Visitor visitor([&](const std::string& name, Tensor& tensor) {
      for (float& value : tensor.values()) value = rng.normal();
      parts[name] = tensor;
    });
    attention.visit(visitor);
  }

  double score(const Row& query, const Row& key) {
    if (kind == "dot") return dot(query, key);
    Row mapped = times(parts["keys.weight"], key);
    if (kind == "general") return dot(query, mapped);
    const Row asked = times(parts["queries.weight"], query, parts["queries.bias"]);
    for (size_t i = 0; i < mapped.size(); ++i) mapped[i] += asked[i];
    return dot(row_of(parts["direction"], 0), tanh_of(mapped));
  }

  Rng rng{1};
  std::string kind;
  Attention attention;
  std::map<std::string, Tensor> parts;
  Layout keys{std::vector{7, 4, 1}}, asking{std::vector{5, 3, 3, 1}};
  std::vector<int32_t> source{2, 0, 1, 0};  // of each that asks
};

/// Holds one query's weights and h~ against the equations in double.
void expect_equations(Looking& l, const Row& query, const std::vector<Row>& keys,
                      std::span<const float> weights, const Row& output) {
  Row shares, context(keys[0].size());
  double total = 0;
  for (const Row& key : keys) total += shares.emplace_back(std::exp(l.score(query, key)));
  ASSERT_EQ(weights.size(), keys.size());
  double sum = 0;
  for (size_t k = 0; k < keys.size(); ++k) {
    sum += double{weights[k]};
    EXPECT_NEAR(weights[k], shares[k] / total, 1e-6);
    for (size_t j = 0; j < context.size(); ++j) context[j] += shares[k] / total * keys[k][j];
  }
  EXPECT_NEAR(sum, 1, 1e-6);
  context.insert(context.end(), query.begin(), query.end());
  const Row expected = tanh_of(times(l.parts["output.weight"], context, l.parts["output.bias"]));
  for (size_t i = 0; i < output.size(); ++i) EXPECT_NEAR(output[i], expected[i], 1e-6);
}

// Weights are the softmax of the scores over the steps of one source, and add up to 1; h~ is made
// of what they see.
TEST(Lecture, C4_AttentionIsItsEquation) {
  for (const char* kind : {"dot", "general", "additive"}) {
    SCOPED_TRACE(kind);
    Looking l(kind);
    const Tensor encoded = normal_parameter({l.keys.rows(), l.kind == "dot" ? 4 : 3}, l.rng),
                 queries = normal_parameter({l.asking.rows(), 4}, l.rng);
    const Pairing pairing(l.asking, l.keys, l.source);
    const Attention::Result got =
        l.attention(queries, l.attention.memory(encoded, l.keys), pairing);
    for (int b = 0; b < l.asking.sequences(); ++b) {
      std::vector<Row> keys;
      const int source = l.source[static_cast<size_t>(b)];
      for (int t = 0; t < l.keys.length(source); ++t)
        keys.push_back(row_of(encoded, l.keys.row(t, source)));
      for (int t = 0; t < l.asking.length(b); ++t) {
        const int64_t row = l.asking.row(t, b);
        expect_equations(l, row_of(queries, row), keys, pairing.row(got.weights, row),
                         row_of(got.output, row));
      }
    }
  }
}

constexpr int32_t line_end = 0, first_digit = 1;
constexpr int symbols = 11;

/// Strings of 3 to 8 digits, the longest first, and what is to be said of them: the same digits,
/// in order or backwards.
struct Strings {
  std::vector<std::vector<int32_t>> said;
  TranslatorBatch batch;

  Strings(int count, bool backwards, Rng& rng) : said(static_cast<size_t>(count)) {
    std::vector<int> lengths, longer;
    for (std::vector<int32_t>& string : said) {
      string.resize(3 + rng.below(6));
      for (int32_t& digit : string) digit = first_digit + static_cast<int32_t>(rng.below(10));
    }
    std::ranges::stable_sort(said, std::greater(), &std::vector<int32_t>::size);
    for (const std::vector<int32_t>& string : said) {
      lengths.push_back(static_cast<int>(string.size()));
      longer.push_back(lengths.back() + 1);
    }
    batch.layout = Layout(lengths);
    batch.target.layout = Layout(longer);
    batch.units.resize(static_cast<size_t>(batch.layout.rows()));
    batch.target.inputs.resize(static_cast<size_t>(batch.target.layout.rows()));
    batch.target.targets = batch.target.inputs;
    for (int b = 0; b < count; ++b) fill(b, backwards);
    batch.words = batch.units;
  }

 private:
  void fill(int b, bool backwards) {
    std::vector<int32_t>& string = said[static_cast<size_t>(b)];
    for (int t = 0; t < batch.layout.length(b); ++t)
      batch.units[static_cast<size_t>(batch.layout.row(t, b))] = string[static_cast<size_t>(t)];
    if (backwards) std::ranges::reverse(string);
    batch.target.source.push_back(b);
    int32_t before = line_end;
    for (int t = 0; t <= batch.layout.length(b); ++t) {
      const auto row = static_cast<size_t>(batch.target.layout.row(t, b));
      batch.target.inputs[row] = before;
      before = t < batch.layout.length(b) ? string[static_cast<size_t>(t)] : line_end;
      batch.target.targets[row] = before;
    }
  }
};

void learn(TranslatorNetwork& network, bool backwards, int steps, Rng& rng) {
  Optimiser optimiser(parameters(network), {});
  for (int i = 0; i < steps; ++i) {
    const Strings strings(64, backwards, rng);
    Tape tape(rng);
    tape.backward(scale(network.loss(strings.batch), 1.0f / 64));
    optimiser.step(i < steps * 2 / 3 ? 0.005f : 0.001f);
  }
}

double share_right(const TranslatorNetwork& network, const Strings& strings, int beam) {
  const Decoder::Source source =
      network.encode(strings.batch.units, strings.batch.layout, strings.batch.words);
  const auto answers = DecoderStepper(network.decoder())
                           .decode(source, line_end, line_end,
                                   std::vector<int>(strings.said.size(), 12), {.width = beam});
  double right = 0;
  for (size_t b = 0; b < answers.size(); ++b) right += answers[b][0].symbols == strings.said[b];
  return right / static_cast<double>(answers.size());
}

// 20 symbols take minutes: examples/copy_reverse.sh.
TEST(Lecture, C4_CopyAndReverseAreLearnt) {
  const TranslatorOptions plain{
      .size = 32, .hidden = 64, .feed = false, .tied = false, .dropout = 0};
  TranslatorOptions fed = plain, copying = plain;
  fed.attention = "additive", fed.feed = true;
  copying.feed = true, copying.copy = true, copying.sampling = 0.2f;
  const std::pair<TranslatorOptions, bool> cases[] = {
      {plain, false}, {plain, true}, {fed, false}, {copying, true}};
  for (const auto& [options, backwards] : cases) {
    SCOPED_TRACE(options.attention + (options.copy ? ", copy" : "") +
                 (backwards ? ", backwards" : ", in order"));
    Rng rng(1);
    TranslatorNetwork network(options, {symbols, symbols}, rng);
    learn(network, backwards, 300, rng);
    const Strings others(1000, backwards, rng);
    EXPECT_GE(share_right(network, others, 1), 0.999);
    EXPECT_GE(share_right(network, others, 4), 0.999);
  }
}

}  // namespace
}  // namespace cadena
