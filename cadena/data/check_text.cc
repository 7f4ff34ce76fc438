// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"
#include "cadena/data/check.h"

namespace cadena {

namespace {

std::string row(std::string_view label, std::string_view value) {
  return fmt::format("  {:<16}{}\n", label, value);
}

std::string row(std::string_view label, int64_t value) { return row(label, std::to_string(value)); }

std::string counts(std::string_view label, const std::map<std::string, int64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", printable(name), count);
  return row(label, text.empty() ? "none" : text);
}

std::string share(int64_t part, int64_t whole) {
  const double percent =
      whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
  return fmt::format("{} of {} ({:.2f}%)", part, whole, percent);
}

std::string list(std::string_view label, const std::string& file,
                 const std::vector<Problem>& problems, size_t most) {
  std::string text = fmt::format("{}: {}\n", label, problems.size());
  const size_t shown = std::min(most, problems.size());
  for (size_t i = 0; i < shown; ++i)
    text += fmt::format("  {}{}\n", prefix({file, problems[i].line}), problems[i].what);
  if (shown < problems.size()) text += fmt::format("  ... and {} more\n", problems.size() - shown);
  return text;
}

}  // namespace

std::string to_text(const DataReport& report, size_t max_problems) {
  std::string text = report.file + "\n";
  text += row("sentences", report.sentences);
  text += row("tokens", report.tokens);
  text += row("longest", fmt::format("{} tokens, at line {}", report.longest_sentence,
                                     report.longest_sentence_line));
  text += row("words",
              fmt::format("{} different, {} of them once", report.word_types, report.singletons));
  text += row("scheme", report.scheme ? name(*report.scheme) : "none");
  text += counts("entities", report.entities);
  text += counts("tags", report.tags);
  if (const auto& overlap = report.overlap) {
    text += fmt::format("seen here, of {}\n", overlap->file);
    text += row("sentences", share(overlap->shared_sentences, overlap->sentences));
    text += row("entity names", share(overlap->shared_names, overlap->names));
    text += row("words", share(overlap->shared_words, overlap->words));
  }
  text += list("problems", report.file, report.problems, max_problems);
  text += list("notes", report.file, report.notes, max_problems);
  return text;
}

}  // namespace cadena
