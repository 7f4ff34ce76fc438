// SPDX-License-Identifier: MIT
#include "cadena/data/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "cadena/data/conll.h"
#include "cadena/data/vocabulary.h"

namespace cadena {

namespace {

const ConllColumns word_and_tag{{1, -1}};

const std::vector<std::string>& words(const Sentence& sentence) { return sentence.fields[0]; }
const std::vector<std::string>& tags(const Sentence& sentence) { return sentence.fields[1]; }

/// Reads a file as ConllReader does, but writes faults down and goes on.
class Scan {
 public:
  Scan(const std::string& path, DataReport& report) : lines_(path), report_(report) {}

  Table run() {
    table_.file = lines_.file();
    while (const std::optional<Line> line = lines_.next()) read(*line);
    end_sentence();
    if (table_.sentences.empty()) problem(0, "no sentence in it");
    if (crlf_ > 0) note(0, fmt::format("{} lines end with CR LF", crlf_));
    return std::move(table_);
  }

 private:
  void problem(int64_t line, std::string what) {
    report_.problems.push_back({line, std::move(what)});
  }
  void note(int64_t line, std::string what) { report_.notes.push_back({line, std::move(what)}); }

  void read(const Line& line) {
    if (line.byte_order_mark) note(line.number, "byte order mark at the start of the file");
    crlf_ += line.carriage_return;
    if (const std::optional<LineFault> fault = line_fault(line)) {
      after_break_ = false;
      return problem(line.number, fault->what);
    }
    split_columns(line.text, columns_);
    if (columns_.empty()) {
      if (after_break_) note(line.number, "empty line after an empty line");
      after_break_ = true;
    } else {
      after_break_ = false;
    }
    if (is_break(columns_)) return end_sentence();
    if (const std::optional<LineFault> fault = columns_fault(columns_, word_and_tag))
      return problem(line.number, fault->what);
    compare_form(line);
    append_token(sentence_, columns_, word_and_tag, line.number);
  }

  /// Every line should have as many columns as the first, parted in the same way.
  void compare_form(const Line& line) {
    const bool tabs = line.text.find('\t') != std::string_view::npos;
    if (first_line_ == 0) {
      first_line_ = line.number;
      first_columns_ = columns_.size();
      first_tabs_ = tabs;
    }
    if (columns_.size() != first_columns_)
      problem(line.number, fmt::format("{} columns, but line {} has {}", columns_.size(),
                                       first_line_, first_columns_));
    if (tabs != first_tabs_)
      problem(line.number,
              fmt::format("columns parted by {}, but in line {} by {}", tabs ? "tabs" : "spaces",
                          first_line_, first_tabs_ ? "tabs" : "spaces"));
  }

  void end_sentence() {
    if (sentence_.size() > 0) table_.sentences.push_back(std::exchange(sentence_, {}));
  }

  LineReader lines_;
  DataReport& report_;
  Table table_;
  Sentence sentence_;
  std::vector<std::string_view> columns_;
  int64_t crlf_ = 0;
  bool after_break_ = false;
  int64_t first_line_ = 0;
  size_t first_columns_ = 0;
  bool first_tabs_ = false;
};

std::string join(const std::vector<std::string>& words, size_t begin, size_t end) {
  std::string text;
  for (size_t i = begin; i < end; ++i) text += (i > begin ? " " : "") + words[i];
  return text;
}

std::string text(const Sentence& sentence) { return join(words(sentence), 0, sentence.size()); }

/// The scheme of the tags, if most of them have the form of entity tags at all.
std::optional<Scheme> scheme_of(const Table& table) {
  SchemeDetector detector;
  int64_t formed = 0;
  for (const Sentence& sentence : table.sentences) {
    detector.add(tags(sentence));
    formed += std::ranges::count_if(tags(sentence), is_tag_form);
  }
  if (2 * formed <= table.tokens()) return std::nullopt;
  return detector.scheme();
}

void count(const Table& table, DataReport& report) {
  report.sentences = static_cast<int64_t>(table.sentences.size());
  report.tokens = table.tokens();
  SymbolCounts seen;
  for (const Sentence& sentence : table.sentences) {
    const auto length = static_cast<int64_t>(sentence.size());
    if (length > report.longest_sentence) {
      report.longest_sentence = length;
      report.longest_sentence_line = sentence.lines.front();
    }
    for (const std::string& word : words(sentence)) ++seen[word];
    for (const std::string& tag : tags(sentence)) ++report.tags[tag];
    if (report.scheme)
      for (const Entity& entity : entities(tags(sentence))) ++report.entities[entity.type];
  }
  report.word_types = static_cast<int64_t>(seen.size());
  report.singletons = std::ranges::count(seen, int64_t{1}, &SymbolCounts::value_type::second);
}

void find_tag_faults(const Table& table, DataReport& report) {
  if (table.sentences.empty()) return;
  if (!report.scheme) return report.notes.push_back({0, "the last column holds no entity tags"});
  for (const Sentence& sentence : table.sentences)
    for (TagFault& fault : tag_faults(tags(sentence), *report.scheme))
      report.problems.push_back({sentence.lines[fault.token], std::move(fault.what)});
}

void find_duplicates(const Table& table, DataReport& report) {
  std::unordered_map<std::string, int64_t> first;
  for (const Sentence& sentence : table.sentences) {
    const int64_t line = sentence.lines.front();
    const auto [found, added] = first.try_emplace(text(sentence), line);
    if (!added)
      report.notes.push_back({line, fmt::format("same sentence as at line {}", found->second)});
  }
}

/// What a file has seen: its sentences, entity texts and words.
struct Seen {
  std::unordered_set<std::string> sentences, names, words;

  explicit Seen(const Table& table) {
    for (const Sentence& sentence : table.sentences) {
      const std::vector<std::string>& all = cadena::words(sentence);
      sentences.insert(text(sentence));
      words.insert(all.begin(), all.end());
      for (const Entity& entity : entities(tags(sentence)))
        names.insert(join(all, static_cast<size_t>(entity.begin), static_cast<size_t>(entity.end)));
    }
  }
};

int64_t shared(const std::unordered_set<std::string>& texts,
               const std::unordered_set<std::string>& seen) {
  return std::ranges::count_if(texts, [&](const std::string& t) { return seen.contains(t); });
}

Overlap compare(const Table& table, const Table& other) {
  const Seen seen(table), theirs(other);
  return {.file = other.file,
          .sentences = static_cast<int64_t>(other.sentences.size()),
          .shared_sentences = std::ranges::count_if(
              other.sentences, [&](const Sentence& s) { return seen.sentences.contains(text(s)); }),
          .names = static_cast<int64_t>(theirs.names.size()),
          .shared_names = shared(theirs.names, seen.names),
          .words = static_cast<int64_t>(theirs.words.size()),
          .shared_words = shared(theirs.words, seen.words)};
}

}  // namespace

DataReport check_data(const std::string& path, const std::string& against) {
  DataReport report;
  const Table table = Scan(path, report).run();
  report.file = table.file;
  report.scheme = scheme_of(table);
  count(table, report);
  find_tag_faults(table, report);
  find_duplicates(table, report);
  std::ranges::stable_sort(report.problems, {}, &Problem::line);
  std::ranges::stable_sort(report.notes, {}, &Problem::line);
  if (!against.empty()) {
    DataReport ignored;  // the faults of the other file are for its own check
    report.overlap = compare(table, Scan(against, ignored).run());
  }
  return report;
}

}  // namespace cadena
