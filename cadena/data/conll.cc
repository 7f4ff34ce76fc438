// SPDX-License-Identifier: MIT
#include "cadena/data/conll.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {

namespace {

constexpr size_t most_held = size_t{1} << 20;  // bytes, with what it takes to hold them

bool has_tab(std::string_view line) { return line.find('\t') != std::string_view::npos; }

bool may_be_comment(std::string_view line) { return line.starts_with('#') && !has_tab(line); }

/// Whether a line of CoNLL-U is no word: its number is a range of words, or that of an empty node.
bool is_no_word(const Line& line, std::span<const std::string_view> columns) {
  if (columns.size() != 10 || !has_tab(line.text)) return false;
  constexpr std::string_view digits = "0123456789";
  const std::string_view id = columns.front();
  const size_t at = id.find_first_not_of(digits);
  return at != std::string_view::npos && at > 0 && at + 1 < id.size() &&
         (id[at] == '-' || id[at] == '.') &&
         id.find_first_not_of(digits, at + 1) == std::string_view::npos;
}

void split_columns(std::string_view line, std::vector<std::string_view>& columns) {
  columns.clear();
  if (line.find_first_not_of(" \t") == std::string_view::npos) return;
  const bool tabs = has_tab(line);
  const char separator = tabs ? '\t' : ' ';
  for (size_t begin = 0; begin <= line.size();) {
    const size_t end = std::min(line.find(separator, begin), line.size());
    if (tabs || end > begin) columns.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
}

/// Place of a wanted column among `count`, which is at least ConllColumns::needed().
size_t position(int column, size_t count) {
  return column > 0 ? static_cast<size_t>(column) - 1 : count - static_cast<size_t>(-column);
}

ConllColumns checked(ConllColumns wanted) {
  if (wanted.columns.empty()) throw Error("no column was asked for");
  if (std::ranges::find(wanted.columns, 0) != wanted.columns.end())
    throw Error("there is no column 0", "columns count from 1; -1 is the last");
  return wanted;
}

Table read_all(ConllReader reader) {
  Table table{.file = reader.file(), .sentences = {}};
  while (std::optional<Sentence> sentence = reader.next())
    table.sentences.push_back(std::move(*sentence));
  if (table.sentences.empty())
    throw Error(Place{table.file}, "no sentence in it",
                "expected one token a line, and an empty line after each sentence");
  return table;
}

}  // namespace

size_t ConllColumns::needed() const {
  int front = 0, back = 0;
  for (int column : columns) {
    front = std::max(front, column);
    back = std::max(back, -column);
  }
  return static_cast<size_t>(front) + static_cast<size_t>(back);
}

bool is_break(std::span<const std::string_view> columns) {
  return columns.empty() || columns.front() == "-DOCSTART-";
}

std::optional<LineFault> columns_fault(std::span<const std::string_view> columns,
                                       const ConllColumns& wanted) {
  if (columns.size() < wanted.needed())
    return LineFault{fmt::format("expected at least {} columns, found {}: \"{}\"", wanted.needed(),
                                 columns.size(), printable(columns.front())),
                     "columns are separated by a tab or by spaces; 'cadena data check FILE' lists "
                     "all such lines"};
  for (int column : wanted.columns) {
    const size_t at = position(column, columns.size());
    if (columns[at].empty())
      return LineFault{fmt::format("column {} is empty", at + 1),
                       "a line with a tab is split at each tab: are there two in a row?"};
  }
  return std::nullopt;
}

void append_token(Sentence& sentence, std::span<const std::string_view> columns,
                  const ConllColumns& wanted, int64_t line) {
  sentence.fields.resize(wanted.columns.size());
  for (size_t i = 0; i < wanted.columns.size(); ++i)
    sentence.fields[i].emplace_back(columns[position(wanted.columns[i], columns.size())]);
  sentence.lines.push_back(line);
}

std::optional<Line> ConllLines::next(const Source& source) {
  while (std::optional<Line> line = held_.empty() ? source() : take_held()) {
    look_at(*line);
    const bool marked = may_be_comment(line->text);
    if (marked && !tabs_)
      look_ahead(*line, source);
    else if (!(marked && *tabs_) && !is_no_word(*line, columns_))
      return line;
  }
  return std::nullopt;
}

void ConllLines::look_at(const Line& line) {
  split_columns(line.text, columns_);
  if (!tabs_ && !is_break(columns_) && !may_be_comment(line.text)) tabs_ = has_tab(line.text);
}

void ConllLines::look_ahead(const Line& first, const Source& source) {
  size_t bytes = 0;
  const auto hold = [&](const Line& line) {
    held_.push_back({line, std::string(line.text)});
    bytes += sizeof(Held) + line.text.size();
  };
  hold(first);
  while (!tabs_) {
    const std::optional<Line> line = bytes < most_held ? source() : std::nullopt;
    if (!line) {
      tabs_ = false;
      return;
    }
    look_at(*line);
    hold(*line);
  }
}

Line ConllLines::take_held() {
  Line line = held_.front().line;
  text_ = std::move(held_.front().text);
  held_.pop_front();
  line.text = text_;
  return line;
}

ConllReader::ConllReader(const std::string& path, ConllColumns columns)
    : reader_(path), wanted_(checked(std::move(columns))) {}

ConllReader::ConllReader(std::istream& in, const std::string& file, ConllColumns columns)
    : reader_(in, file), wanted_(checked(std::move(columns))) {}

std::optional<Sentence> ConllReader::next() {
  const auto stop_at = [this](const Line& line, const std::optional<LineFault>& fault) {
    if (fault) throw Error(Place{file(), line.number}, fault->what, fault->hint);
  };
  const auto source = [&] {
    const std::optional<Line> line = reader_.next();
    if (line) stop_at(*line, line_fault(*line));
    return line;
  };
  Sentence sentence;
  while (const std::optional<Line> line = lines_.next(source)) {
    const std::span<const std::string_view> columns = lines_.columns();
    if (is_break(columns)) {
      if (sentence.size() > 0) return sentence;
      continue;
    }
    stop_at(*line, columns_fault(columns, wanted_));
    append_token(sentence, columns, wanted_, line->number);
  }
  if (sentence.size() == 0) return std::nullopt;
  return sentence;
}

Table read_conll(const std::string& path, const ConllColumns& columns) {
  return read_all(ConllReader(path, columns));
}

Table parse_conll(std::string_view text, const std::string& file, const ConllColumns& columns) {
  std::istringstream in{std::string(text)};
  return read_all(ConllReader(in, file, columns));
}

}  // namespace cadena
