// SPDX-License-Identifier: MIT
#include "cadena/data/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {

namespace {

constexpr std::string_view unknown_text = "<unk>";
// A plain character, and the letter that stands for it behind a backslash.
constexpr std::pair<char, char> escapes[] = {{'\t', 't'}, {'\n', 'n'}, {'\r', 'r'}, {'\\', '\\'}};

std::string escape(std::string_view symbol) {
  std::string text;
  for (char c : symbol) {
    const auto* found = std::ranges::find(escapes, c, &std::pair<char, char>::first);
    if (found == std::end(escapes))
      text += c;
    else
      text += {'\\', found->second};
  }
  return text;
}

/// Nothing where a backslash stands before no known letter.
std::optional<std::string> unescape(std::string_view text) {
  std::string symbol;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      symbol += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    const auto* found = std::ranges::find(escapes, text[i], &std::pair<char, char>::second);
    if (found == std::end(escapes)) return std::nullopt;
    symbol += found->first;
  }
  return symbol;
}

struct Entry {
  std::string symbol;
  int64_t count;
};

Entry parse_entry(std::string_view line) {
  const size_t tab = line.find('\t');
  if (tab == std::string_view::npos) throw Error(fmt::format("no tab in \"{}\"", printable(line)));
  const std::string_view digits = line.substr(tab + 1);
  Entry entry{};
  const auto [end, code] =
      std::from_chars(digits.data(), digits.data() + digits.size(), entry.count);
  if (code != std::errc() || end != digits.data() + digits.size())
    throw Error(fmt::format("\"{}\" is no count", printable(digits)));
  std::optional<std::string> symbol = unescape(line.substr(0, tab));
  if (!symbol || invalid_utf8(*symbol))
    throw Error(fmt::format("malformed symbol \"{}\"", printable(line.substr(0, tab))));
  entry.symbol = std::move(*symbol);
  return entry;
}

}  // namespace

Vocabulary::Vocabulary() { add(std::string(unknown_text), 0); }

void Vocabulary::add(std::string symbol, int64_t count) {
  if (symbol.empty()) throw Error("empty symbol");
  if (count < 0) throw Error(fmt::format("negative count of \"{}\"", printable(symbol)));
  if (!ids_.try_emplace(symbol, size()).second)
    throw Error(fmt::format("symbol \"{}\" comes twice", printable(symbol)));
  texts_.push_back(std::move(symbol));
  counts_.push_back(count);
}

Vocabulary Vocabulary::from_counts(const SymbolCounts& counts, const VocabularyLimits& limits) {
  std::vector<Entry> kept;
  Vocabulary vocabulary;
  for (const auto& [symbol, count] : counts) {
    if (count >= limits.min_count && symbol != unknown_text)
      kept.push_back({symbol, count});
    else
      vocabulary.counts_[unknown] += count;
  }
  std::ranges::sort(kept, [](const Entry& a, const Entry& b) {
    return a.count != b.count ? a.count > b.count : a.symbol < b.symbol;
  });
  for (Entry& entry : kept) {
    if (limits.max_size > 0 && vocabulary.size() > limits.max_size)
      vocabulary.counts_[unknown] += entry.count;
    else
      vocabulary.add(std::move(entry.symbol), entry.count);
  }
  return vocabulary;
}

Vocabulary Vocabulary::from_symbols(std::vector<std::string> symbols, std::vector<int64_t> counts) {
  if (symbols.size() != counts.size())
    throw Error(fmt::format("{} symbols, but {} counts", symbols.size(), counts.size()));
  Vocabulary vocabulary;
  for (size_t i = 0; i < symbols.size(); ++i) vocabulary.add(std::move(symbols[i]), counts[i]);
  return vocabulary;
}

std::string Vocabulary::to_text() const {
  std::string text;
  for (int i = 0; i < size(); ++i) text += fmt::format("{}\t{}\n", escape(this->text(i)), count(i));
  return text;
}

Vocabulary Vocabulary::from_text(std::string_view text) {
  Vocabulary vocabulary;
  int64_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    ++number;
    try {
      Entry entry = parse_entry(text.substr(0, end));
      if (number > 1) {
        vocabulary.add(std::move(entry.symbol), entry.count);
      } else {
        if (entry.symbol != unknown_text || entry.count < 0)
          throw Error("the first symbol must be the unknown one");
        vocabulary.counts_[unknown] = entry.count;
      }
    } catch (const Error& error) {
      throw Error(Place{"vocabulary", number}, error.message(), "the model file is damaged");
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (number == 0) throw Error(Place{"vocabulary"}, "empty", "the model file is damaged");
  return vocabulary;
}

int Vocabulary::id(std::string_view symbol) const {
  const auto found = ids_.find(symbol);
  return found == ids_.end() ? unknown : found->second;
}

}  // namespace cadena
