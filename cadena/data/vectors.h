// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cadena {

/// Word vectors: those of words[i] are values[i * dimension] ... of all that follow.
struct WordVectors {
  int dimension = 0;
  std::vector<std::string> words;  ///< in the file's order, as often as it has them
  std::vector<float> values;
};

/// Reads text vectors (.vec of fastText and word2vec, GloVe): a first line "count dimension" if
/// there is one, then `word value ... value`. Only the words that `wanted` accepts are kept, and
/// the file is never in memory as a whole; "-" is the standard input. Errors, with the line: a
/// wrong number of values, a value that is no finite number, text that is not UTF-8; and a file
/// without vectors.
WordVectors read_vectors(const std::string& path,
                         const std::function<bool(std::string_view)>& wanted);

}  // namespace cadena
