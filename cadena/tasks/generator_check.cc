// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_set>

#include "cadena/base/utf8.h"
#include "cadena/data/check.h"
#include "cadena/data/vocabulary.h"
#include "cadena/tasks/generator.h"

namespace cadena {
namespace {

constexpr int64_t rare = 10;     // below it a character is hardly learnt
constexpr int64_t telling = 20;  // characters; shorter lines are the same by chance

using StringSet = std::unordered_set<std::string, StringHash, std::equal_to<>>;

struct TextCounts {
  int64_t lines = 0, characters = 0, words = 0, longest = 0, longest_at = 0;
  std::map<char32_t, int64_t> alphabet;
  StringSet different_words, telling_lines;
};

/// What stands between blanks, as TextUnits has it.
template <class Function>
void each_word(std::string_view line, Function function) {
  for (size_t begin = 0; (begin = line.find_first_not_of(" \t", begin)) != line.npos;) {
    const size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    function(line.substr(begin, end - begin));
    begin = end;
  }
}

/// `keep_lines`: for a comparison.
TextCounts scan(const std::string& path, Findings& findings, bool keep_lines) {
  TextCounts counts;
  CheckedLines lines(path, findings);
  while (const std::optional<Line> line = lines.next()) {
    const std::u32string characters = code_points(line->text);
    const int64_t length = std::ssize(characters);
    ++counts.lines;
    counts.characters += length + 1;
    for (char32_t character : characters) ++counts.alphabet[character];
    if (length > counts.longest) {
      counts.longest = length;
      counts.longest_at = line->number;
    }
    each_word(line->text, [&](std::string_view word) {
      ++counts.words;
      counts.different_words.emplace(word);
    });
    if (keep_lines && length >= telling) counts.telling_lines.emplace(line->text);
  }
  if (counts.lines == 0) findings.problem(0, "no text in it");
  return counts;
}

Tally tally_of(const TextCounts& counts) {
  const int64_t few = std::ranges::count_if(
      counts.alphabet, [](const auto& character) { return character.second < rare; });
  Tally tally;
  tally.count("lines", counts.lines);
  tally.count("characters", counts.characters);
  tally.row("alphabet", fmt::format("{} different characters, {} of them less than {} times",
                                    counts.alphabet.size(), few, rare));
  tally.members.push("character_types", counts.alphabet.size());
  tally.members.push("rare_character_types", few);
  tally.row("words",
            fmt::format("{}, {} of them different", counts.words, counts.different_words.size()));
  tally.members.push("words", counts.words);
  tally.members.push("word_types", counts.different_words.size());
  tally.row("longest", fmt::format("{} characters, at line {}", counts.longest, counts.longest_at));
  tally.members.push("longest_line", counts.longest);
  tally.members.push("longest_line_number", counts.longest_at);
  return tally;
}

Tally compare(const TextCounts& seen, const std::string& path) {
  Findings ignored;  // the faults of the other file are for its own check
  CheckedLines other(path, ignored);
  int64_t lines = 0, shared_lines = 0, words = 0, shared_words = 0;
  while (const std::optional<Line> line = other.next()) {
    if (std::ssize(code_points(line->text)) >= telling) {
      ++lines;
      shared_lines += seen.telling_lines.contains(line->text);
    }
    each_word(line->text, [&](std::string_view word) {
      ++words;
      shared_words += seen.different_words.contains(word);
    });
  }
  Tally tally = Tally::against(ignored.file);
  tally.share("lines", fmt::format("lines of {}+", telling), shared_lines, lines);
  tally.share("words", "words", shared_words, words);
  return tally;
}

}  // namespace

Check Generator::check(const std::string& path, const CheckOptions& options) const {
  const bool compared = !options.against.empty();
  Findings findings;
  const TextCounts counts = scan(path, findings, compared);
  findings.sort();
  const Tally tally = tally_of(counts);
  const Tally overlap = compared ? compare(counts, options.against) : Tally();
  return {findings.problems.empty(), to_text(findings, tally, overlap, options.most_problems),
          to_json(name(), findings, tally, overlap)};
}

}  // namespace cadena
