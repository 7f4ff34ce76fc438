// SPDX-License-Identifier: MIT
#include "cadena/data/rouge.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <unordered_map>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"
#include "cadena/data/common_ngrams.h"

namespace cadena {
namespace {

/// 100 · F1, from what is common and how much each side has.
double f1(int64_t common, int64_t output, int64_t reference) {
  return common == 0 ? 0
                     : 200 * static_cast<double>(common) / static_cast<double>(output + reference);
}

/// Words as numbers: equal ones, equal numbers from 0.
class Numbers {
 public:
  std::vector<int32_t> operator()(const std::vector<std::string>& words) {
    std::vector<int32_t> all;
    for (const std::string& word : words)
      all.push_back(ids_.try_emplace(word, static_cast<int32_t>(ids_.size())).first->second);
    return all;
  }
  size_t size() const { return ids_.size(); }

 private:
  std::unordered_map<std::string, int32_t> ids_;
};

/// Length of the longest common subsequence of numbers below `symbols`: Hyyrö, "Bit-parallel LCS-
/// length computation revisited", 2004. 64 symbols of `a` are the bits of a word, in which a 0 says
/// that the subsequence grows there; `carry` takes the sums from one block of 64 to the next.
int64_t common_subsequence(std::span<const int32_t> a, std::span<const int32_t> b, size_t symbols) {
  constexpr size_t bits = 64;
  std::vector<uint64_t> places(symbols);
  std::vector<bool> carry(b.size());
  int64_t length = 0;
  for (size_t begin = 0; begin < a.size(); begin += bits) {
    const auto block = a.subspan(begin, std::min(bits, a.size() - begin));
    for (size_t i = 0; i < block.size(); ++i)
      places[static_cast<size_t>(block[i])] |= uint64_t{1} << i;
    uint64_t row = ~uint64_t{0};
    for (size_t j = 0; j < b.size(); ++j) {
      const uint64_t matches = places[static_cast<size_t>(b[j])];
      const uint64_t part = row + (row & matches), sum = part + carry[j];
      carry[j] = part < row || sum < part;
      row = sum | (row & ~matches);
    }
    const uint64_t used = ~uint64_t{0} >> (bits - block.size());
    length += std::popcount(~row & used);
    for (int32_t symbol : block) places[static_cast<size_t>(symbol)] = 0;
  }
  return length;
}

/// Of one output and one reference.
RougeResult compared(const std::vector<std::string>& output, std::string_view reference) {
  Numbers numbers;
  const std::vector<int32_t> ours = numbers(output), theirs = numbers(rouge_words(reference));
  const std::vector<int64_t> common = common_ngrams<int32_t>(ours, {&theirs, 1}, 2);
  const auto score = [&](size_t n) {
    return f1(common[n - 1], count_ngrams(ours.size(), n), count_ngrams(theirs.size(), n));
  };
  return {
      score(1), score(2),
      f1(common_subsequence(theirs, ours, numbers.size()), std::ssize(ours), std::ssize(theirs)),
      1};
}

}  // namespace

std::vector<std::string> rouge_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (char32_t point : code_points(lowercase(text))) {
    if (is_letter(point) || is_mark(point) || is_digit(point))
      word += encode(point);
    else
      end_word();
  }
  end_word();
  return words;
}

void Rouge::add(std::string_view output, std::span<const std::string> references) {
  if (references.empty())
    throw Error("an output without a reference", "give each output at least one reference");
  const std::vector<std::string> words = rouge_words(output);
  RougeResult best;
  for (const std::string& reference : references) {
    const RougeResult one = compared(words, reference);
    best.rouge_1 = std::max(best.rouge_1, one.rouge_1);
    best.rouge_2 = std::max(best.rouge_2, one.rouge_2);
    best.rouge_l = std::max(best.rouge_l, one.rouge_l);
  }
  sums_.rouge_1 += best.rouge_1;
  sums_.rouge_2 += best.rouge_2;
  sums_.rouge_l += best.rouge_l;
  ++sums_.texts;
}

RougeResult Rouge::result() const {
  if (sums_.texts == 0) return {};
  const auto texts = static_cast<double>(sums_.texts);
  return {sums_.rouge_1 / texts, sums_.rouge_2 / texts, sums_.rouge_l / texts, sums_.texts};
}

std::string Rouge::report() const {
  const RougeResult r = result();
  return fmt::format("ROUGE-1 {:.2f}  ROUGE-2 {:.2f}  ROUGE-L {:.2f}\n", r.rouge_1, r.rouge_2,
                     r.rouge_l);
}

Json Rouge::json() const {
  const RougeResult r = result();
  return Json::object(
      {{"texts", r.texts}, {"rouge_1", r.rouge_1}, {"rouge_2", r.rouge_2}, {"rouge_l", r.rouge_l}});
}

}  // namespace cadena
