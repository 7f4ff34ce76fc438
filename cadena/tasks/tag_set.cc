// SPDX-License-Identifier: MIT
#include "cadena/tasks/tag_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"
#include "cadena/data/class_score.h"
#include "cadena/data/conlleval.h"
#include "cadena/data/lines.h"
#include "cadena/data/tags.h"

namespace cadena {
namespace {

constexpr size_t most_labels = 1000;

bool opens_span(const std::string& label) { return is_tag_form(label) && label != "O"; }

void expect_sound(const std::string& label, bool spans, const Place& place) {
  const bool control = has_control(label);
  if (!control && (!spans || is_tag_form(label))) return;
  throw Error(place,
              fmt::format("the tag \"{}\" {}", printable(label),
                          control ? "has control characters"
                                  : "is neither O nor B-, I-, E- or S- with a type"),
              "run 'cadena data check " + place.file + "' for all such lines");
}

Json json_of(const PhraseScore& score) {
  return Json::object({{"precision", score.precision() / 100},
                       {"recall", score.recall() / 100},
                       {"f1", score.f1() / 100},
                       {"phrases", score.phrases},
                       {"found", score.found},
                       {"correct", score.correct}});
}

Report entity_report(const EntityScore& score) {
  const EntityResult& result = score.result();
  Json types = Json::object();
  for (const auto& [type, part] : result.types) types.push(type, json_of(part));
  Json json = Json::object(
      {{"mode", "conll"}, {"tokens", result.tokens}, {"accuracy", result.accuracy() / 100}});
  const Json all = json_of(result.all);
  for (const auto& [name, value] : all.members()) json.push(name, value);
  json.push("types", std::move(types));
  return {result.all.f1(), score.report(), std::move(json)};
}

}  // namespace

TagSet::TagSet(const Table& table, size_t field, std::string unknown)
    : unknown_(std::move(unknown)) {
  std::set<std::string> seen;
  for (const Sentence& sentence : table.sentences)
    seen.insert(sentence.fields[field].begin(), sentence.fields[field].end());
  if (!unknown_.empty()) seen.erase(unknown_);
  spans_ = std::ranges::any_of(seen, opens_span);
  expect(table, field);
  if (spans_) {
    std::set<std::string> types;
    for (const std::string& label : seen)
      if (opens_span(label)) types.emplace(split_tag(label).type);
    seen = {"O"};
    for (const std::string& type : types)
      for (const char* prefix : {"B-", "I-", "E-", "S-"}) seen.insert(prefix + type);
  }
  const char* hint = "the column is set by data.tag_column";
  if (seen.size() < 2)
    throw Error(Place{table.file},
                seen.empty() ? "no tag is known: there is nothing to learn"
                             : "all tags are \"" + printable(*seen.begin()) +
                                   "\": there is nothing to learn",
                hint);
  if (seen.size() > most_labels)
    throw Error(Place{table.file},
                fmt::format("{} different tags, at most {}", seen.size(), most_labels), hint);
  labels_.assign(seen.begin(), seen.end());
}

TagSet::TagSet(std::string_view text, bool spans, std::string unknown)
    : labels_(split_lines(text)), spans_(spans), unknown_(std::move(unknown)) {
  const auto sound = [&](const std::string& label) {
    return !label.empty() && !has_control(label) && (!spans_ || is_tag_form(label));
  };
  const bool rising =
      std::ranges::adjacent_find(labels_, std::ranges::greater_equal()) == labels_.end();
  if (labels_.size() < 2 || !rising || !std::ranges::all_of(labels_, sound) ||
      (spans_ && !std::ranges::binary_search(labels_, "O")))
    throw Error("its labels are damaged");
}

std::string TagSet::to_text() const { return joined(labels_, "\n"); }

std::vector<std::string> TagSet::types() const {
  std::set<std::string> types;
  for (const std::string& label : labels_)
    if (!spans_ || label != "O") types.emplace(spans_ ? split_tag(label).type : label);
  return {types.begin(), types.end()};
}

void TagSet::expect(const Table& table, size_t field) const {
  for (const Sentence& sentence : table.sentences)
    for (size_t i = 0; i < sentence.size(); ++i)
      if (const std::string& tag = sentence.fields[field][i]; unknown_.empty() || tag != unknown_)
        expect_sound(tag, spans_, {table.file, sentence.lines[i]});
}

std::vector<int32_t> TagSet::encode(const std::vector<std::string>& tags) const {
  std::vector<std::string> labels = tags;
  if (spans_) {
    if (!unknown_.empty()) std::ranges::replace(labels, unknown_, std::string("O"));
    labels = convert(labels, Scheme::bioes);
  }
  std::vector<int32_t> ids;
  for (size_t i = 0; i < tags.size(); ++i)
    ids.push_back(
        !unknown_.empty() && tags[i] == unknown_
            ? -1
            : static_cast<int32_t>(std::ranges::lower_bound(labels_, labels[i]) - labels_.begin()));
  return ids;
}

std::vector<std::string> TagSet::decode(const std::vector<int32_t>& ids) const {
  std::vector<std::string> labels;
  for (int32_t id : ids) labels.push_back(labels_[static_cast<size_t>(id)]);
  return spans_ ? convert(labels, Scheme::iob2) : labels;
}

Crf::Legal TagSet::legal() const {
  if (!spans_) return {};
  return [this](std::optional<int> from, std::optional<int> to) {
    const auto label = [&](std::optional<int> id) {
      return id ? std::string_view(labels_[static_cast<size_t>(*id)]) : std::string_view();
    };
    return legal_transition(Scheme::bioes, label(from), label(to));
  };
}

Report TagSet::score(const Table& table, size_t field,
                     const std::vector<std::vector<std::string>>& predicted) const {
  if (!spans_) {
    ClassScore score;
    for (size_t i = 0; i < predicted.size(); ++i)
      for (size_t t = 0; t < predicted[i].size(); ++t)
        if (const std::string& gold = table.sentences[i].fields[field][t];
            unknown_.empty() || gold != unknown_)
          score.add(gold, predicted[i][t]);
    return {score.accuracy(), score.report(), score.json()};
  }
  std::vector<std::vector<std::string>> gold, found;
  for (size_t i = 0; i < predicted.size(); ++i) {
    gold.emplace_back();
    found.emplace_back();
    for (size_t t = 0; t < predicted[i].size(); ++t) {
      const std::string& tag = table.sentences[i].fields[field][t];
      const bool known = unknown_.empty() || tag != unknown_;
      gold.back().push_back(known ? tag : "O");
      found.back().push_back(known ? predicted[i][t] : "O");
    }
  }
  const Scheme scheme = detect_scheme(gold);
  EntityScore score;
  for (size_t i = 0; i < gold.size(); ++i) score.add(gold[i], convert(found[i], scheme));
  return entity_report(score);
}

}  // namespace cadena
