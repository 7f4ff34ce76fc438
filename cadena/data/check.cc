// SPDX-License-Identifier: MIT
#include "cadena/data/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "cadena/base/utf8.h"
#include "cadena/data/conll.h"
#include "cadena/data/vocabulary.h"

namespace cadena {

namespace {

const std::vector<std::string>& words(const Sentence& sentence) { return sentence.fields[0]; }
const std::vector<std::string>& tags(const Sentence& sentence) { return sentence.fields[1]; }

/// Reads a file as ConllReader does, but writes faults down and goes on. An unknown tag becomes O,
/// as for training.
class Scan {
 public:
  Scan(const std::string& path, const TagColumns& columns, DataReport& report)
      : checked_(path, report),
        wanted_{{columns.word, columns.tag}},
        unknown_(columns.unknown_tag),
        report_(report) {
    if (!unknown_.empty()) report_.unknown_tags = 0;
  }

  Table run() {
    table_.file = report_.file;
    const auto source = [this] { return checked_.next(); };
    while (const std::optional<Line> line = lines_.next(source)) read(*line, lines_.columns());
    end_sentence();
    if (table_.sentences.empty()) report_.problem(0, "no sentence in it");
    return std::move(table_);
  }

 private:
  void read(const Line& line, std::span<const std::string_view> columns) {
    if (columns.empty()) {
      if (line.number == last_empty_ + 1)
        report_.note(line.number, "empty line after an empty line");
      last_empty_ = line.number;
    }
    if (is_break(columns)) return end_sentence();
    if (const std::optional<LineFault> fault = columns_fault(columns, wanted_))
      return report_.problem(line.number, fault->what);
    compare_form(line, columns.size());
    append_token(sentence_, columns, wanted_, line.number);
    std::string& tag = sentence_.fields[1].back();
    if (has_control(tag))
      report_.problem(line.number,
                      fmt::format("the tag \"{}\" has control characters", printable(tag)));
    count_tag(tag);
  }

  void count_tag(std::string& tag) {
    if (tag != unknown_) {
      ++report_.tags[tag];
      return;
    }
    ++*report_.unknown_tags;
    tag = "O";
  }

  /// Every line should have as many columns as the first, parted in the same way.
  void compare_form(const Line& line, size_t columns) {
    const bool tabs = line.text.find('\t') != std::string_view::npos;
    if (first_line_ == 0) {
      first_line_ = line.number;
      first_columns_ = columns;
      first_tabs_ = tabs;
    }
    if (columns != first_columns_)
      report_.problem(line.number, fmt::format("{} columns, but line {} has {}", columns,
                                               first_line_, first_columns_));
    if (tabs != first_tabs_)
      report_.problem(line.number, fmt::format("columns parted by {}, but in line {} by {}",
                                               tabs ? "tabs" : "spaces", first_line_,
                                               first_tabs_ ? "tabs" : "spaces"));
  }

  void end_sentence() {
    if (sentence_.size() > 0) table_.sentences.push_back(std::exchange(sentence_, {}));
  }

  CheckedLines checked_;
  ConllLines lines_;
  ConllColumns wanted_;
  std::string unknown_;
  DataReport& report_;
  Table table_;
  Sentence sentence_;
  int64_t last_empty_ = -1;
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
std::optional<Scheme> scheme_of(const Table& table, const std::map<std::string, int64_t>& counts) {
  int64_t all = 0, formed = 0;
  for (const auto& [tag, count] : counts) {
    all += count;
    if (is_tag_form(tag)) formed += count;
  }
  if (2 * formed <= all) return std::nullopt;
  SchemeDetector detector;
  for (const Sentence& sentence : table.sentences) detector.add(tags(sentence));
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
    if (report.scheme)
      for (const Entity& entity : entities(tags(sentence))) ++report.entities[entity.type];
  }
  report.word_types = static_cast<int64_t>(seen.size());
  report.singletons = std::ranges::count(seen, int64_t{1}, &SymbolCounts::value_type::second);
}

void find_tag_faults(const Table& table, int column, DataReport& report) {
  if (table.sentences.empty()) return;
  if (!report.scheme)
    return report.note(
        0, fmt::format("{} holds no entity tags",
                       column == -1 ? "the last column" : fmt::format("column {}", column)));
  for (const Sentence& sentence : table.sentences)
    for (TagFault& fault : tag_faults(tags(sentence), *report.scheme))
      report.problem(sentence.lines[fault.token], std::move(fault.what));
}

void find_duplicates(const Table& table, DataReport& report) {
  std::unordered_map<std::string, int64_t> first;
  for (const Sentence& sentence : table.sentences) {
    const int64_t line = sentence.lines.front();
    const auto [found, added] = first.try_emplace(text(sentence), line);
    if (!added) report.note(line, fmt::format("same sentence as at line {}", found->second));
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

void Findings::problem(int64_t line, std::string what) {
  if (problems.size() < most) problems.push_back({line, std::move(what)});
}

void Findings::note(int64_t line, std::string what) {
  if (notes.size() < most) notes.push_back({line, std::move(what)});
}

void Findings::problem(const Error& error) {
  if (error.place().file == file) return problem(error.place().line, error.message());
  problem(0, error.what());
}

void Findings::sort() {
  std::ranges::stable_sort(problems, {}, &Problem::line);
  std::ranges::stable_sort(notes, {}, &Problem::line);
}

CheckedLines::CheckedLines(const std::string& path, Findings& findings)
    : lines_(path), findings_(findings) {
  findings_.file = lines_.file();
}

std::optional<Line> CheckedLines::next() {
  while (const std::optional<Line> line = lines_.next()) {
    if (line->byte_order_mark)
      findings_.note(line->number, "byte order mark at the start of the file");
    carriage_returns_ += line->carriage_return;
    const std::optional<LineFault> fault = line_fault(*line);
    if (!fault) return line;
    findings_.problem(line->number, fault->what);
  }
  if (const int64_t count = std::exchange(carriage_returns_, 0); count > 0)
    findings_.note(0, fmt::format("{} lines end with CR LF", count));
  return std::nullopt;
}

DataReport check_data(const std::string& path, const std::string& against,
                      const TagColumns& columns) {
  if (columns.word == 0 || columns.tag == 0)
    throw Error("there is no column 0", "columns count from 1; -1 is the last");
  DataReport report;
  const Table table = Scan(path, columns, report).run();
  report.scheme = scheme_of(table, report.tags);
  count(table, report);
  find_tag_faults(table, columns.tag, report);
  find_duplicates(table, report);
  report.sort();
  if (!against.empty()) {
    DataReport ignored;  // the faults of the other file are for its own check
    report.overlap = compare(table, Scan(against, columns, ignored).run());
  }
  return report;
}

}  // namespace cadena
