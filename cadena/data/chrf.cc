// SPDX-License-Identifier: MIT
#include "cadena/data/chrf.h"

#include <fmt/format.h>

#include <span>
#include <vector>

#include "cadena/base/utf8.h"
#include "cadena/data/common_ngrams.h"

namespace cadena {
namespace {

constexpr int beta = 2;  // how much more recall weighs than precision

std::vector<char32_t> without_blanks(std::string_view text) {
  std::vector<char32_t> points;
  for (char32_t point : code_points(text))
    if (!is_space(point)) points.push_back(point);
  return points;
}

}  // namespace

void Chrf::add(std::string_view output, std::string_view reference) {
  const std::vector<char32_t> ours = without_blanks(output), theirs = without_blanks(reference);
  const std::vector<int64_t> common = common_ngrams<char32_t>(ours, {&theirs, 1}, order);
  for (size_t n = 1; n <= order; ++n) {
    Counts& counts = counts_[n - 1];
    // As sacreBLEU: a reference without n-grams of this length says nothing of the output's.
    if (theirs.size() >= n) counts.output += count_ngrams(ours.size(), n);
    counts.reference += count_ngrams(theirs.size(), n);
    counts.common += common[n - 1];
  }
}

double Chrf::score() const {
  double precision = 0, recall = 0;
  int orders = 0;
  for (const Counts& counts : counts_) {
    if (counts.output == 0 || counts.reference == 0) continue;
    precision += static_cast<double>(counts.common) / static_cast<double>(counts.output);
    recall += static_cast<double>(counts.common) / static_cast<double>(counts.reference);
    ++orders;
  }
  if (precision + recall == 0) return 0;
  precision /= orders;
  recall /= orders;
  return 100 * (1 + beta * beta) * precision * recall / (beta * beta * precision + recall);
}

std::string Chrf::signature() const {
  return fmt::format("nrefs:1|case:mixed|eff:yes|nc:{}|nw:0|space:no|version:cadena-1", order);
}

std::string Chrf::report() const {
  return fmt::format("chrF{}|{} = {:.2f}\n", beta, signature(), score());
}

Json Chrf::json() const { return Json::object({{"score", score()}, {"signature", signature()}}); }

}  // namespace cadena
