// SPDX-License-Identifier: MIT
#include "cadena/data/bleu.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <regex>

#include "cadena/base/error.h"
#include "cadena/base/rng.h"

namespace cadena {
namespace {

using Texts = std::vector<std::string>;

std::string tokens(const std::string& text, const BleuOptions& options = {}) {
  std::string all;
  for (const std::string& token : bleu_tokens(text, options))
    all += (all.empty() ? "" : " ") + token;
  return all;
}

double bleu(const std::string& output, const std::string& reference, BleuOptions options = {}) {
  Bleu score(std::move(options));
  score.add(output, reference);
  return score.result().score;
}

TEST(Bleu, Tokens13a) {
  EXPECT_EQ(tokens("Hello, World!"), "Hello , World !");
  EXPECT_EQ(tokens("It wasn't 3.14, nor 1,000; e.g. 5-6 or well-known."),
            "It wasn't 3.14 , nor 1,000 ; e . g . 5 - 6 or well-known .");
  EXPECT_EQ(tokens("&quot;a&quot; &amp; &lt;b&gt; &amp;lt;"), "\" a \" & < b > <");
  EXPECT_EQ(tokens("hy-\nphen\nnext <skipped>x"), "hyphen next x");
  EXPECT_EQ(tokens("end-\n"), "end-");
  EXPECT_EQ(tokens("a@b/c_d[e]{f}~g`h^i\\j|k$l#m%n+o*p=q?r"),
            "a @ b / c _ d [ e ] { f } ~ g ` h ^ i \\ j | k $ l # m % n + o * p = q ? r");
  EXPECT_EQ(tokens("a.,5 a.5 5.a ...  .5 5."), "a . ,5 a . 5 5 . a . . . . 5 5 .");
  EXPECT_EQ(tokens("¿Qué? «no\u00a0»\u3000él.”"), "¿Qué ? «no » él . ”");
  EXPECT_EQ(tokens(" \t "), "");
  EXPECT_EQ(tokens("A, b", {.tokenizer = "none", .lowercase = true}), "a, b");
  EXPECT_EQ(tokens("Año 5", {.tokenizer = "char"}), "A ñ o 5");
  EXPECT_THROW(bleu_tokens("a", {.tokenizer = "14a"}), Error);
  EXPECT_THROW(Bleu({.tokenizer = ""}), Error);
}

/// The rules as mteval-v13a.pl has them: regular expressions, one after the other.
std::string by_expressions(std::string text) {
  text = " " + text + " ";
  for (const auto& [from, to] :
       {std::pair(R"(([\{-~\[-` -&\(-\+:-@/]))", " $1 "), std::pair(R"(([^0-9])([.,]))", "$1 $2 "),
        std::pair(R"(([.,])([^0-9]))", " $1 $2"), std::pair(R"(([0-9])(-))", "$1 $2 ")})
    text = std::regex_replace(text, std::regex(from), to);
  return tokens(text, {.tokenizer = "none"});
}

TEST(Bleu, Tokens13aAsTheExpressions) {
  const std::string alphabet = "ab19.,-'!~[ `&(:@/";
  Rng rng(3);
  for (int trial = 0; trial < 1000; ++trial) {
    std::string text;
    for (uint32_t left = 1 + rng.below(15); left > 0; --left)
      text += alphabet[rng.below(static_cast<uint32_t>(alphabet.size()))];
    EXPECT_EQ(tokens(text), by_expressions(text)) << text;
  }
}

// Figures of the README and the tests of sacreBLEU.
TEST(Bleu, PublishedFigures) {
  const Texts outputs = {"The dog bit the man.", "It wasn't surprising.",
                         "The man had just bitten him."};
  const std::vector<Texts> references = {{"The dog bit the man.", "The dog had bit the man."},
                                         {"It was not unexpected.", "No one was surprised."},
                                         {"The man bit him first.", "The man had bitten the dog."}};
  Bleu score, none({.tokenizer = "none"}), nothing;
  for (size_t i = 0; i < outputs.size(); ++i) {
    score.add(outputs[i], references[i]);
    none.add(outputs[i], references[i]);
    nothing.add("", references[i]);
  }
  EXPECT_NEAR(score.result().score, 48.530827, 1e-6);
  EXPECT_NEAR(none.result().score, 49.1919566, 1e-6);
  EXPECT_EQ(nothing.result().score, 0);
  EXPECT_EQ(score.report(),
            "BLEU|nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:cadena-1 = 48.53 "
            "82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)\n");

  const std::string reference = "producţia de zahăr brut se exprimă în zahăr alb;",
                    output =
                        "Producția de zahăr primă va fi exprimată în ceea ce privește zahărul "
                        "alb;";
  EXPECT_NEAR(bleu(output, reference), 8.493, 1e-3);
  EXPECT_NEAR(bleu(output, reference, {.tokenizer = "none"}), 7.347, 1e-3);
  EXPECT_NEAR(bleu(output, reference, {.tokenizer = "char"}), 40.8759, 1e-3);
  EXPECT_NEAR(bleu(output, reference, {.tokenizer = "char", .lowercase = true}), 42.0267, 1e-3);
  EXPECT_EQ(bleu("this is a cat", "okay thanks"), 0);
}

TEST(Bleu, HandCase) {
  // Precisions 4/5, 2/4, 1/3 and, none of 2 matching, 1/2 of 1/2.
  Bleu score({.tokenizer = "none", .lowercase = true});
  score.add("A b c x d", "a b c d e f");
  const BleuResult r = score.result();
  EXPECT_DOUBLE_EQ(r.precisions[0], 80);
  EXPECT_DOUBLE_EQ(r.precisions[1], 50);
  EXPECT_DOUBLE_EQ(r.precisions[2], 100.0 / 3);
  EXPECT_DOUBLE_EQ(r.precisions[3], 25);
  EXPECT_DOUBLE_EQ(r.brevity_penalty, std::exp(1 - 6.0 / 5));
  EXPECT_NEAR(r.score, 100 * std::exp(-0.2) * std::pow(0.8 * 0.5 / 3 * 0.25, 0.25), 1e-9);
  EXPECT_EQ(score.signature(), "nrefs:1|case:lc|eff:no|tok:none|smooth:exp|version:cadena-1");
  EXPECT_EQ(score.json().find("reference_length")->to_int(), 6);
  EXPECT_DOUBLE_EQ(score.json().find("precisions")->items()[3].to_double(), 25);

  // "a" counts once, as often as the reference has it; short of 4 tokens there is no score.
  Bleu clipped;
  clipped.add("a a a", "a b c");
  EXPECT_DOUBLE_EQ(clipped.result().precisions[0], 100.0 / 3);
  EXPECT_EQ(clipped.result().score, 0);
  EXPECT_NEAR(bleu("a b c d", "a b c d"), 100, 1e-9);
}

TEST(Bleu, NothingAndReferences) {
  EXPECT_EQ(Bleu().result().score, 0);
  EXPECT_NE(Bleu().report().find("= 0.00 0.0/0.0/0.0/0.0 (BP = 1.000 ratio = 0.000"),
            std::string::npos);
  Bleu score;
  EXPECT_THROW(score.add("a", Texts{}), Error);
  score.add("a b c d", Texts{"a b c d e", "a b c"});  // as near: the shorter one counts
  EXPECT_EQ(score.result().reference_length, 3);
  score.add("a", "a");
  EXPECT_TRUE(score.signature().starts_with("nrefs:var|")) << score.signature();
}

/// By the book: maps of n-grams.
double recounted(const std::vector<std::pair<Texts, std::vector<Texts>>>& corpus) {
  double output_length = 0, reference_length = 0, logarithms = 0, halves = 1;
  for (size_t n = 1; n <= 4; ++n) {
    double common = 0, total = 0;
    for (const auto& [output, references] : corpus) {
      const auto counts = [&](const Texts& words) {
        std::map<Texts, int> grams;
        for (size_t i = 0; i + n <= words.size(); ++i) {
          const auto begin = words.begin() + static_cast<std::ptrdiff_t>(i);
          ++grams[Texts(begin, begin + static_cast<std::ptrdiff_t>(n))];
        }
        return grams;
      };
      for (const auto& [gram, count] : counts(output)) {
        int most = 0;
        for (const Texts& reference : references) most = std::max(most, counts(reference)[gram]);
        common += std::min(most, count);
        total += count;
      }
      if (n > 1) continue;
      std::pair<double, double> nearest(1e9, 0);
      for (const Texts& reference : references) {
        const auto length = static_cast<double>(reference.size());
        nearest =
            std::min(nearest, {std::abs(length - static_cast<double>(output.size())), length});
      }
      output_length += static_cast<double>(output.size());
      reference_length += nearest.second;
    }
    if (total == 0 || (n == 1 && common == 0)) return 0;
    logarithms += std::log(common > 0 ? common / total : (halves /= 2) / total) / 4;
  }
  return 100 * std::exp(logarithms + std::min(0.0, 1 - reference_length / output_length));
}

TEST(Bleu, SameAsCountingInMaps) {
  Rng rng(11);
  const auto sentence = [&] {
    Texts words(rng.below(9));
    for (std::string& word : words) word = std::string(1, "abcde"[rng.below(5)]);
    return words;
  };
  const auto joined = [](const Texts& words) {
    std::string text;
    for (const std::string& word : words) text += word + " ";
    return text;
  };
  for (int trial = 0; trial < 500; ++trial) {
    Bleu score;
    std::vector<std::pair<Texts, std::vector<Texts>>> corpus(1 + rng.below(4));
    for (auto& [output, references] : corpus) {
      output = sentence();
      Texts texts;
      for (uint32_t left = 1 + rng.below(3); left > 0; --left) {
        references.push_back(sentence());
        texts.push_back(joined(references.back()));
      }
      score.add(joined(output), texts);
    }
    EXPECT_NEAR(score.result().score, recounted(corpus), 1e-9);
  }
}

}  // namespace
}  // namespace cadena
