// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/base/error.h"

namespace cadena {

/// A text and what it becomes: its translation, its summary, its answer.
struct TextPair {
  std::string source, target;
  int64_t line;
};

struct ParallelText {
  std::string file;  ///< that of the sources
  std::vector<TextPair> pairs;
};

/// Where pairs stand. With `targets`, line i of that file belongs to line i of `path`; else `path`
/// has lines `SOURCE<tab>TARGET`, whatever stands behind a second tab.
struct PairFiles {
  std::string path, targets = {};
};

/// Reads pairs of texts. Blanks around a text do not count, nor do lines that are blank (in both
/// files).
///
/// Faults, with the line and its file: one side is empty, no tab, what line_fault finds; and, with
/// the first line that is missing, that one file has more lines than the other, which leaves those
/// out. Errors: no pair at all, both files from the standard input, and as LineReader, which also
/// unpacks gzip.
ParallelText read_pairs(const PairFiles& files, const OnFault& on_fault = throw_fault);

/// A text and all that it may become, each as right as the others.
struct TextReferences {
  std::string source;
  std::vector<std::string> targets;
};

/// Successive pairs of the same source as one text with several targets: different translations of
/// it. What stands apart stays apart, as a text that comes twice in a corpus does.
std::vector<TextReferences> references_of(std::vector<TextPair> pairs);

struct PairSplit {
  std::vector<TextPair> rest, held_out;  ///< in the order of the file
};

/// Holds out at most `share` of the pairs, and nearly that many, so that no source and no target
/// stands in both parts, as different translations of one text would else. Pairs that belong
/// together by this go together; those of lowest hash, which `seed` changes, are held out, as long
/// as they fit. Depends on the pairs, not on their order.
PairSplit split_pairs(std::vector<TextPair> pairs, double share, uint64_t seed);

/// Words of a target on average, rounded, at least 1: as many as to take from the front of a source
/// for a summary that a model has to beat.
int64_t mean_target_words(std::span<const TextPair> pairs);
/// The first words, blanks between them as they were.
std::string_view first_words(std::string_view text, int64_t count);

}  // namespace cadena
