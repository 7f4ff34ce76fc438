// SPDX-License-Identifier: MIT
#include "cadena/data/parallel_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>

#include "cadena/base/hash.h"
#include "cadena/base/utf8.h"
#include "cadena/data/lines.h"
#include "cadena/data/split_words.h"

namespace cadena {
namespace {

std::string_view trimmed(std::string_view text) {
  return first_words(text, std::numeric_limits<int64_t>::max());
}

class PairReader {
 public:
  PairReader(const std::string& path, const OnFault& on_fault)
      : lines_(path), on_fault_(on_fault), text_{.file = lines_.file(), .pairs = {}} {}

  ParallelText table() {
    while (const std::optional<Line> line = lines_.next()) {
      if (faulty(*line, lines_.file()) || trimmed(line->text).empty()) continue;
      const size_t tab = line->text.find('\t');
      if (tab == line->text.npos) {
        fault(lines_.file(), line->number, fmt::format("no tab: \"{}\"", printable(line->text)),
              "expected lines of a source, a tab and a target; two files are named one by one");
        continue;
      }
      const std::string_view rest = line->text.substr(tab + 1);
      add(trimmed(line->text.substr(0, tab)), trimmed(rest.substr(0, rest.find('\t'))),
          line->number, lines_.file());
    }
    return done();
  }

  ParallelText with(const std::string& path) {
    LineReader targets(path);
    for (;;) {
      const std::optional<Line> source = lines_.next(), target = targets.next();
      if (!source || !target) {
        if (source) uneven(targets, lines_, *source);
        if (target) uneven(lines_, targets, *target);
        return done();
      }
      const bool bad = faulty(*source, lines_.file()), also = faulty(*target, targets.file());
      if (!bad && !also)
        add(trimmed(source->text), trimmed(target->text), source->number, targets.file());
    }
  }

 private:
  void fault(const std::string& file, int64_t line, std::string what, std::string hint) const {
    on_fault_(Error(Place{file, line}, std::move(what), std::move(hint)));
  }

  bool faulty(const Line& line, const std::string& file) const {
    const std::optional<LineFault> found = line_fault(line);
    if (found) fault(file, line.number, found->what, found->hint);
    return found.has_value();
  }

  void add(std::string_view source, std::string_view target, int64_t line,
           const std::string& target_file) {
    if (source.empty() && target.empty()) return;
    if (source.empty())
      fault(lines_.file(), line, fmt::format("no source for \"{}\"", printable(target)), hint);
    else if (target.empty())
      fault(target_file, line, fmt::format("no target for \"{}\"", printable(source)), hint);
    else
      text_.pairs.push_back({std::string(source), std::string(target), line});
  }

  /// `first` is the first line of `longer` that `shorter` has not.
  void uneven(const LineReader& shorter, LineReader& longer, const Line& first) const {
    int64_t last = first.number;
    while (const std::optional<Line> line = longer.next()) last = line->number;
    fault(shorter.file(), first.number,
          fmt::format("{} lines, but {} has {}", first.number - 1, longer.file(), last),
          "line by line the two files must belong together");
  }

  ParallelText done() {
    if (text_.pairs.empty())
      throw Error(
          Place{text_.file}, "no pair of texts in it",
          "expected a source, a tab and a target a line, or a second file with the targets");
    return std::move(text_);
  }

  static constexpr const char* hint = "remove the pair, or write what is missing";

  LineReader lines_;
  const OnFault& on_fault_;
  ParallelText text_;
};

/// For each pair, the first that it is tied to by equal texts, over any number of pairs.
class Ties {
 public:
  explicit Ties(const std::vector<TextPair>& pairs) : parents_(pairs.size()) {
    std::iota(parents_.begin(), parents_.end(), size_t{0});
    for (std::string TextPair::*side : {&TextPair::source, &TextPair::target}) {
      std::unordered_map<std::string_view, size_t> first;
      for (size_t i = 0; i < pairs.size(); ++i)
        tie(i, first.try_emplace(pairs[i].*side, i).first->second);
    }
  }

  size_t root(size_t pair) {
    while (parents_[pair] != pair) pair = parents_[pair] = parents_[parents_[pair]];
    return pair;
  }

 private:
  void tie(size_t a, size_t b) {
    a = root(a);
    b = root(b);
    parents_[std::max(a, b)] = std::min(a, b);
  }

  std::vector<size_t> parents_;
};

std::string hash(const TextPair& pair, const std::string& seed) {
  const std::string_view parts[] = {seed, "\n", pair.source, "\n", pair.target};
  return xxh3_128_hex(parts);
}

}  // namespace

ParallelText read_pairs(const PairFiles& files, const OnFault& on_fault) {
  if (files.path == "-" && files.targets == "-")
    throw Error(Place{"stdin"}, "both sources and targets are to come from here",
                "name a file for one of them");
  PairReader reader(files.path, on_fault);
  return files.targets.empty() ? reader.table() : reader.with(files.targets);
}

std::vector<TextReferences> references_of(std::vector<TextPair> pairs) {
  std::vector<TextReferences> texts;
  for (TextPair& pair : pairs) {
    if (texts.empty() || texts.back().source != pair.source)
      texts.push_back({std::move(pair.source), {}});
    texts.back().targets.push_back(std::move(pair.target));
  }
  return texts;
}

PairSplit split_pairs(std::vector<TextPair> pairs, double share, uint64_t seed) {
  Ties ties(pairs);
  struct Group {
    std::string hash;  // the lowest of its pairs
    int64_t size = 0;
    bool held_out = false;
  };
  std::map<size_t, Group> groups;  // by root
  const std::string seed_text = std::to_string(seed);
  for (size_t i = 0; i < pairs.size(); ++i) {
    Group& group = groups[ties.root(i)];
    const std::string value = hash(pairs[i], seed_text);
    if (group.size++ == 0 || value < group.hash) group.hash = value;
  }
  std::vector<Group*> order;
  for (auto& [root, group] : groups) order.push_back(&group);
  std::ranges::sort(order, {},
                    [](const Group* group) -> const std::string& { return group->hash; });
  auto left = static_cast<int64_t>(share * static_cast<double>(pairs.size()));
  for (Group* group : order) {
    group->held_out = group->size <= left;
    if (group->held_out) left -= group->size;
  }
  PairSplit split;
  for (size_t i = 0; i < pairs.size(); ++i)
    (groups[ties.root(i)].held_out ? split.held_out : split.rest).push_back(std::move(pairs[i]));
  return split;
}

int64_t mean_target_words(std::span<const TextPair> pairs) {
  double sum = 0;
  for (const TextPair& pair : pairs) sum += static_cast<double>(split_words(pair.target).size());
  return std::max<int64_t>(1, std::llround(sum / std::max(1.0, static_cast<double>(pairs.size()))));
}

std::string_view first_words(std::string_view text, int64_t count) {
  std::vector<std::string_view> words = split_words(text);
  if (std::ssize(words) > count) words.resize(static_cast<size_t>(std::max<int64_t>(0, count)));
  if (words.empty()) return {};
  const char* end = words.back().data() + words.back().size();
  return {words.front().data(), static_cast<size_t>(end - words.front().data())};
}

}  // namespace cadena
