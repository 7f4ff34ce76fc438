// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
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

/// The columns of a line: between tabs if it has a tab, else between runs of spaces. None if the
/// line is blank.
void split_columns(std::string_view line, std::vector<std::string_view>& columns);

/// Whether the line parts sentences: blank, or the -DOCSTART- that opens a document.
bool is_break(std::span<const std::string_view> columns);

/// Why `wanted` cannot be had from a line: too few columns, or an empty one.
std::optional<LineFault> columns_fault(std::span<const std::string_view> columns,
                                       const ConllColumns& wanted);

/// Adds a line without fault as the next token.
void append_token(Sentence& sentence, std::span<const std::string_view> columns,
                  const ConllColumns& wanted, int64_t line);

/// Sentences one at a time: one token a line, sentences parted by blank lines.
class ConllReader {
 public:
  /// "-" is the standard input. Errors: the file cannot be opened, a column 0.
  ConllReader(const std::string& path, ConllColumns columns);
  /// `in` outlives the reader; `file` is its name in errors.
  ConllReader(std::istream& in, const std::string& file, ConllColumns columns);

  /// The next sentence, never an empty one, or nothing at the end. Errors: with file and line.
  std::optional<Sentence> next();
  const std::string& file() const { return lines_.file(); }

 private:
  LineReader lines_;
  ConllColumns wanted_;
  std::vector<std::string_view> columns_;  // of one line; kept for its memory
};

/// A whole file. Errors: as ConllReader, and when there is no sentence.
Table read_conll(const std::string& path, const ConllColumns& columns);
/// The same from memory; `file` is the name in errors.
Table parse_conll(std::string_view text, const std::string& file, const ConllColumns& columns);

}  // namespace cadena
