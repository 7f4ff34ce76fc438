// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/data/lines.h"
#include "cadena/data/table.h"

namespace cadena {

/// Which columns to keep, in order: 1 is the first, -1 the last. No two may turn out to be the
/// same column, so {1, -1} asks for at least two.
struct ConllColumns {
  std::vector<int> columns;

  /// Columns that a line must have.
  size_t needed() const;
};

/// Whether the line parts sentences: blank, or the -DOCSTART- that opens a document.
bool is_break(std::span<const std::string_view> columns);

/// Why `wanted` cannot be had from a line: too few columns, or an empty one.
std::optional<LineFault> columns_fault(std::span<const std::string_view> columns,
                                       const ConllColumns& wanted);

/// Adds a line without fault as the next token.
void append_token(Sentence& sentence, std::span<const std::string_view> columns,
                  const ConllColumns& wanted, int64_t line);

/// Tells the lines that count, tokens and breaks, from those that do not. If the first token line
/// has a tab, lines with '#' in front and no tab are comments; else they are tokens. In CoNLL-U,
/// ten columns parted by tabs, the ranges (3-4) and empty nodes (8.1) are no tokens.
class ConllLines {
 public:
  using Source = std::function<std::optional<Line>()>;

  /// The next line of `source` that counts, or nothing at its end. Lines with '#' before the first
  /// token line are held back until it shows what they are; if 1 MiB cannot hold them, or there is
  /// no such line, they are tokens. Errors: those of `source`.
  std::optional<Line> next(const Source& source);
  /// Columns of the line that next() gave: between tabs if it has a tab, else between runs of
  /// spaces. None if it is blank. They live as long as the line.
  std::span<const std::string_view> columns() const { return columns_; }

 private:
  struct Held {
    Line line;
    std::string text;
  };

  void look_at(const Line& line);
  void look_ahead(const Line& first, const Source& source);
  Line take_held();

  std::optional<bool> tabs_;  // whether the first token line has a tab, once there was one
  std::deque<Held> held_;
  std::string text_;                       // of the line last taken from held_
  std::vector<std::string_view> columns_;  // kept for its memory
};

/// Sentences one at a time: one token a line, sentences parted by blank lines.
class ConllReader {
 public:
  /// "-" is the standard input. Errors: the file cannot be opened, a column 0.
  ConllReader(const std::string& path, ConllColumns columns);
  /// `in` outlives the reader; `file` is its name in errors.
  ConllReader(std::istream& in, const std::string& file, ConllColumns columns);

  /// The next sentence, never an empty one, or nothing at the end. Errors: with file and line.
  std::optional<Sentence> next();
  const std::string& file() const { return reader_.file(); }

 private:
  LineReader reader_;
  ConllLines lines_;
  ConllColumns wanted_;
};

/// A whole file. Errors: as ConllReader, and when there is no sentence.
Table read_conll(const std::string& path, const ConllColumns& columns);
/// The same from memory; `file` is the name in errors.
Table parse_conll(std::string_view text, const std::string& file, const ConllColumns& columns);

}  // namespace cadena
