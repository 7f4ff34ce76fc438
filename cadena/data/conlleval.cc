// SPDX-License-Identifier: MIT
#include "cadena/data/conlleval.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/data/tags.h"

namespace cadena {

namespace {

double percent(int64_t part, int64_t whole) {
  return whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

std::string measures(const PhraseScore& score) {
  return fmt::format("precision: {:6.2f}%; recall: {:6.2f}%; FB1: {:6.2f}", score.precision(),
                     score.recall(), score.f1());
}

}  // namespace

double PhraseScore::precision() const { return percent(correct, found); }

double PhraseScore::recall() const { return percent(correct, phrases); }

double PhraseScore::f1() const {
  const double p = precision(), r = recall();
  return p + r > 0 ? 2 * p * r / (p + r) : 0.0;
}

double EntityResult::accuracy() const { return percent(correct_tokens, tokens); }

void EntityScore::add(std::span<const std::string> gold, std::span<const std::string> predicted) {
  if (gold.size() != predicted.size())
    throw Error(fmt::format("a sentence has {} gold tags and {} predicted ones", gold.size(),
                            predicted.size()));
  result_.tokens += static_cast<int64_t>(gold.size());
  for (size_t i = 0; i < gold.size(); ++i)
    result_.correct_tokens += split_tag(gold[i]) == split_tag(predicted[i]);

  const std::vector<Entity> right = entities(gold), guesses = entities(predicted);
  for (const Entity& entity : right) {
    ++result_.all.phrases;
    ++result_.types[entity.type].phrases;
  }
  for (const Entity& guess : guesses) {
    const bool correct = std::ranges::binary_search(right, guess);
    for (PhraseScore* score : {&result_.all, &result_.types[guess.type]}) {
      ++score->found;
      score->correct += correct;
    }
  }
}

std::string EntityScore::report() const {
  const PhraseScore& all = result_.all;
  std::string text =
      fmt::format("processed {} tokens with {} phrases; found: {} phrases; correct: {}.\n",
                  result_.tokens, all.phrases, all.found, all.correct);
  if (result_.tokens > 0)
    text += fmt::format("accuracy: {:6.2f}%; {}\n", result_.accuracy(), measures(all));
  for (const auto& [type, score] : result_.types)
    text += fmt::format("{:>17}: {}  {}\n", type, measures(score), score.found);
  return text;
}

}  // namespace cadena
