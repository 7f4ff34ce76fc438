// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cadena/data/tags.h"

namespace cadena {

struct Problem {
  int64_t line;  ///< from 1; 0: the file as a whole
  std::string what;
};

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

struct DataReport {
  std::string file;
  int64_t sentences = 0;
  int64_t tokens = 0;
  int64_t longest_sentence = 0;             ///< in tokens
  int64_t longest_sentence_line = 0;        ///< where it starts
  int64_t word_types = 0;                   ///< different words
  int64_t singletons = 0;                   ///< words that come once
  std::optional<Scheme> scheme;             ///< none: the last column does not hold entities
  std::map<std::string, int64_t> entities;  ///< by type
  std::map<std::string, int64_t> tags;      ///< tokens by tag
  std::vector<Problem> problems;  ///< what training stumbles over or learns wrongly, by line
  std::vector<Problem> notes;     ///< what is only worth knowing, by line
  std::optional<Overlap> overlap;
};

/// Reads a CoNLL file to its end, faults and all: words in the first column, tags in the last. A
/// line with a fault is left out of the counts. `against` names a second file to compare with, or
/// is empty. Errors: a file cannot be opened or read.
DataReport check_data(const std::string& path, const std::string& against = {});

/// The report for people; at most `max_problems` problems, and as many notes, are written out.
std::string to_text(const DataReport& report, size_t max_problems);

}  // namespace cadena
