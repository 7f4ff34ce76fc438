// SPDX-License-Identifier: MIT
#include "cadena/data/split_words.h"

#include <cstddef>

#include "cadena/base/utf8.h"

namespace cadena {

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  size_t begin = 0;
  const auto end_word = [&](size_t end) {
    if (begin < end) words.push_back(text.substr(begin, end - begin));
  };
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = first_code_point(text.substr(at));
    if (is_space(point.value)) {
      end_word(at);
      begin = at + point.bytes;
    }
    at += point.bytes;
  }
  end_word(text.size());
  return words;
}

}  // namespace cadena
