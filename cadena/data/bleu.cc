// SPDX-License-Identifier: MIT
#include "cadena/data/bleu.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"
#include "cadena/data/common_ngrams.h"
#include "cadena/data/split_words.h"

namespace cadena {
namespace {

const std::vector<std::string> tokenizers = {"13a", "none", "char"};

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
bool is_not_digit(char c) { return !is_ascii_digit(c); }
bool is_point(char c) { return c == '.' || c == ','; }
bool is_hyphen(char c) { return c == '-'; }

/// The ASCII marks that 13a parts wherever they stand.
bool always_parted(char c) {
  return c > ' ' && c <= '~' && !is_point(c) && !is_hyphen(c) && c != '\'' && !is_ascii_digit(c) &&
         !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z');
}

std::string replaced(const std::string& text, std::string_view from, std::string_view to) {
  std::string result;
  size_t begin = 0;
  for (size_t at; (at = text.find(from, begin)) != text.npos; begin = at + from.size())
    result.append(text, begin, at - begin).append(to);
  return result.append(text, begin);
}

/// Puts blanks around a mark, the first or the second of two neighbours that are as said. From the
/// left, and what has been matched once is not looked at again: with ".,5" it makes a difference.
template <class First, class Second>
std::string parted(const std::string& text, First is_first, Second is_second, bool first_is_mark) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 1 == text.size() || !is_first(text[i]) || !is_second(text[i + 1])) {
      result += text[i];
      continue;
    }
    const char first = text[i], second = text[++i];
    if (first_is_mark)
      result.append({' ', first, ' ', second});
    else
      result.append({first, ' ', second, ' '});
  }
  return result;
}

// In this order: "&amp;lt;" becomes "<".
constexpr std::pair<std::string_view, std::string_view> rewritten[] = {
    {"<skipped>", ""}, {"-\n", ""},   {"\n", " "},   {"&quot;", "\""},
    {"&amp;", "&"},    {"&lt;", "<"}, {"&gt;", ">"},
};

std::string parted_13a(std::string_view given) {
  given = given.substr(0, given.find_last_not_of(" \t\n\v\f\r") + 1);
  std::string text(given);
  for (const auto& [from, to] : rewritten) text = replaced(text, from, to);
  std::string marked = " ";
  for (char c : text) {
    if (always_parted(c))
      marked.append({' ', c, ' '});
    else
      marked += c;
  }
  marked += ' ';
  marked = parted(marked, is_not_digit, is_point, false);
  marked = parted(marked, is_point, is_not_digit, true);
  return parted(marked, is_ascii_digit, is_hyphen, false);
}

std::string parted_characters(std::string_view text) {
  std::string result;
  for (char32_t point : code_points(text)) result += encode(point) + ' ';
  return result;
}

}  // namespace

std::vector<std::string> bleu_tokens(std::string_view text, const BleuOptions& options) {
  std::string parts(text);
  if (options.lowercase) parts = lowercase(parts);
  if (options.tokenizer == "13a")
    parts = parted_13a(parts);
  else if (options.tokenizer == "char")
    parts = parted_characters(parts);
  else if (options.tokenizer != "none")
    throw Error(fmt::format("no tokenizer \"{}\" for BLEU", printable(options.tokenizer)),
                "choose one of " + joined(tokenizers));
  const std::vector<std::string_view> words = split_words(parts);
  return {words.begin(), words.end()};
}

Bleu::Bleu(BleuOptions options) : options_(std::move(options)) { bleu_tokens("", options_); }

void Bleu::add(std::string_view output, std::span<const std::string> references) {
  references_.add(references.size());
  const std::vector<std::string> tokens = bleu_tokens(output, options_);
  std::vector<std::vector<std::string>> others;
  for (const std::string& reference : references)
    others.push_back(bleu_tokens(reference, options_));
  const std::vector<int64_t> common = common_ngrams<std::string>(tokens, others, order);
  for (size_t n = 1; n <= order; ++n) {
    common_[n - 1] += common[n - 1];
    total_[n - 1] += count_ngrams(tokens.size(), n);
  }
  const int64_t length = std::ssize(tokens);
  output_length_ += length;
  // The nearest length, of two as near the shorter.
  reference_length_ += std::ssize(*std::ranges::min_element(others, {}, [&](const auto& other) {
    return std::pair(std::abs(std::ssize(other) - length), other.size());
  }));
}

BleuResult Bleu::result() const {
  BleuResult result{.output_length = output_length_, .reference_length = reference_length_};
  const auto length = static_cast<double>(output_length_);
  if (output_length_ < reference_length_)
    result.brevity_penalty =
        length > 0 ? std::exp(1 - static_cast<double>(reference_length_) / length) : 0;
  if (common_[0] == 0) return result;
  double logarithms = 0, smoothing = 1;
  for (size_t n = 0; n < order; ++n) {
    if (total_[n] == 0) return result;
    if (common_[n] == 0) smoothing /= 2;
    result.precisions[n] = 100 * (common_[n] == 0 ? smoothing : static_cast<double>(common_[n])) /
                           static_cast<double>(total_[n]);
    logarithms += std::log(result.precisions[n]);
  }
  result.score = result.brevity_penalty * std::exp(logarithms / order);
  return result;
}

std::string Bleu::signature() const {
  return fmt::format("nrefs:{}|case:{}|eff:no|tok:{}|smooth:exp|version:cadena-1",
                     references_.text(), options_.lowercase ? "lc" : "mixed", options_.tokenizer);
}

std::string Bleu::report() const {
  const BleuResult r = result();
  const double ratio = r.reference_length == 0 ? 0
                                               : static_cast<double>(r.output_length) /
                                                     static_cast<double>(r.reference_length);
  return fmt::format(
      "BLEU|{} = {:.2f} {:.1f}/{:.1f}/{:.1f}/{:.1f} (BP = {:.3f} ratio = {:.3f} hyp_len = {} "
      "ref_len = {})\n",
      signature(), r.score, r.precisions[0], r.precisions[1], r.precisions[2], r.precisions[3],
      r.brevity_penalty, ratio, r.output_length, r.reference_length);
}

Json Bleu::json() const {
  const BleuResult r = result();
  return Json::object({{"score", r.score},
                       {"precisions", Json::array({r.precisions.begin(), r.precisions.end()})},
                       {"brevity_penalty", r.brevity_penalty},
                       {"output_length", r.output_length},
                       {"reference_length", r.reference_length},
                       {"signature", signature()}});
}

}  // namespace cadena
