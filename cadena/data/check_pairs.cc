// SPDX-License-Identifier: MIT
#include "cadena/data/check_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "cadena/data/split_words.h"

namespace cadena {
namespace {

// How many times longer or shorter than usual one side must be to be told.
constexpr double odd_ratio = 9;

using Lengths = std::vector<int64_t>;  // in words
using Side = std::string TextPair::*;

ParallelText read(const PairFiles& files, Findings& findings) {
  findings.file = files.path == "-" ? "stdin" : files.path;
  try {
    return read_pairs(files, [&](const Error& error) { findings.problem(error); });
  } catch (const Error& error) {
    if (findings.problems.empty()) throw;
    findings.problem(error);
    return {};
  }
}

Lengths lengths_of(const ParallelText& text, Side side) {
  Lengths lengths;
  for (const TextPair& pair : text.pairs) lengths.push_back(std::ssize(split_words(pair.*side)));
  return lengths;
}

std::unordered_set<std::string_view> distinct(const ParallelText& text, Side side) {
  std::unordered_set<std::string_view> texts;
  for (const TextPair& pair : text.pairs) texts.insert(pair.*side);
  return texts;
}

void count_side(const ParallelText& text, Side side, Lengths lengths, const std::string& name,
                Tally& tally) {
  const size_t different = distinct(text, side).size();
  const auto longest = std::ranges::max_element(lengths) - lengths.begin();
  const int64_t line = text.pairs[static_cast<size_t>(longest)].line;
  std::ranges::sort(lengths);
  const auto at = [&](size_t percent) { return lengths[(lengths.size() - 1) * percent / 100]; };
  tally.row(name + "s", fmt::format("{} different; words: half have up to {}, 90% up to {}, 99% up "
                                    "to {}, the longest {}, at line {}",
                                    different, at(50), at(90), at(99), lengths.back(), line));
  tally.members.push(name, Json::object({{"different", different},
                                         {"median", at(50)},
                                         {"percentile_90", at(90)},
                                         {"percentile_99", at(99)},
                                         {"most", lengths.back()},
                                         {"most_line", line}}));
}

/// A kind of note: how many pairs there are of it, and the first of them.
struct Seen {
  int64_t count = 0, line = 0;
  std::string first;

  void add(const TextPair& pair, const std::string& what) {
    if (count++ > 0) return;
    line = pair.line;
    first = what;
  }
  void note(Findings& findings, const std::string& key, Tally& tally) const {
    tally.members.push(key, count);
    if (count > 0) findings.note(line, fmt::format("{} ({} in all)", first, count));
  }
};

void find_odd(const ParallelText& text, const Lengths& sources, const Lengths& targets,
              Findings& findings, Tally& tally) {
  double words = 0, others = 0;
  for (int64_t length : sources) words += static_cast<double>(length);
  for (int64_t length : targets) others += static_cast<double>(length);
  const double usual = others / words;
  tally.row("ratio", fmt::format("{:.2f} words of target for a word of source", usual));
  tally.members.push("ratio", usual);

  std::set<std::pair<std::string_view, std::string_view>> before;
  Seen repeated, equal, odd;
  for (size_t i = 0; i < text.pairs.size(); ++i) {
    const TextPair& pair = text.pairs[i];
    if (!before.emplace(pair.source, pair.target).second) repeated.add(pair, "same pair as before");
    if (pair.source == pair.target) equal.add(pair, "source and target are equal");
    // A word more on both sides, so that few words are not odd by one of them.
    const double ratio =
        (static_cast<double>(targets[i]) + 1) / (usual * static_cast<double>(sources[i]) + 1);
    if (ratio > odd_ratio || ratio * odd_ratio < 1)
      odd.add(pair, fmt::format("{} words of target for {} of source, far from {:.2f} for one",
                                targets[i], sources[i], usual));
  }
  repeated.note(findings, "repeated", tally);
  equal.note(findings, "equal", tally);
  odd.note(findings, "odd_lengths", tally);
}

Tally compare(const ParallelText& text, const ParallelText& other) {
  Tally tally = Tally::against(other.file);
  const auto share = [&](const std::string& key, const char* label, Side side) {
    const auto here = distinct(text, side), theirs = distinct(other, side);
    tally.share(key, label,
                std::ranges::count_if(theirs, [&](std::string_view t) { return here.contains(t); }),
                std::ssize(theirs));
  };
  share("sources", "sources", &TextPair::source);
  share("targets", "targets", &TextPair::target);
  return tally;
}

}  // namespace

PairCheck check_pairs(const PairFiles& files, const PairFiles& against) {
  PairCheck check;
  const ParallelText text = read(files, check.findings);
  check.counts.count("pairs", std::ssize(text.pairs));
  if (!text.pairs.empty()) {
    const Lengths sources = lengths_of(text, &TextPair::source),
                  targets = lengths_of(text, &TextPair::target);
    count_side(text, &TextPair::source, sources, "source", check.counts);
    count_side(text, &TextPair::target, targets, "target", check.counts);
    find_odd(text, sources, targets, check.findings, check.counts);
  }
  check.findings.sort();
  if (!against.path.empty()) {
    Findings ignored;  // the faults of the other text are for its own check
    check.overlap = compare(text, read(against, ignored));
  }
  return check;
}

}  // namespace cadena
