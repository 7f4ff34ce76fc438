// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "cadena/base/utf8.h"
#include "cadena/data/check.h"
#include "cadena/tasks/describer.h"

namespace cadena {
namespace {

using Normalised = std::function<std::string(std::string_view)>;
using Split = std::function<std::vector<std::string>(std::string_view)>;

/// An error that ends the reading is a problem like others if it is not the first.
CaptionSet read_set(const std::string& path, const CaptionOptions& options, Findings& findings) {
  findings.file = path;
  try {
    return read_captions(path, options, [&](const Error& error) { findings.problem(error); });
  } catch (const Error& error) {
    if (findings.problems.empty()) throw;
    findings.problem(error);
    return {};
  }
}

std::string_view content_of(const Captioned& item) {
  return {reinterpret_cast<const char*>(item.values.data()), item.values.size() * sizeof(float)};
}

void find_repeated(const CaptionSet& set, const Normalised& normal_form, Findings& findings) {
  std::unordered_map<std::string_view, const Captioned*> first;
  std::vector<std::pair<const Captioned*, const Captioned*>> same;
  for (const Captioned& item : set.items) {
    const auto [found, added] = first.try_emplace(content_of(item), &item);
    if (!added) same.emplace_back(&item, found->second);
    std::unordered_set<std::string> said;
    for (const std::string& sentence : item.sentences)
      if (!said.insert(normal_form(sentence)).second)
        findings.note(item.line, fmt::format("\"{}\" has a sentence twice: \"{}\"",
                                             printable(item.name), printable(sentence)));
  }
  if (!same.empty())
    findings.note(same[0].first->line, fmt::format("\"{}\" looks as \"{}\" does ({} such in all)",
                                                   printable(same[0].first->name),
                                                   printable(same[0].second->name), same.size()));
}

struct SentenceCounts {
  int64_t sentences = 0, words = 0, longest = 0, longest_line = 0;
  std::map<std::string, int64_t> different_sentences, different_words;
};

SentenceCounts count(const CaptionSet& set, const Normalised& normal_form, const Split& words_of) {
  SentenceCounts counts;
  for (const Captioned& item : set.items)
    for (const std::string& sentence : item.sentences) {
      const std::vector<std::string> words = words_of(sentence);
      ++counts.sentences;
      ++counts.different_sentences[normal_form(sentence)];
      counts.words += std::ssize(words);
      for (const std::string& word : words) ++counts.different_words[word];
      if (std::ssize(words) <= counts.longest) continue;
      counts.longest = std::ssize(words);
      counts.longest_line = item.line;
    }
  return counts;
}

Tally tally_of(const CaptionSet& set, const SentenceCounts& counts) {
  Tally tally;
  tally.count("items", std::ssize(set.items));
  if (!set.items.empty()) {
    const bool image = set.kind == FeatureKind::image;
    tally.row("kind", image ? "pictures" : fmt::format("vectors of {} values", set.dimension));
    tally.members.push("kind", image ? "image" : "vector");
  }
  tally.row("sentences", fmt::format("{}, {} of them different", counts.sentences,
                                     counts.different_sentences.size()));
  tally.members.push("sentences", counts.sentences);
  tally.members.push("sentence_types", counts.different_sentences.size());
  const int64_t once = std::ranges::count_if(counts.different_words,
                                             [](const auto& word) { return word.second == 1; });
  tally.row("words", fmt::format("{}, {} of them different, {} come once", counts.words,
                                 counts.different_words.size(), once));
  tally.members.push("words", counts.words);
  tally.members.push("word_types", counts.different_words.size());
  tally.members.push("singletons", once);
  tally.row("longest",
            fmt::format("{} words, of the item of line {}", counts.longest, counts.longest_line));
  tally.members.push("longest_sentence", counts.longest);
  tally.members.push("longest_sentence_line", counts.longest_line);
  return tally;
}

template <class Counts>
int64_t shared(const Counts& all, const Counts& seen) {
  return std::ranges::count_if(all, [&](const auto& one) { return seen.contains(one.first); });
}

Tally compare(const CaptionSet& set, const SentenceCounts& counts, const CaptionSet& other,
              const SentenceCounts& theirs) {
  std::unordered_set<std::string_view> seen;
  for (const Captioned& item : set.items) seen.insert(content_of(item));
  Tally tally = Tally::against(other.file);
  tally.share(
      "items", "items",
      std::ranges::count_if(other.items,
                            [&](const Captioned& item) { return seen.contains(content_of(item)); }),
      std::ssize(other.items));
  tally.share("sentences", "sentences",
              shared(theirs.different_sentences, counts.different_sentences),
              std::ssize(theirs.different_sentences));
  tally.share("words", "words", shared(theirs.different_words, counts.different_words),
              std::ssize(theirs.different_words));
  return tally;
}

}  // namespace

Check Describer::check(const std::string& path, const CheckOptions& options) const {
  const CaptionOptions wanted = caption_options(true);
  const Normalised normal_form = [this](std::string_view text) { return this->normal_form(text); };
  const Split words_of = [this](std::string_view text) { return this->words_of(text); };
  Findings findings;
  const CaptionSet set = read_set(path, wanted, findings);
  find_repeated(set, normal_form, findings);
  findings.sort();
  const SentenceCounts counts = count(set, normal_form, words_of);
  const Tally tally = tally_of(set, counts);
  Tally overlap;
  if (!options.against.empty()) {
    const CaptionSet other = read_captions(options.against, wanted, [](const Error&) {});
    overlap = compare(set, counts, other, count(other, normal_form, words_of));
  }
  return {findings.problems.empty(), to_text(findings, tally, overlap, options.most_problems),
          to_json(name(), findings, tally, overlap)};
}

}  // namespace cadena
