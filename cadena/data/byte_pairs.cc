// SPDX-License-Identifier: MIT
#include "cadena/data/byte_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <queue>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {

namespace {

constexpr char32_t mark_point = 0x2581;
constexpr std::string_view mark = "\xe2\x96\x81";

// A merge looks through every word that has its pair: a line without blanks is learnt from in parts
// of so many code points.
constexpr size_t longest_part = 256;
constexpr int64_t fewest_uses = 2;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

uint64_t key_of(int left, int right) {
  return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
}

/// Hands on each word of a text, marked and in UTF-8.
template <class Use>
void for_each_word(std::string_view text, Use use) {
  std::string word;
  for (auto begin = text.begin();;) {
    begin = std::find_if_not(begin, text.end(), is_blank);
    if (begin == text.end()) return;
    const auto end = std::find_if(begin, text.end(), is_blank);
    word = mark;
    for (std::string_view rest(begin, end); !rest.empty();) {
      const CodePoint point = first_code_point(rest);
      word += point.value == mark_point ? "_" : encode(point.value);
      rest.remove_prefix(point.bytes);
    }
    use(word);
    begin = end;
  }
}

/// Hands on each code point of a text as a text.
template <class Use>
void for_each_code_point(std::string_view text, Use use) {
  while (!text.empty()) {
    const size_t bytes = first_code_point(text).bytes;
    use(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
}

}  // namespace

// ---- learning

/// Keeps the count of every pair and the words that have it, so that a merge touches only those.
class BytePairs::Learner {
 public:
  BytePairs learn(const SymbolCounts& words, int merges) {
    for (const auto& [text, count] : words)
      if (count > 0)
        for_each_word(text, [&, times = count](std::string_view word) { add_word(word, times); });
    push_grown();
    while (learnt_.merges() < merges) {
      const std::optional<Candidate> best = most_frequent();
      if (!best) break;
      merge(best->left, best->right);
    }
    return std::move(learnt_);
  }

 private:
  struct Word {
    std::vector<int> symbols;
    int64_t count;
  };
  struct Uses {
    int64_t count = 0;
    bool grown = false;           // it is in grown_
    std::vector<uint32_t> words;  // all that have the pair, and some that had it
  };
  struct Candidate {
    int64_t count;  // the pair's count at some time, and not less than that of now
    int left, right;
  };

  void add_word(std::string_view text, int64_t count) {
    std::vector<int> symbols;
    for_each_code_point(text,
                        [&](std::string_view point) { symbols.push_back(learnt_.intern(point)); });
    for (size_t begin = 0; begin < symbols.size(); begin += longest_part) {
      const auto from = symbols.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto size = static_cast<std::ptrdiff_t>(std::min(longest_part, symbols.size() - begin));
      words_.push_back({{from, from + size}, count});
      const std::vector<int>& part = words_.back().symbols;
      const auto word = static_cast<uint32_t>(words_.size() - 1);
      for (size_t i = 1; i < part.size(); ++i) change(part[i - 1], part[i], word, count);
    }
  }

  void change(int left, int right, uint32_t word, int64_t difference) {
    const auto found = uses_.try_emplace(key_of(left, right)).first;
    Uses& uses = found->second;
    uses.count += difference;
    if (difference < 0) {
      if (uses.count == 0) uses_.erase(found);
      return;
    }
    if (uses.words.empty() || uses.words.back() != word) uses.words.push_back(word);
    if (!std::exchange(uses.grown, true)) grown_.push_back({0, left, right});
  }

  /// Whether `a` is to be merged after `b`.
  bool is_after(const Candidate& a, const Candidate& b) const {
    if (a.count != b.count) return a.count < b.count;
    const auto& text = learnt_.symbols_;
    const auto left = static_cast<size_t>(a.left), other = static_cast<size_t>(b.left);
    if (left != other) return text[left] > text[other];
    return text[static_cast<size_t>(a.right)] > text[static_cast<size_t>(b.right)];
  }

  auto heap_order() const {
    return [this](const Candidate& a, const Candidate& b) { return is_after(a, b); };
  }

  void push(Candidate candidate) {
    Uses& uses = uses_.at(key_of(candidate.left, candidate.right));
    uses.grown = false;
    candidate.count = uses.count;
    if (candidate.count < fewest_uses) return;
    candidates_.push_back(candidate);
    std::ranges::push_heap(candidates_, heap_order());
  }

  void push_grown() {
    for (const Candidate& pair : grown_) push(pair);
    grown_.clear();
  }

  std::optional<Candidate> most_frequent() {
    while (!candidates_.empty()) {
      std::ranges::pop_heap(candidates_, heap_order());
      const Candidate best = candidates_.back();
      candidates_.pop_back();
      const auto found = uses_.find(key_of(best.left, best.right));
      if (found == uses_.end()) continue;
      if (found->second.count == best.count) return best;
      push(best);
    }
    return std::nullopt;
  }

  void merge(int left, int right) {
    const int result = learnt_.add(learnt_.symbols_[static_cast<size_t>(left)],
                                   learnt_.symbols_[static_cast<size_t>(right)]);
    const uint64_t key = key_of(left, right);
    for (uint32_t word : std::exchange(uses_[key].words, {})) merge_in(word, left, right, result);
    uses_.erase(key);
    push_grown();
  }

  void merge_in(uint32_t word, int left, int right, int result) {
    std::vector<int>& symbols = words_[word].symbols;
    const int64_t count = words_[word].count;
    size_t size = 0;           // of what is rewritten
    bool after_merge = false;  // whether the last of it is a result
    for (size_t i = 0; i < symbols.size();) {
      const bool here = symbols[i] == left && i + 1 < symbols.size() && symbols[i + 1] == right;
      const int symbol = here ? result : symbols[i];
      if (i > 0 && (here || after_merge)) {
        change(symbols[i - 1], symbols[i], word, -count);
        change(symbols[size - 1], symbol, word, count);
      }
      symbols[size++] = symbol;
      after_merge = here;
      i += here ? 2 : 1;
    }
    symbols.resize(size);
  }

  BytePairs learnt_;
  std::vector<Word> words_;
  std::unordered_map<uint64_t, Uses> uses_;
  std::vector<Candidate> grown_;       // whose count grew since the last merge
  std::vector<Candidate> candidates_;  // a heap
};

BytePairs BytePairs::learn(const SymbolCounts& words, int merges) {
  return Learner().learn(words, merges);
}

// ---- encoding

/// Joins the symbols of a word, a list in an array, by a heap of the merges that are possible.
class BytePairs::Encoder {
 public:
  Encoder(const BytePairs& pairs, std::vector<std::string>& pieces)
      : pairs_(pairs), pieces_(pieces) {}

  void add(std::string_view word) {
    symbols_.clear();
    size_t begin = 0;
    const auto append = [&](std::string_view text) {
      const int at = static_cast<int>(symbols_.size());
      symbols_.push_back({static_cast<int>(begin), pairs_.id(text), at - 1, at + 1});
      begin += text.size();
    };
    for_each_code_point(word, append);
    append({});  // the end, which joins nothing
    const int end = static_cast<int>(symbols_.size()) - 1;
    for (int at = 0; at < end; ++at) wait(at);
    while (!waiting_.empty()) join_all(waiting_.top().first);
    for (int at = 0; at < end; at = (*this)[at].next) {
      const int from = (*this)[at].begin, to = (*this)[(*this)[at].next].begin;
      pieces_.emplace_back(word.substr(static_cast<size_t>(from), static_cast<size_t>(to - from)));
    }
  }

 private:
  struct Symbol {
    int begin;  // byte of the word
    int id;     // -1: no merge knows it, or it was joined to the one before
    int previous, next;
  };

  Symbol& operator[](int at) { return symbols_[static_cast<size_t>(at)]; }

  /// Of the merge of a symbol and its next one.
  int rank(int at) { return pairs_.rank((*this)[at].id, (*this)[(*this)[at].next].id); }

  void wait(int at) {
    if (const int merge = rank(at); merge >= 0) waiting_.emplace(merge, at);
  }

  /// Makes one merge all over the word, from its start. What that makes possible waits for the end
  /// even where it was learnt earlier, as when learning.
  void join_all(int merge) {
    joined_.clear();
    while (!waiting_.empty() && waiting_.top().first == merge) {
      const int at = waiting_.top().second;
      waiting_.pop();
      if (rank(at) != merge) continue;
      Symbol& left = (*this)[at];
      Symbol& right = (*this)[left.next];
      left.id = pairs_.merges_[static_cast<size_t>(merge)].result;
      right.id = -1;
      left.next = right.next;
      (*this)[left.next].previous = at;
      joined_.push_back(at);
    }
    for (int at : joined_) {
      wait(at);
      if (const int before = (*this)[at].previous; before >= 0) wait(before);
    }
  }

  const BytePairs& pairs_;
  std::vector<std::string>& pieces_;
  std::vector<Symbol> symbols_;
  using Waiting = std::pair<int, int>;  // a merge, and the symbol at its left
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting_;
  std::vector<int> joined_;
};

std::vector<std::string> BytePairs::pieces(std::string_view text) const {
  std::vector<std::string> pieces;
  Encoder encoder(*this, pieces);
  for_each_word(text, [&](std::string_view word) { encoder.add(word); });
  return pieces;
}

std::string BytePairs::joined(std::span<const std::string> pieces) {
  std::string text;
  for (std::string_view piece : pieces) {
    if (piece.starts_with(mark)) {
      text += ' ';
      piece.remove_prefix(mark.size());
    }
    text += piece;
  }
  const bool blank_first = !pieces.empty() && pieces.front().starts_with(mark);
  return blank_first ? text.substr(1) : text;
}

// ---- the table

int BytePairs::intern(std::string_view symbol) {
  const auto [entry, added] =
      ids_.try_emplace(std::string(symbol), static_cast<int>(symbols_.size()));
  if (added) symbols_.emplace_back(symbol);
  return entry->second;
}

int BytePairs::id(std::string_view symbol) const {
  const auto found = ids_.find(symbol);
  return found == ids_.end() ? -1 : found->second;
}

int BytePairs::rank(int left, int right) const {
  const auto found = ranks_.find(key_of(left, right));
  return found == ranks_.end() ? -1 : found->second;
}

int BytePairs::add(std::string_view left, std::string_view right) {
  const std::string both = std::string(left).append(right);
  const Merge merge{intern(left), intern(right), intern(both)};
  if (ranks_.try_emplace(key_of(merge.left, merge.right), merges()).second)
    merges_.push_back(merge);
  return merge.result;
}

std::string BytePairs::to_text() const {
  std::string text;
  for (const Merge& merge : merges_)
    text += fmt::format("{} {}\n", symbols_[static_cast<size_t>(merge.left)],
                        symbols_[static_cast<size_t>(merge.right)]);
  return text;
}

BytePairs BytePairs::from_text(std::string_view text) {
  BytePairs pairs;
  const auto can_be = [&](std::string_view symbol) {
    if (pairs.id(symbol) >= 0) return true;  // a code point, or made by a merge
    return !symbol.empty() && first_code_point(symbol).bytes == symbol.size() &&
           !is_blank(symbol.front());
  };
  for (int64_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto fail = [&](const char* what) {
      throw Error(Place{"merges", number}, fmt::format("{}: \"{}\"", what, printable(line)),
                  "the model file is damaged");
    };
    if (invalid_utf8(line)) fail("invalid UTF-8");
    const size_t space = line.find(' ');
    if (space == std::string_view::npos) fail("no pair");
    const std::string_view left = line.substr(0, space), right = line.substr(space + 1);
    if (!can_be(left) || !can_be(right) || right.starts_with(mark)) fail("a merge of no symbols");
    pairs.add(left, right);
    if (pairs.merges() != number) fail("a merge that comes twice");
  }
  return pairs;
}

}  // namespace cadena
