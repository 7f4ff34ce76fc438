// SPDX-License-Identifier: MIT
#include "cadena/data/tags.h"

#include <fmt/format.h>

#include "cadena/base/utf8.h"

namespace cadena {

namespace {

constexpr TagParts outside{"O", ""};

bool one_of(std::string_view prefix, std::string_view letters) {
  return prefix.size() == 1 && letters.find(prefix.front()) != std::string_view::npos;
}

/// endOfChunk of conlleval.pl: whether an entity that holds `before` ends there.
bool ends(TagParts before, TagParts now) {
  if (one_of(before.prefix, "O.")) return false;
  if (one_of(before.prefix, "ES[]") || before.type != now.type) return true;
  return one_of(before.prefix, "BI") && one_of(now.prefix, "BSO");
}

/// startOfChunk of conlleval.pl: whether an entity starts at `now`.
bool starts(TagParts before, TagParts now) {
  if (one_of(now.prefix, "O.")) return false;
  if (one_of(now.prefix, "BS[]") || before.type != now.type) return true;
  return one_of(before.prefix, "OES") && one_of(now.prefix, "IE");
}

/// Whether the scheme has the tag at all.
bool has(Scheme scheme, std::string_view tag) {
  return is_tag_form(tag) && (scheme == Scheme::bioes || !one_of(split_tag(tag).prefix, "ES"));
}

/// In bioes, whether an entity goes on after this tag.
bool is_unfinished(TagParts tag) { return one_of(tag.prefix, "BI"); }

}  // namespace

std::string_view name(Scheme scheme) {
  switch (scheme) {
    case Scheme::iob1:
      return "IOB1";
    case Scheme::iob2:
      return "IOB2";
    case Scheme::bioes:
      break;
  }
  return "BIOES";
}

TagParts split_tag(std::string_view tag) {
  const size_t hyphen = tag.find('-');
  if (hyphen == std::string_view::npos) return {tag, ""};
  return {tag.substr(0, hyphen), tag.substr(hyphen + 1)};
}

bool is_tag_form(std::string_view tag) {
  const TagParts parts = split_tag(tag);
  return tag == "O" || (one_of(parts.prefix, "BIES") && !parts.type.empty());
}

std::vector<Entity> entities(std::span<const std::string> tags) {
  std::vector<Entity> found;
  TagParts before = outside;
  bool open = false;
  for (size_t i = 0; i <= tags.size(); ++i) {
    const TagParts now = i < tags.size() ? split_tag(tags[i]) : outside;
    const bool start = starts(before, now);
    if (open && (start || ends(before, now))) {
      found.back().end = static_cast<int>(i);
      open = false;
    }
    if (start) {
      found.push_back({static_cast<int>(i), 0, std::string(now.type)});
      open = true;
    }
    before = now;
  }
  return found;
}

std::vector<std::string> write_tags(std::span<const Entity> entities, size_t length,
                                    Scheme scheme) {
  std::vector<std::string> tags(length, "O");
  const Entity* before = nullptr;
  for (const Entity& entity : entities) {
    const auto first = static_cast<size_t>(entity.begin),
               last = static_cast<size_t>(entity.end - 1);
    for (size_t i = first; i <= last; ++i) tags[i] = "I-" + entity.type;
    const bool touches =
        before != nullptr && before->end == entity.begin && before->type == entity.type;
    if (scheme != Scheme::iob1 || touches) tags[first].front() = 'B';
    if (scheme == Scheme::bioes) tags[last].front() = first == last ? 'S' : 'E';
    before = &entity;
  }
  return tags;
}

std::vector<std::string> convert(std::span<const std::string> tags, Scheme to) {
  return write_tags(entities(tags), tags.size(), to);
}

void SchemeDetector::add(std::span<const std::string> tags) {
  for (const std::string& tag : tags) closed_ += one_of(split_tag(tag).prefix, "ES");
  int touched = -1;  // end of the entity before
  std::string type;
  for (Entity& entity : entities(tags)) {
    const char first = tags[static_cast<size_t>(entity.begin)].front();
    ++entities_;
    opened_by_i_ += first == 'I';
    opened_freely_ += first == 'B' && !(touched == entity.begin && type == entity.type);
    touched = entity.end;
    type = std::move(entity.type);
  }
}

Scheme SchemeDetector::scheme() const {
  if (2 * closed_ > entities_) return Scheme::bioes;
  return opened_by_i_ > opened_freely_ ? Scheme::iob1 : Scheme::iob2;
}

Scheme detect_scheme(std::span<const std::vector<std::string>> sentences) {
  SchemeDetector detector;
  for (const std::vector<std::string>& tags : sentences) detector.add(tags);
  return detector.scheme();
}

bool legal_transition(Scheme scheme, std::string_view from, std::string_view to) {
  if ((!from.empty() && !has(scheme, from)) || (!to.empty() && !has(scheme, to))) return false;
  const TagParts before = from.empty() ? outside : split_tag(from);
  const TagParts now = to.empty() ? outside : split_tag(to);
  const bool entity_open = one_of(before.prefix, "BI");
  const bool continues = entity_open && before.type == now.type;
  switch (scheme) {
    case Scheme::iob1:
      return now.prefix != "B" || continues;
    case Scheme::iob2:
      return now.prefix != "I" || continues;
    case Scheme::bioes:
      break;
  }
  return one_of(now.prefix, "IE") ? continues : !entity_open;
}

std::vector<TagFault> tag_faults(std::span<const std::string> tags, Scheme scheme) {
  std::vector<TagFault> faults;
  std::string_view before;  // empty at the start, and behind a tag that is itself a fault
  for (size_t i = 0; i < tags.size(); ++i) {
    const std::string& tag = tags[i];
    if (!has(scheme, tag)) {
      const std::string_view why =
          is_tag_form(tag) ? "which the scheme does not have" : "expected O or a form like B-PER";
      faults.push_back({i, fmt::format("tag \"{}\", {}", printable(tag), why)});
      before = {};
      continue;
    }
    if (!legal_transition(scheme, before, tag)) {
      const std::string place =
          before.empty() ? "where no entity is open" : fmt::format("after {}", printable(before));
      faults.push_back({i, fmt::format("{} {}", printable(tag), place)});
    }
    before = tag;
  }
  if (scheme == Scheme::bioes && !before.empty() && is_unfinished(split_tag(before)))
    faults.push_back({tags.size() - 1, fmt::format("the sentence ends after {}, its entity not "
                                                   "finished",
                                                   printable(before))});
  return faults;
}

}  // namespace cadena
