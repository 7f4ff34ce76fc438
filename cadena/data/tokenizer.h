// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace cadena {

struct Token {
  std::string_view text;  ///< a part of the line that was given
  size_t begin, end;      ///< its place in the line, in code points
};

/// Splits running text into tokens as the CoNLL corpora of Spanish have them: words with inner
/// hyphens and apostrophes; numbers with inner . , : /; acronyms (EE.UU.), initials (J.) and common
/// abbreviations (Sr.) with their full stop; addresses of the web and of mail, @names, #topics; one
/// token for an ellipsis or an emoji; every other mark by itself. Any bytes are taken: what is not
/// UTF-8 is a token of its own.
std::vector<Token> tokenize(std::string_view line);

/// Sentences as ranges [first, second) of tokens, which together are all tokens. One ends at
/// . ? ! … and the closing marks behind it if the next token starts with a capital, a digit or an
/// opening mark.
std::vector<std::pair<size_t, size_t>> split_sentences(std::span<const Token> tokens);

}  // namespace cadena
