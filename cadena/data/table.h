// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cadena {

/// Tokens in columns, and where they stood.
struct Sentence {
  std::vector<std::vector<std::string>> fields;  ///< fields[column][token]
  std::vector<int64_t> lines;                    ///< line of each token, from 1

  size_t size() const { return lines.size(); }
};

struct Table {
  std::string file;
  std::vector<Sentence> sentences;

  int64_t tokens() const {
    int64_t sum = 0;
    for (const Sentence& sentence : sentences) sum += static_cast<int64_t>(sentence.size());
    return sum;
  }
};

}  // namespace cadena
