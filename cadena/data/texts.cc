// SPDX-License-Identifier: MIT
#include "cadena/data/texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include "cadena/base/utf8.h"
#include "cadena/data/lines.h"

namespace cadena {

namespace {

constexpr std::string_view label_mark = "__label__";
constexpr std::string_view blanks = " \t";

enum class Form { marked, tab, word };

constexpr const char* shape(Form form) {
  switch (form) {
    case Form::marked:
      return "__label__LABEL TEXT";
    case Form::tab:
      return "LABEL<tab>TEXT";
    case Form::word:
      break;
  }
  return "LABEL TEXT";
}

Form form_of(std::string_view line) {
  if (line.starts_with(label_mark)) return Form::marked;
  return line.find('\t') != std::string_view::npos ? Form::tab : Form::word;
}

/// Without the blanks around it.
std::string_view trimmed(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

bool has_second_label(std::string_view text) {
  for (size_t at = text.find(label_mark); at != std::string_view::npos;
       at = text.find(label_mark, at + 1))
    if (at == 0 || blanks.find(text[at - 1]) != std::string_view::npos) return true;
  return false;
}

/// The forms that lines can have, told by the first.
class Grammar {
 public:
  /// `line` is not blank. Errors without a place.
  LabelledText parse(std::string_view line, int64_t number) {
    const Form form = form_of(line);
    if (first_line_ == 0) {
      form_ = form;
      first_line_ = number;
    }
    if (form != form_)
      throw Error(fmt::format("expected '{}' as in line {}, found '{}': \"{}\"", shape(form_),
                              first_line_, shape(form), printable(line)),
                  "all lines must have one form");
    const auto [label, text] = split(line);
    if (label.empty()) throw Error(fmt::format("no label: \"{}\"", printable(line)), expected());
    if (text.empty())
      throw Error(fmt::format("no text after the label \"{}\"", printable(label)), expected());
    if (has_control(label))
      throw Error(fmt::format("control character in the label \"{}\"", printable(label)),
                  "remove it");
    return {.label = std::string(label), .text = std::string(text), .line = number};
  }

 private:
  struct Parts {
    std::string_view label, text;
  };

  std::string expected() const { return fmt::format("expected lines of '{}'", shape(form_)); }

  Parts split(std::string_view line) const {
    std::string_view rest = line;
    if (form_ == Form::marked) rest.remove_prefix(label_mark.size());
    const size_t end =
        std::min(rest.find_first_of(form_ == Form::tab ? "\t" : blanks), rest.size());
    const std::string_view text = rest.substr(std::min(end + 1, rest.size()));
    if (form_ == Form::tab && text.find('\t') != std::string_view::npos)
      throw Error(fmt::format("more than one tab: \"{}\"", printable(line)),
                  "expected lines of a label, a tab and a text without tabs");
    if (form_ == Form::marked && has_second_label(text))
      throw Error(fmt::format("several labels: \"{}\"", printable(line)),
                  "a text has one label here: keep one, or repeat the line for each");
    return {trimmed(rest.substr(0, end)), trimmed(text)};
  }

  Form form_ = Form::word;
  int64_t first_line_ = 0;
};

}  // namespace

Texts read_texts(const std::string& path, const OnFault& on_fault) {
  LineReader lines(path);
  Texts texts{.file = lines.file(), .items = {}};
  Grammar grammar;
  while (const std::optional<Line> line = lines.next()) {
    const Place place{lines.file(), line->number};
    if (const std::optional<LineFault> fault = line_fault(*line)) {
      on_fault(Error(place, fault->what, fault->hint));
      continue;
    }
    if (trimmed(line->text).empty()) continue;
    try {
      texts.items.push_back(grammar.parse(line->text, line->number));
    } catch (const Error& error) {
      on_fault(Error(place, error.message(), error.hint()));
    }
  }
  if (texts.items.empty())
    throw Error(Place{texts.file}, "no text in it",
                "expected a label and a text a line: '__label__LABEL TEXT', 'LABEL<tab>TEXT' or "
                "'LABEL TEXT'");
  return texts;
}

}  // namespace cadena
