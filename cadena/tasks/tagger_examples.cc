// SPDX-License-Identifier: MIT
// Where the training data of a tagger lie, and what it does best and worst.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "cadena/tasks/tagger.h"

namespace cadena {
namespace {

constexpr size_t of_each_kind = 5, most_looked_at = 100;

// "Ana/B-PER vive en Sevilla/B-LOC": what is outside of entities has no tag.
std::string with_tags(const std::vector<std::string>& words, const std::vector<std::string>& tags) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i)
    text += fmt::format("{}{}{}", i > 0 ? " " : "", words[i], tags[i] == "O" ? "" : '/' + tags[i]);
  return text;
}

}  // namespace

// Sentences are in any order, so a batch has many short stretches.
std::string Tagger::where(int64_t batch) const {
  constexpr size_t most = 3;
  const std::vector<int>& members = batches_[static_cast<size_t>(batch)];
  std::string text;
  for (size_t i = 0; i < std::min(most, members.size()); ++i) {
    const auto& [first, last] = lines_[static_cast<size_t>(members[i])];
    text += fmt::format("{}{} to {}", i > 0 ? ", " : "lines ", first, last);
  }
  if (members.size() > most) text += fmt::format(" and {} sentences more", members.size() - most);
  return fmt::format("{} of {}", text, file_);
}

std::vector<ShownExample> Tagger::examples() {
  Sentences sentences;
  for (size_t i = 0; i < std::min(most_looked_at, held_out_.sentences.size()); ++i)
    sentences.push_back(held_out_.sentences[i].fields[0]);
  const Sentences answers = tag(sentences);
  const auto truth = [&](size_t i) {  // entities in IOB2, as the answers are
    const std::vector<std::string>& tags = held_out_.sentences[i].fields[1];
    return data_.unknown_tag.empty() ? columns_[0].decode(columns_[0].encode(tags)) : tags;
  };
  std::vector<int> errors, tagged;  // of each sentence: wrong tokens, tokens with a tag
  for (size_t i = 0; i < sentences.size(); ++i) {
    const std::vector<std::string> right = truth(i);
    tagged.push_back(static_cast<int>(std::ssize(right) - std::ranges::count(right, "O")));
    errors.push_back(static_cast<int>(std::inner_product(
        right.begin(), right.end(), answers[i].begin(), 0, std::plus(), std::not_equal_to())));
  }
  std::vector<size_t> order(sentences.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::vector<ShownExample> shown;
  for (const bool good : {false, true}) {
    std::ranges::stable_sort(order, std::greater(), [&](size_t i) {
      return good ? (errors[i] == 0 ? tagged[i] : -1) : errors[i];
    });
    for (size_t k = 0; k < std::min(of_each_kind, order.size()); ++k)
      if (const size_t i = order[k]; good == (errors[i] == 0))
        shown.push_back({fmt::format("line {}", held_out_.sentences[i].lines.front()),
                         with_tags(sentences[i], truth(i)), with_tags(sentences[i], answers[i]),
                         good});
  }
  return shown;
}

}  // namespace cadena
