// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cadena {

/// How tags write entities. iob1: I-, and B- only where an entity touches the one before of the
/// same type. iob2: B- first, then I-. bioes: B- first, I- inside, E- last, S- alone. O is outside.
enum class Scheme { iob1, iob2, bioes };

/// "IOB1", "IOB2", "BIOES".
std::string_view name(Scheme scheme);

/// A tag taken apart at its first hyphen: "B-PER" is {"B", "PER"}, "O" is {"O", ""}.
struct TagParts {
  std::string_view prefix, type;
  bool operator==(const TagParts&) const = default;
};
TagParts split_tag(std::string_view tag);

/// Whether a tag is "O", or one of B- I- E- S- with a type behind it.
bool is_tag_form(std::string_view tag);

/// Tokens begin ... end - 1 of a sentence.
struct Entity {
  int begin, end;
  std::string type;
  auto operator<=>(const Entity&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14
};

/// The entities of a sentence in their order, as conlleval.pl finds them, whatever the scheme: an
/// entity may start with I-, a change of type starts another, "[" and "]" stand alone. The original
/// does not know S, nor B behind E; here S stands alone and B always starts an entity.
std::vector<Entity> entities(std::span<const std::string> tags);

/// The tags of a sentence of `length` tokens; the entities do not overlap and are in order.
std::vector<std::string> write_tags(std::span<const Entity> entities, size_t length, Scheme scheme);

/// The same entities in another scheme. What conlleval accepts is thereby mended.
std::vector<std::string> convert(std::span<const std::string> tags, Scheme to);

/// Finds the scheme that most entities follow; without any it is iob2.
class SchemeDetector {
 public:
  void add(std::span<const std::string> tags);
  Scheme scheme() const;

 private:
  int64_t entities_ = 0;
  int64_t closed_ = 0;         // tags that only bioes has: E-, S-
  int64_t opened_by_i_ = 0;    // iob2 has none
  int64_t opened_freely_ = 0;  // B- where iob1 writes I-
};
Scheme detect_scheme(std::span<const std::vector<std::string>> sentences);

/// Whether tag `to` may follow `from`; an empty `from` is the start of the sentence, an empty `to`
/// its end. A tag that the scheme does not have may neither follow nor be followed.
bool legal_transition(Scheme scheme, std::string_view from, std::string_view to);

struct TagFault {
  size_t token;
  std::string what;
};
/// What in a sentence breaks the scheme, in the order of the tokens.
std::vector<TagFault> tag_faults(std::span<const std::string> tags, Scheme scheme);

}  // namespace cadena
