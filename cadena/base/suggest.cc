// SPDX-License-Identifier: MIT
#include "cadena/base/suggest.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace cadena {
namespace {

constexpr size_t too_far = std::numeric_limits<size_t>::max();

std::string folded(std::string_view word) {
  std::string result(word);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  return result;
}

std::string_view last_part(std::string_view word) {
  const size_t dot = word.rfind('.');
  return dot == std::string_view::npos ? word : word.substr(dot + 1);
}

/// Optimal string alignment: no part of the word is edited twice.
size_t edits(std::string_view a, std::string_view b) {
  std::vector<size_t> above(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        next[j] = std::min(next[j], above[j - 2] + 1);
    }
    above.swap(row);
    row.swap(next);
  }
  return row[b.size()];
}

/// The edits, or too_far for more than one in three letters.
size_t distance(std::string_view a, std::string_view b) {
  const size_t shorter = std::min(a.size(), b.size()), longer = std::max(a.size(), b.size());
  const size_t most = std::max<size_t>(1, longer / 3);
  if (shorter == 0 || longer - shorter > most) return too_far;
  const size_t count = edits(a, b);
  return count <= most && count < longer ? count : too_far;
}

}  // namespace

std::string joined(std::span<const std::string> words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known) {
  const std::string wanted = folded(word);
  const std::string_view tail = last_part(wanted);
  // "encoder.hidden" may find "model.hidden", but a slip within the right table is nearer.
  const size_t other_table = tail.size() < wanted.size() ? 2 : 0;
  const std::string* best = nullptr;
  size_t least = too_far;
  for (const std::string& candidate : known) {
    const std::string name = folded(candidate);
    const size_t whole = distance(wanted, name);
    const size_t part = distance(tail, last_part(name));
    const size_t count = std::min(whole, part == too_far ? too_far : part + other_table);
    if (count < least) {
      least = count;
      best = &candidate;
    }
  }
  return best ? std::optional(*best) : std::nullopt;
}

}  // namespace cadena
