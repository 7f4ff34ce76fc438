// SPDX-License-Identifier: MIT
#include "cadena/data/tokenizer.h"

#include <algorithm>
#include <string>

#include "cadena/base/utf8.h"

namespace cadena {

namespace {

constexpr std::string_view abbreviations[] = {
    "art",  "arts", "atte",  "av",   "avda", "cap",  "cnel", "cía",  "d",     "dpto",
    "dr",   "dra",  "dres",  "dña",  "dª",   "ed",   "ej",   "etc",  "excma", "excmo",
    "fdo",  "fig",  "figs",  "gral", "h",    "hnos", "ilma", "ilmo", "ing",   "jr",
    "lic",  "mons", "mr",    "mrs",  "ms",   "mª",   "núm",  "núms", "nº",    "p",
    "pp",   "prof", "profa", "prov", "ptas", "pte",  "pág",  "págs", "párr",  "rvdo",
    "s",    "sr",   "sra",   "sras", "sres", "srta", "st",   "sta",  "sto",   "tel",
    "tfno", "ud",   "uds",   "vd",   "vds",  "vol",  "vs"};

constexpr std::u32string_view domains[] = {U"ar",  U"cat", U"cl",  U"co",  U"com",  U"edu", U"es",
                                           U"eu",  U"fr",  U"gob", U"gov", U"info", U"io",  U"mx",
                                           U"net", U"org", U"pe",  U"pt",  U"tv",   U"uk"};

// Names longer than these are none, and need not be looked at to their end.
constexpr size_t longest_mailbox = 64, longest_domain = 253;

bool one_of(char32_t point, std::u32string_view points) {
  return points.find(point) != std::u32string_view::npos;
}

/// What parts tokens and is in none: also the invisible space, joiner and byte order mark.
bool is_gap(char32_t point) {
  return is_space(point) || is_control(point) || one_of(point, U"\u200b\u2060\ufeff");
}

/// What words consist of: also the soft hyphen and the joiners of some scripts.
bool is_word(char32_t point) {
  return is_letter(point) || is_digit(point) || is_mark(point) ||
         one_of(point, U"_\u00ad\u200c\u200d");
}

bool is_host(char32_t point) {
  return point == '-' || (point < 0x80 && (is_letter(point) || is_digit(point)));
}

/// A piece of an acronym: one or two letters, all capitals or none.
bool is_short(std::u32string_view piece, bool upper) {
  return piece.size() <= 2 && std::ranges::all_of(piece, [=](char32_t c) {
           return is_letter(c) && is_upper(c) == upper;
         });
}

/// Finds where the token that starts at a given place ends. Each rule gives `begin` back where it
/// does not apply.
class Scanner {
 public:
  explicit Scanner(std::u32string_view text) : text_(text) {
    while (last_ > 0 && is_gap(text_[last_ - 1])) --last_;
  }

  size_t token_end(size_t begin) const {
    for (const auto rule :
         {&Scanner::link_end, &Scanner::mail_end, &Scanner::name_end, &Scanner::word_end})
      if (const size_t end = (this->*rule)(begin); end > begin) return end;
    return mark_end(begin);
  }

 private:
  /// NUL, which is in no token, behind the end.
  char32_t at(size_t i) const { return i < text_.size() ? text_[i] : U'\0'; }

  template <class Is>
  size_t run(size_t begin, Is is, size_t most = std::u32string_view::npos) const {
    size_t end = begin;
    while (end < text_.size() && end - begin < most && is(text_[end])) ++end;
    return end;
  }

  /// By its start (http, www) or as a host, with whatever path follows.
  size_t link_end(size_t begin) const {
    const size_t host = host_end(begin);
    size_t body = host > begin && at(host) == '/' ? host : begin;
    for (std::u32string_view start : {U"http://", U"https://", U"ftp://", U"www."})
      if (text_.substr(begin, start.size()) == start) body = begin + start.size();
    if (body == begin) return host;
    size_t end = run(body, [](char32_t c) { return !is_gap(c) && !one_of(c, U"<>\"«»“”"); });
    const bool brackets = text_.substr(begin, end - begin).find('(') != std::u32string_view::npos;
    while (end > body && one_of(text_[end - 1], brackets ? U".,;:!?…'’" : U".,;:!?…'’)]}")) --end;
    return end > body ? end : begin;
  }

  /// Of a name like elpais.com, by its last part.
  size_t host_end(size_t begin) const {
    if (!is_word(at(begin))) return begin;
    size_t end = run(
        begin, [](char32_t c) { return is_host(c) || c == '.'; }, longest_domain);
    while (end > begin && !is_host(text_[end - 1])) --end;
    const std::u32string_view host = text_.substr(begin, end - begin);
    const size_t dot = host.rfind('.');
    const bool known = dot != std::u32string_view::npos &&
                       host.find(U"..") == std::u32string_view::npos &&
                       std::ranges::find(domains, host.substr(dot + 1)) != std::end(domains);
    return known && !is_word(at(end)) ? end : begin;
  }

  size_t mail_end(size_t begin) const {
    if (!is_word(at(begin))) return begin;
    const size_t sign = run(
        begin, [](char32_t c) { return is_word(c) || one_of(c, U".+-%"); }, longest_mailbox);
    if (at(sign) != '@') return begin;
    size_t end = run(sign + 1, is_host, longest_domain);
    bool dotted = false;
    while (at(end) == '.' && is_host(at(end + 1))) {
      end = run(end + 1, is_host);
      dotted = true;
    }
    return dotted ? end : begin;
  }

  /// @name and #topic.
  size_t name_end(size_t begin) const {
    const bool starts = one_of(at(begin), U"@#") && is_word(at(begin + 1));
    return starts && !is_mark(at(begin + 1)) ? run(begin + 1, is_word) : begin;
  }

  size_t word_end(size_t begin) const {
    if (is_mark(at(begin))) return begin;
    size_t end = run(begin, is_word);
    if (end == begin) return begin;
    bool acronym = false;
    for (size_t piece = begin; is_word(at(end + 1)) && joins(piece, end);) {
      acronym |= at(end) == '.' && is_letter(at(end + 1));
      piece = end + 1;
      end = run(piece, is_word);
    }
    const bool full_stop = at(end) == '.' && at(end + 1) != '.';
    const std::u32string_view word = text_.substr(begin, end - begin);
    return full_stop && (acronym || keeps_stop(word, end)) ? end + 1 : end;
  }

  /// Whether the mark at `i`, behind the piece of a word that starts at `piece`, holds it and the
  /// next piece together.
  bool joins(size_t piece, size_t i) const {
    const char32_t before = text_[i - 1], after = text_[i + 1];
    if (one_of(text_[i], U"-\u2010\u2011&'’·")) return true;
    if (one_of(text_[i], U".,:/") && is_digit(before) && is_digit(after)) return true;
    if (text_[i] != '.') return false;
    const std::u32string_view next = text_.substr(i + 1, run(i + 1, is_word, 3) - (i + 1));
    if (next == U"º" || next == U"ª") return true;
    const bool upper = is_upper(after);
    return is_short(text_.substr(piece, i - piece), upper) && is_short(next, upper);
  }

  /// Whether a word keeps the full stop at `stop`: an abbreviation, or an initial in a text that
  /// goes on.
  bool keeps_stop(std::u32string_view word, size_t stop) const {
    if (word.size() == 1 && is_upper(word[0])) return stop + 1 < last_;
    constexpr size_t longest = 5;
    if (word.size() > longest) return false;
    std::string text;
    for (char32_t point : word) text += encode(point);
    return std::ranges::find(abbreviations, lowercase(text)) != std::end(abbreviations);
  }

  /// A mark by itself, or a row of the same.
  size_t mark_end(size_t begin) const {
    const char32_t mark = text_[begin];
    if (one_of(mark, U".-=*~")) return run(begin, [=](char32_t c) { return c == mark; });
    return grapheme_end(text_, begin);
  }

  std::u32string_view text_;
  size_t last_ = text_.size();  // behind the last token
};

bool ends_sentence(char32_t first) { return one_of(first, U".?!…"); }

bool closes(const Token& token, char32_t first, const Token& before) {
  return one_of(first, U")]}»”’") || (one_of(first, U"\"'") && token.begin == before.end);
}

bool opens_sentence(char32_t first) {
  return is_upper(first) || is_digit(first) || one_of(first, U"¿¡«“‘([{\"'-–—");
}

}  // namespace

std::vector<Token> tokenize(std::string_view line) {
  const std::u32string points = code_points(line);
  const Scanner scanner(points);
  std::vector<Token> tokens;
  std::string_view rest = line;
  const auto skip = [&rest](size_t count) {
    size_t bytes = 0;
    for (; count > 0; --count) bytes += first_code_point(rest.substr(bytes)).bytes;
    const std::string_view skipped = rest.substr(0, bytes);
    rest.remove_prefix(bytes);
    return skipped;
  };
  for (size_t i = 0; i < points.size();) {
    const bool gap = is_gap(points[i]);
    const size_t end = gap ? i + 1 : scanner.token_end(i);
    const std::string_view text = skip(end - i);
    if (!gap) tokens.push_back({text, i, end});
    i = end;
  }
  return tokens;
}

std::vector<std::pair<size_t, size_t>> split_sentences(std::span<const Token> tokens) {
  std::vector<std::pair<size_t, size_t>> sentences;
  const auto first = [&](size_t i) { return first_code_point(tokens[i].text).value; };
  size_t begin = 0;
  for (size_t i = 0; i < tokens.size();) {
    const bool ends = ends_sentence(first(i));
    ++i;
    if (!ends) continue;
    while (i < tokens.size() &&
           (ends_sentence(first(i)) || closes(tokens[i], first(i), tokens[i - 1])))
      ++i;
    if (i < tokens.size() && !opens_sentence(first(i))) continue;
    sentences.emplace_back(begin, i);
    begin = i;
  }
  if (begin < tokens.size()) sentences.emplace_back(begin, tokens.size());
  return sentences;
}

}  // namespace cadena
