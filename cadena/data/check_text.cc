// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"
#include "cadena/data/check.h"

namespace cadena {

namespace {

constexpr size_t most_names = 100;  // in a row

std::string list(std::string_view label, const std::string& file,
                 const std::vector<Problem>& problems, size_t most) {
  const char* const more = problems.size() < Findings::most ? "" : " or more";
  std::string text = fmt::format("{}: {}{}\n", label, problems.size(), more);
  const size_t shown = std::min(most, problems.size());
  for (size_t i = 0; i < shown; ++i)
    text += fmt::format("  {}{}\n", prefix({file, problems[i].line}), problems[i].what);
  if (shown < problems.size()) text += fmt::format("  ... and {} more\n", problems.size() - shown);
  return text;
}

Json list(const std::vector<Problem>& problems) {
  Json array = Json::array();
  for (const Problem& problem : problems)
    array.push(Json::object({{"line", problem.line}, {"what", problem.what}}));
  return array;
}

Tally counts_of(const DataReport& report) {
  Tally tally;
  tally.count("sentences", report.sentences);
  tally.count("tokens", report.tokens);
  tally.row("longest", fmt::format("{} tokens, at line {}", report.longest_sentence,
                                   report.longest_sentence_line));
  tally.members.push("longest_sentence", report.longest_sentence);
  tally.members.push("longest_sentence_line", report.longest_sentence_line);
  tally.row("words",
            fmt::format("{} different, {} of them once", report.word_types, report.singletons));
  tally.members.push("word_types", report.word_types);
  tally.members.push("singletons", report.singletons);
  tally.row("scheme", report.scheme ? name(*report.scheme) : "none");
  tally.members.push("scheme", report.scheme ? Json(name(*report.scheme)) : Json());
  tally.counts("entities", report.entities);
  tally.counts("tags", report.tags);
  if (report.unknown_tags) {
    tally.row("unknown tags", fmt::format("{} of {} tokens", *report.unknown_tags, report.tokens));
    tally.members.push("unknown_tags", *report.unknown_tags);
  }
  return tally;
}

Tally overlap_of(const DataReport& report) {
  if (!report.overlap) return {};
  const Overlap& overlap = *report.overlap;
  Tally tally = Tally::against(overlap.file);
  tally.share("sentences", "sentences", overlap.shared_sentences, overlap.sentences);
  tally.share("names", "entity names", overlap.shared_names, overlap.names);
  tally.share("words", "words", overlap.shared_words, overlap.words);
  return tally;
}

}  // namespace

void Tally::row(std::string_view label, std::string_view value) {
  rows += fmt::format("  {:<16}{}\n", label, value);
}

void Tally::count(const std::string& key, int64_t count) {
  row(key, std::to_string(count));
  members.push(key, count);
}

void Tally::counts(const std::string& key, const std::map<std::string, int64_t>& counts) {
  std::vector<std::string> shown;
  Json object = Json::object();
  for (const auto& [name, count] : counts) {
    if (shown.size() < most_names) shown.push_back(fmt::format("{} {}", printable(name), count));
    object.push(name, count);
  }
  if (shown.size() < counts.size())
    shown.push_back(fmt::format("... and {} more", counts.size() - shown.size()));
  row(key, shown.empty() ? "none" : joined(shown));
  members.push(key, std::move(object));
}

void Tally::share(const std::string& key, std::string_view label, int64_t part, int64_t whole) {
  const double percent =
      whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
  row(label, fmt::format("{} of {} ({:.2f}%)", part, whole, percent));
  members.push(key, whole);
  members.push("shared_" + key, part);
}

Tally Tally::against(const std::string& file) {
  return {.rows = fmt::format("seen here, of {}\n", file),
          .members = Json::object({{"file", file}})};
}

std::string to_text(const Findings& findings, const Tally& counts, const Tally& overlap,
                    size_t most) {
  return findings.file + "\n" + counts.rows + overlap.rows +
         list("problems", findings.file, findings.problems, most) +
         list("notes", findings.file, findings.notes, most);
}

Json to_json(std::string_view task, const Findings& findings, const Tally& counts,
             const Tally& overlap) {
  Json json = Json::object({{"schema_version", 1}, {"task", task}, {"file", findings.file}});
  for (const auto& [key, value] : counts.members.members()) json.push(key, value);
  json.push("problems", list(findings.problems));
  json.push("notes", list(findings.notes));
  if (!overlap.rows.empty()) json.push("overlap", overlap.members);
  return json;
}

std::string to_text(const DataReport& report, size_t most) {
  return to_text(report, counts_of(report), overlap_of(report), most);
}

Json to_json(std::string_view task, const DataReport& report) {
  return to_json(task, report, counts_of(report), overlap_of(report));
}

}  // namespace cadena
