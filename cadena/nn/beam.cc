// SPDX-License-Identifier: MIT
#include "cadena/nn/beam.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include "cadena/base/error.h"
#include "cadena/base/parallel.h"
#include "cadena/base/stop.h"
#include "cadena/kernels/top.h"

namespace cadena {
namespace {

struct Node {
  int64_t parent;  // -1: none
  int32_t symbol;
};

// A hypothesis that goes on: its last node, and its row of the last step.
struct Live {
  int64_t node;
  int32_t symbol, row;
  double log_probability;
};

struct Candidate {
  double log_probability;
  size_t parent;  // among the live
  int32_t symbol;
};

// What the rows of a step say, the best `width` of each.
struct Choices {
  int64_t width;
  std::vector<int32_t> symbols;
  std::vector<float> logits;
  std::vector<double> normalisers;

  Choices(const Tensor& scores, int64_t best)
      : width(std::min(best, scores.cols())),
        symbols(static_cast<size_t>(scores.rows() * width)),
        logits(symbols.size()),
        normalisers(static_cast<size_t>(scores.rows())) {
    parallel_for(scores.rows(), [&](int64_t i) {
      const auto first = static_cast<size_t>(i * width);
      normalisers[static_cast<size_t>(i)] = kernels::top(
          scores.cols(), scores.data() + i * scores.cols(), width, &symbols[first], &logits[first]);
    });
    if (!std::ranges::all_of(normalisers, [](double value) { return std::isfinite(value); }))
      throw Error("beam search: the logits are not finite");
  }
};

// The search of one source.
class Search {
 public:
  Search(int32_t source, int32_t start, int most, const BeamOptions& options)
      : options_(options), most_(most), live_{{-1, start, source, 0}} {
    if (most < 1) finish(live_[0].node, 0, 0), live_.clear();
  }

  const std::vector<Live>& live() const { return live_; }
  const std::vector<Hypothesis>& answers() const { return answers_; }

  // One symbol more; the live hypotheses had the rows from `first` on.
  void advance(const Choices& choices, int32_t first, int32_t end) {
    ++length_;
    std::vector<Live> next;
    for (const Candidate& c : candidates(choices, first)) {
      const Live& parent = live_[c.parent];
      if (c.symbol == end) {
        finish(parent.node, length_, c.log_probability);
        continue;
      }
      nodes_.push_back({parent.node, c.symbol});
      const int64_t node = std::ssize(nodes_) - 1;
      if (length_ == most_)
        finish(node, length_, c.log_probability);
      else
        next.push_back({node, c.symbol, first + static_cast<int32_t>(c.parent), c.log_probability});
    }
    live_ = std::move(next);
    if (done()) live_.clear();
    if (live_.empty()) answers_.resize(std::min(answers_.size(), wanted()));
  }

 private:
  size_t wanted() const { return static_cast<size_t>(options_.n_best); }

  // The best that places are left for.
  std::vector<Candidate> candidates(const Choices& choices, int32_t first) const {
    std::vector<Candidate> all;
    for (size_t i = 0; i < live_.size(); ++i) {
      const size_t row = static_cast<size_t>(first) + i;
      for (size_t j = row * static_cast<size_t>(choices.width);
           j < (row + 1) * static_cast<size_t>(choices.width); ++j)
        if (choices.symbols[j] >= 0)
          all.push_back({live_[i].log_probability + choices.logits[j] - choices.normalisers[row], i,
                         choices.symbols[j]});
    }
    const size_t places =
        std::min(all.size(), static_cast<size_t>(options_.width) - answers_.size());
    const auto order = [](const Candidate& a, const Candidate& b) {
      return std::tuple(-a.log_probability, a.parent, a.symbol) <
             std::tuple(-b.log_probability, b.parent, b.symbol);
    };
    std::ranges::partial_sort(all, all.begin() + static_cast<std::ptrdiff_t>(places), order);
    all.resize(places);
    return all;
  }

  double normalised(double log_probability, int length) const {
    return log_probability / std::pow((5.0 + length) / 6.0, double{options_.length_power});
  }

  void finish(int64_t node, int length, double log_probability) {
    Hypothesis answer{{}, log_probability, normalised(log_probability, length)};
    for (; node >= 0; node = nodes_[static_cast<size_t>(node)].parent)
      answer.symbols.push_back(nodes_[static_cast<size_t>(node)].symbol);
    std::ranges::reverse(answer.symbols);
    const auto place = std::ranges::upper_bound(answers_, answer.score, std::ranges::greater(),
                                                &Hypothesis::score);
    answers_.insert(place, std::move(answer));
  }

  // True if no live hypothesis can become one of the wanted answers: its probability only falls,
  // and no length is more lenient than the longest.
  bool done() const {
    return answers_.size() >= wanted() && std::ranges::all_of(live_, [&](const Live& live) {
             return normalised(live.log_probability, most_) <= answers_[wanted() - 1].score;
           });
  }

  BeamOptions options_;
  int most_, length_ = 0;
  std::vector<Live> live_;
  std::vector<Node> nodes_;
  std::vector<Hypothesis> answers_;  // best first
};

void check(const BeamOptions& o) {
  if (o.width < 1 || o.n_best < 1 || o.n_best > o.width)
    throw Error("beam search: " + std::to_string(o.n_best) + " answers of a beam of " +
                    std::to_string(o.width),
                "both are at least 1, and the beam is at least as wide");
  if (!(o.length_power >= 0)) throw Error("beam search: the power of the length is below 0");
}

}  // namespace

std::vector<std::vector<Hypothesis>> beam_search(const BeamStep& step, int32_t start, int32_t end,
                                                 std::span<const int> most,
                                                 const BeamOptions& options) {
  stop_if_wanted();
  check(options);
  std::vector<Search> searches;
  for (size_t i = 0; i < most.size(); ++i)
    searches.emplace_back(static_cast<int32_t>(i), start, most[i], options);
  for (;;) {
    std::vector<int32_t> symbols, from;
    for (const Search& search : searches)
      for (const Live& live : search.live()) {
        symbols.push_back(live.symbol);
        from.push_back(live.row);
      }
    if (symbols.empty()) break;
    const Choices choices(step(symbols, from), options.width);
    int32_t row = 0;
    for (Search& search : searches) {
      const auto rows = static_cast<int32_t>(search.live().size());
      if (rows > 0) search.advance(choices, row, end);
      row += rows;
    }
  }
  std::vector<std::vector<Hypothesis>> answers;
  for (const Search& search : searches) answers.push_back(search.answers());
  return answers;
}

}  // namespace cadena
