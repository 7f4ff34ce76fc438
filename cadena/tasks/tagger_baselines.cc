// SPDX-License-Identifier: MIT
// What a tagger has to beat, in its first column.
#include <algorithm>
#include <cstddef>

#include "cadena/tasks/tagger.h"
#include "cadena/train/logistic.h"

namespace cadena {
namespace {

// Tokens on each side that the window sees: many where there are few different ones, as in
// proteins.
constexpr int few_words = 100, wide = 8, narrow = 2;
// The window learns from so many tokens at most: less time than an epoch.
constexpr size_t most_tokens = 100'000, most_tokens_by_labels = 5'000'000;

// The words around a token, a column for each word at each distance.
void append_window(const std::vector<int32_t>& words, size_t at, int reach, int32_t symbols,
                   SparseRows& rows) {
  std::vector<int32_t> columns;
  for (int shift = -reach; shift <= reach; ++shift) {
    const auto place = static_cast<std::ptrdiff_t>(at) + shift;
    if (place >= 0 && place < std::ssize(words))
      columns.push_back((shift + reach) * symbols + words[static_cast<size_t>(place)]);
  }
  rows.append({columns, std::vector<float>(columns.size(), 1)});
}

}  // namespace

std::vector<Baseline> Tagger::baselines() const {
  const auto score = [&](const Sentences& predicted) {
    return columns_[0].score(held_out_, 1, predicted).score;
  };
  std::vector<Baseline> all{{"most frequent label of each word", score(most_frequent_labels())}};
  const int64_t columns = int64_t{2 * reach() + 1} * words_.words().size();
  if (LogisticRegression::fits(columns, columns_[0].size()))
    all.push_back({"logistic regression on the words around", score(window_labels())});
  return all;
}

int Tagger::reach() const { return words_.words().size() < few_words ? wide : narrow; }

// A word of which no label is known gets the most frequent label of all.
Tagger::Sentences Tagger::most_frequent_labels() const {
  const size_t any = forms_.all.size();
  std::vector<std::vector<int64_t>> counts(
      any + 1, std::vector<int64_t>(static_cast<size_t>(columns_[0].size())));
  for (const Example& example : examples_)
    for (size_t i = 0; i < example.forms.size(); ++i)
      if (const int32_t label = example.labels[0][i]; label >= 0)
        for (const size_t form : {static_cast<size_t>(example.forms[i]), any})
          ++counts[form][static_cast<size_t>(label)];
  Sentences predicted;
  for (const Sentence& sentence : held_out_.sentences) {
    std::vector<int32_t> ids;
    for (const std::string& word : sentence.fields[0]) {
      const auto found = forms_.ids.find(word);
      size_t row = found == forms_.ids.end() ? any : static_cast<size_t>(found->second);
      if (std::ranges::max(counts[row]) == 0) row = any;
      ids.push_back(
          static_cast<int32_t>(std::ranges::max_element(counts[row]) - counts[row].begin()));
    }
    predicted.push_back(columns_[0].decode(ids));
  }
  return predicted;
}

Tagger::Sentences Tagger::window_labels() const {
  const int32_t symbols = words_.words().size();
  const auto words_of = [](const Forms& forms, const std::vector<int32_t>& ids) {
    std::vector<int32_t> words;
    for (int32_t id : ids) words.push_back(forms.all[static_cast<size_t>(id)].word);
    return words;
  };
  const size_t learnt =
      std::min(most_tokens, most_tokens_by_labels / static_cast<size_t>(columns_[0].size()));
  SparseRows rows;
  std::vector<int32_t> labels;
  for (const Example& example : examples_) {
    const std::vector<int32_t> words = words_of(forms_, example.forms);
    for (size_t i = 0; i < words.size() && rows.size() < learnt; ++i) {
      if (example.labels[0][i] < 0) continue;
      append_window(words, i, reach(), symbols, rows);
      labels.push_back(example.labels[0][i]);
    }
  }
  const LogisticRegression model(rows, labels, (2 * reach() + 1) * symbols, columns_[0].size());
  Forms forms;
  Sentences predicted;
  for (const Sentence& sentence : held_out_.sentences) {
    const std::vector<int32_t> words =
        words_of(forms, make_example(forms, sentence.fields[0]).forms);
    SparseRows asked;
    std::vector<int32_t> ids;
    for (size_t i = 0; i < words.size(); ++i) {
      append_window(words, i, reach(), symbols, asked);
      ids.push_back(model.predict(asked[i]));
    }
    predicted.push_back(columns_[0].decode(ids));
  }
  return predicted;
}

}  // namespace cadena
