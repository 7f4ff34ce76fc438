// SPDX-License-Identifier: MIT
// What a classifier has to beat.
#include <algorithm>
#include <cmath>
#include <map>

#include "cadena/tasks/classifier.h"
#include "cadena/train/logistic.h"

namespace cadena {
namespace {

// Sequences with more values than this are told by their means and deviations.
constexpr size_t most_values = 1024;
// Of more data than this, in values, only a part is used.
constexpr size_t most_learnt = 12'000'000;

using Row = std::map<int32_t, float>;

// Which words and pairs of words a text has. `ids` gets those of the training.
Row word_features(const std::vector<int32_t>& words,
                  std::map<std::pair<int32_t, int32_t>, int32_t>& ids, bool learn) {
  Row row;
  const auto add = [&](int32_t first, int32_t second) {
    const auto next = static_cast<int32_t>(ids.size());
    const auto found =
        learn ? ids.try_emplace({first, second}, next).first : ids.find({first, second});
    if (found != ids.end()) row[found->second] = 1;
  };
  for (size_t i = 0; i < words.size(); ++i) {
    add(words[i], -1);
    if (i > 0) add(words[i - 1], words[i]);
  }
  return row;
}

// The values themselves, where every sequence has as few, or the mean and deviation of each
// dimension over the steps.
Row value_features(const std::vector<float>& values, size_t dimension, bool whole) {
  Row row;
  if (whole) {
    for (size_t i = 0; i < values.size(); ++i) row[static_cast<int32_t>(i)] = values[i];
    return row;
  }
  const auto steps = static_cast<float>(std::max<size_t>(1, values.size() / dimension));
  for (size_t d = 0; d < dimension; ++d) {
    float sum = 0, square = 0;
    for (size_t i = d; i < values.size(); i += dimension) {
      sum += values[i];
      square += values[i] * values[i];
    }
    const float mean = sum / steps;
    row[static_cast<int32_t>(2 * d)] = mean;
    row[static_cast<int32_t>(2 * d + 1)] = std::sqrt(std::max(0.0f, square / steps - mean * mean));
  }
  return row;
}

void append(const Row& row, SparseRows& rows) {
  std::vector<int32_t> columns;
  std::vector<float> values;
  for (const auto& [column, value] : row) {
    columns.push_back(column);
    values.push_back(value);
  }
  rows.append({columns, values});
}

double percentage(int64_t part, size_t whole) {
  return 100 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::vector<Baseline> Classifier::baselines() const {
  std::vector<int64_t> counts(labels_.size());
  for (const Example& example : train_.all) ++counts[static_cast<size_t>(example.label)];
  const std::string& majority =
      labels_[static_cast<size_t>(std::ranges::max_element(counts) - counts.begin())];
  const int64_t right = std::ranges::count(held_out_, majority, &Item::label);
  std::vector<Baseline> all{{"always \"" + majority + "\"", percentage(right, held_out_.size())}};
  if (const auto logistic = logistic_accuracy()) all.push_back({"logistic regression", *logistic});
  return all;
}

// On single words and pairs of neighbours, or on numbers.
std::optional<double> Classifier::logistic_accuracy() const {
  const Examples& held_out = held_out_examples_;
  size_t longest = 0, total = 0;
  bool even = true;
  for (const Examples* part : {&train_, &held_out})
    for (const Example& example : part->all) {
      longest = std::max(longest, example.values.size());
      even = even && example.steps == train_.all[0].steps;
      total += example.values.size();
    }
  const bool whole = even && longest <= most_values;
  std::map<std::pair<int32_t, int32_t>, int32_t> ids;
  const auto features = [&](const Examples& part, const Example& example, bool learn) {
    if (!reads_text())
      return value_features(example.values, static_cast<size_t>(dimension_), whole);
    std::vector<int32_t> words;
    for (int32_t form : example.forms)
      words.push_back(part.forms.all[static_cast<size_t>(form)].word);
    return word_features(words, ids, learn);
  };
  SparseRows rows;
  std::vector<int32_t> labels;
  const size_t apart = whole ? 1 + total / most_learnt : 1;
  for (size_t i = 0; i < train_.all.size(); i += apart) {
    append(features(train_, train_.all[i], true), rows);
    labels.push_back(train_.all[i].label);
  }
  const size_t columns =
      reads_text() ? ids.size() : (whole ? longest : 2 * static_cast<size_t>(dimension_));
  if (!LogisticRegression::fits(static_cast<int64_t>(columns), std::ssize(labels_)))
    return std::nullopt;
  const LogisticRegression model(rows, labels, static_cast<int32_t>(columns),
                                 static_cast<int>(labels_.size()));
  SparseRows asked;
  for (const Example& example : held_out.all) append(features(held_out, example, false), asked);
  int64_t right = 0;
  for (size_t i = 0; i < asked.size(); ++i)
    right += model.predict(asked[i]) == held_out.all[i].label;
  return percentage(right, held_out.all.size());
}

}  // namespace cadena
