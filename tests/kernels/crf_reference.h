// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "cadena/kernels/crf.h"
#include "cadena/tensor/layout.h"
#include "tests/support/random.h"

namespace cadena::kernels {

using Path = std::vector<size_t>;  // one tag per step

/// A conditional random field with a packed batch of scores and its tags.
struct CrfProblem {
  size_t tags;
  Layout layout;
  std::vector<float> transitions, start, end, scores;
  std::vector<int32_t> gold;

  CrfProblem(int64_t k, const std::vector<int>& lengths, Rng& rng, float deviation = 2)
      : tags(static_cast<size_t>(k)),
        layout(lengths),
        transitions(normal_values(k * k, rng, deviation)),
        start(normal_values(k, rng, deviation)),
        end(normal_values(k, rng, deviation)),
        scores(normal_values(layout.rows() * k, rng, deviation)),
        gold(random_ids(layout.rows(), k, rng)) {}

  Crf view() const {
    return {static_cast<int64_t>(tags), transitions.data(), start.data(), end.data(),
            layout.lengths(),           layout.offsets()};
  }

  /// Forbids a third of the tables, but for what the gold tags need.
  void forbid_some(Rng& rng) {
    const CrfProblem before = *this;
    for (std::vector<float>* table : {&transitions, &start, &end})
      for (float& value : *table)
        if (rng.below(3) == 0) value = forbidden;
    for (int b = 0; b < layout.sequences(); ++b) {
      const Path path = path_of(b, gold);
      if (path.empty()) continue;
      start[path.front()] = before.start[path.front()];
      end[path.back()] = before.end[path.back()];
      for (size_t t = 1; t < path.size(); ++t) {
        const size_t at = pair(path[t - 1], path[t]);
        transitions[at] = before.transitions[at];
      }
    }
  }

  /// The tags of sequence b out of one per row.
  Path path_of(int b, const std::vector<int32_t>& rows) const {
    Path path;
    for (int t = 0; t < layout.length(b); ++t)
      path.push_back(static_cast<size_t>(rows[static_cast<size_t>(layout.row(t, b))]));
    return path;
  }
  size_t pair(size_t from, size_t to) const { return from * tags + to; }
  size_t cell(int b, size_t t, size_t tag) const {
    return static_cast<size_t>(layout.row(static_cast<int>(t), b)) * tags + tag;
  }

  double score(int b, const Path& path) const {
    if (path.empty()) return 0;
    double sum = double{start[path.front()]} + end[path.back()];
    for (size_t t = 0; t < path.size(); ++t) {
      sum += scores[cell(b, t, path[t])];
      if (t > 0) sum += transitions[pair(path[t - 1], path[t])];
    }
    return sum;
  }
};

/// What is expected of a CrfProblem, in double: the loss, its gradients, and for each sequence the
/// score of the best tags.
struct CrfAnswer {
  double loss = 0;
  std::vector<double> scores, transitions, start, end, best;

  explicit CrfAnswer(const CrfProblem& p)
      : scores(p.scores.size()),
        transitions(p.transitions.size()),
        start(p.start.size()),
        end(p.end.size()) {}

  void add_path(const CrfProblem& p, int b, const Path& path, double weight) {
    start[path.front()] += weight;
    end[path.back()] += weight;
    for (size_t t = 0; t < path.size(); ++t) {
      scores[p.cell(b, t, path[t])] += weight;
      if (t > 0) transitions[p.pair(path[t - 1], path[t])] += weight;
    }
  }
  void add_gold(const CrfProblem& p, int b, double log_z) {
    const Path gold = p.path_of(b, p.gold);
    loss += log_z - p.score(b, gold);
    add_path(p, b, gold, -1);
  }
};

/// By looking at every path: for short sequences.
inline CrfAnswer by_enumeration(const CrfProblem& p) {
  CrfAnswer answer(p);
  for (int b = 0; b < p.layout.sequences(); ++b) {
    std::vector<Path> paths{{}};
    for (int t = 0; t < p.layout.length(b); ++t) {
      std::vector<Path> longer;
      for (const Path& path : paths)
        for (size_t tag = 0; tag < p.tags; ++tag) {
          longer.push_back(path);
          longer.back().push_back(tag);
        }
      paths = std::move(longer);
    }
    double best = -std::numeric_limits<double>::infinity(), total = 0;
    for (const Path& path : paths) best = std::max(best, p.score(b, path));
    for (const Path& path : paths) total += std::exp(p.score(b, path) - best);
    answer.best.push_back(best);
    if (p.layout.length(b) == 0) continue;
    for (const Path& path : paths)
      answer.add_path(p, b, path, std::exp(p.score(b, path) - best) / total);
    answer.add_gold(p, b, best + std::log(total));
  }
  return answer;
}

inline double log_sum(const std::vector<double>& terms) {
  const double top = *std::max_element(terms.begin(), terms.end());
  double sum = 0;
  for (double term : terms) sum += std::exp(term - top);
  return top + std::log(sum);
}

inline double largest(const std::vector<double>& terms) {
  return *std::max_element(terms.begin(), terms.end());
}

using Table = std::vector<std::vector<double>>;  // [length][tags]
using Sum = double (*)(const std::vector<double>&);

/// Sum over all paths that lead to each tag of each step; its own score is included.
inline Table forwards(const CrfProblem& p, int b, Sum sum) {
  Table table(static_cast<size_t>(p.layout.length(b)), std::vector<double>(p.tags));
  for (size_t t = 0; t < table.size(); ++t)
    for (size_t j = 0; j < p.tags; ++j) {
      std::vector<double> terms{p.start[j]};
      if (t > 0) terms.clear();
      for (size_t i = 0; t > 0 && i < p.tags; ++i)
        terms.push_back(table[t - 1][i] + p.transitions[p.pair(i, j)]);
      table[t][j] = sum(terms) + p.scores[p.cell(b, t, j)];
    }
  return table;
}

/// Sum over all paths that go on from each tag of each step; its own score is not included.
inline Table backwards(const CrfProblem& p, int b) {
  Table table(static_cast<size_t>(p.layout.length(b)), std::vector<double>(p.tags));
  for (size_t t = table.size(); t-- > 0;)
    for (size_t i = 0; i < p.tags; ++i) {
      std::vector<double> terms{p.end[i]};
      if (t + 1 < table.size()) terms.clear();
      for (size_t j = 0; t + 1 < table.size() && j < p.tags; ++j)
        terms.push_back(double{p.transitions[p.pair(i, j)]} + p.scores[p.cell(b, t + 1, j)] +
                        table[t + 1][j]);
      table[t][i] = log_sum(terms);
    }
  return table;
}

/// Sum over all whole paths.
inline double whole(const CrfProblem& p, const Table& forward, Sum sum) {
  std::vector<double> terms;
  for (size_t j = 0; j < p.tags; ++j) terms.push_back(forward.back()[j] + p.end[j]);
  return sum(terms);
}

/// By the textbook recursions: for any length.
inline CrfAnswer by_recursion(const CrfProblem& p) {
  CrfAnswer answer(p);
  for (int b = 0; b < p.layout.sequences(); ++b) {
    answer.best.push_back(0);
    if (p.layout.length(b) == 0) continue;
    const Table alpha = forwards(p, b, log_sum), beta = backwards(p, b);
    const double log_z = whole(p, alpha, log_sum);
    answer.best.back() = whole(p, forwards(p, b, largest), largest);
    for (size_t t = 0; t < alpha.size(); ++t)
      for (size_t j = 0; j < p.tags; ++j) {
        const double probability = std::exp(alpha[t][j] + beta[t][j] - log_z);
        answer.scores[p.cell(b, t, j)] += probability;
        if (t == 0) answer.start[j] += probability;
        if (t + 1 == alpha.size()) answer.end[j] += probability;
        for (size_t i = 0; t > 0 && i < p.tags; ++i)
          answer.transitions[p.pair(i, j)] +=
              std::exp(alpha[t - 1][i] + p.transitions[p.pair(i, j)] + p.scores[p.cell(b, t, j)] +
                       beta[t][j] - log_z);
      }
    answer.add_gold(p, b, log_z);
  }
  return answer;
}

}  // namespace cadena::kernels
