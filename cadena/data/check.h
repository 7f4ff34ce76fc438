// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/base/json.h"
#include "cadena/data/lines.h"
#include "cadena/data/tags.h"

namespace cadena {

struct Problem {
  int64_t line;  ///< from 1; 0: the file as a whole
  std::string what;
};

/// What a check finds beside its counts.
struct Findings {
  static constexpr size_t most = 100000;  ///< of each kind: what follows is not written down

  std::string file;
  std::vector<Problem> problems;  ///< what training stumbles over or learns wrongly
  std::vector<Problem> notes;     ///< what is only worth knowing

  void problem(int64_t line, std::string what);
  void note(int64_t line, std::string what);
  /// Writes down what a reader found, with the file's name if it is of another one.
  void problem(const Error& error);
  /// By line, else in the order in which they were written down.
  void sort();
};

/// The lines of a file that are text; what is wrong or odd about lines is written down.
class CheckedLines {
 public:
  /// `findings` outlives it. Errors, here and at next(): as LineReader.
  CheckedLines(const std::string& path, Findings& findings);
  std::optional<Line> next();

 private:
  LineReader lines_;
  Findings& findings_;
  int64_t carriage_returns_ = 0;
};

/// Counts in the form that all checks share: rows for a person, members of an object for a machine.
struct Tally {
  std::string rows;
  Json members = Json::object();

  void row(std::string_view label, std::string_view value);
  void count(const std::string& key, int64_t count);
  /// The row has no more than the first 100.
  void counts(const std::string& key, const std::map<std::string, int64_t>& counts);
  /// "part of whole (per cent)"; the members are `key` and "shared_" with the key.
  void share(const std::string& key, std::string_view label, int64_t part, int64_t whole);

  /// For the shares of `file` that the checked file has too.
  static Tally against(const std::string& file);
};

/// The report for a person; at most `most` problems, and as many notes, are written out. `overlap`
/// is empty if there is no other file.
std::string to_text(const Findings& findings, const Tally& counts, const Tally& overlap,
                    size_t most);
/// The same for a machine, with all problems and notes.
Json to_json(std::string_view task, const Findings& findings, const Tally& counts,
             const Tally& overlap);

/// How much of another file was already seen in the file that is checked.
struct Overlap {
  std::string file;              ///< the other one
  int64_t sentences = 0;         ///< in it
  int64_t shared_sentences = 0;  ///< of these, with the same words as one of the checked file
  int64_t names = 0;             ///< different entity texts in it
  int64_t shared_names = 0;      ///< of these, entities of the checked file too
  int64_t words = 0;             ///< different words in it
  int64_t shared_words = 0;      ///< of these, words of the checked file too
};

struct DataReport : Findings {
  int64_t sentences = 0;
  int64_t tokens = 0;
  int64_t longest_sentence = 0;             ///< in tokens
  int64_t longest_sentence_line = 0;        ///< where it starts
  int64_t word_types = 0;                   ///< different words
  int64_t singletons = 0;                   ///< words that come once
  std::optional<Scheme> scheme;             ///< none: the tags do not write entities
  std::map<std::string, int64_t> entities;  ///< by type
  std::map<std::string, int64_t> tags;      ///< tokens by tag, but for the unknown one
  std::optional<int64_t> unknown_tags;      ///< tokens with the unknown tag, if there is one
  std::optional<Overlap> overlap;
};

/// What to look at in a CoNLL file: columns as in ConllColumns.
struct TagColumns {
  int word = 1, tag = -1;
  std::string unknown_tag = {};  ///< stands where no tag is known; empty: none does
};

/// Reads a CoNLL file to its end, faults and all. A line with a fault is left out of the counts.
/// `against` names a second file to compare with, or is empty. Errors: a file cannot be opened or
/// read, a column 0.
DataReport check_data(const std::string& path, const std::string& against = {},
                      const TagColumns& columns = {});

std::string to_text(const DataReport& report, size_t most);
Json to_json(std::string_view task, const DataReport& report);

}  // namespace cadena
