// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cadena/base/error.h"

namespace cadena {

struct LabelledText {
  std::string label, text;
  int64_t line;
};

/// What a classifier learns from.
struct Texts {
  std::string file;
  std::vector<LabelledText> items;
};

/// Reads a label and a text a line, in one of three forms:
///
///     __label__LABEL TEXT     as fastText has it, with one label
///     LABEL<tab>TEXT          no further tab
///     LABEL TEXT              the label is the first word
///
/// The first line that is not blank shows the form; blank lines count for nothing, nor do blanks
/// after the label and at the end. Faults, with the line: a line of another form, no label, no
/// text, several labels, a control character in a label, what line_fault finds. Errors: no text at
/// all, and as LineReader, which also unpacks gzip; "-" is the standard input.
Texts read_texts(const std::string& path, const OnFault& on_fault = throw_fault);

}  // namespace cadena
