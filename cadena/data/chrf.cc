// SPDX-License-Identifier: MIT
#include "cadena/data/chrf.h"

#include <fmt/format.h>

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

void Chrf::add(std::string_view output, std::span<const std::string> references) {
  references_.add(references.size());
  const std::vector<char32_t> ours = without_blanks(output);
  Counts best;
  double most = -1;
  for (const std::string& reference : references) {
    const std::vector<char32_t> theirs = without_blanks(reference);
    const std::vector<int64_t> common = common_ngrams<char32_t>(ours, {&theirs, 1}, order);
    Counts counts;
    // As sacreBLEU: a reference without n-grams of this length says nothing of the output's.
    for (size_t n = 1; n <= order; ++n)
      counts[n - 1] = {theirs.size() >= n ? count_ngrams(ours.size(), n) : 0,
                       count_ngrams(theirs.size(), n), common[n - 1]};
    if (score(counts) > most) best = counts, most = score(counts);
  }
  for (size_t n = 0; n < order; ++n) {
    counts_[n].output += best[n].output;
    counts_[n].reference += best[n].reference;
    counts_[n].common += best[n].common;
  }
}

double Chrf::score() const { return score(counts_); }

double Chrf::score(const Counts& counts) {
  double precision = 0, recall = 0;
  int orders = 0;
  for (const Count& count : counts) {
    if (count.output == 0 || count.reference == 0) continue;
    precision += static_cast<double>(count.common) / static_cast<double>(count.output);
    recall += static_cast<double>(count.common) / static_cast<double>(count.reference);
    ++orders;
  }
  if (precision + recall == 0) return 0;
  precision /= orders;
  recall /= orders;
  return 100 * (1 + beta * beta) * precision * recall / (beta * beta * precision + recall);
}

std::string Chrf::signature() const {
  return fmt::format("nrefs:{}|case:mixed|eff:yes|nc:{}|nw:0|space:no|version:cadena-1",
                     references_.text(), order);
}

std::string Chrf::report() const {
  return fmt::format("chrF{}|{} = {:.2f}\n", beta, signature(), score());
}

Json Chrf::json() const { return Json::object({{"score", score()}, {"signature", signature()}}); }

}  // namespace cadena
