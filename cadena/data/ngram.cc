// SPDX-License-Identifier: MIT
#include "cadena/data/ngram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cadena/base/error.h"

namespace cadena {

namespace {

constexpr size_t most_grams = size_t{1} << 31;

/// Spreads a pair over 64 bits: the finaliser of MurmurHash3 (Appleby, 2011).
uint64_t hash(uint32_t context, int32_t symbol) {
  uint64_t h = uint64_t{context} << 32 | static_cast<uint32_t>(symbol);
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdU;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53U;
  return h ^ (h >> 33);
}

double discount(const std::array<int64_t, 4>& tally) {
  const auto once = static_cast<double>(tally[1]), twice = static_cast<double>(tally[2]);
  // Without either the formula gives 0, which leaves nothing to what was never seen, or 1, which
  // leaves nothing to what was seen once.
  return once > 0 && twice > 0 ? once / (once + 2 * twice) : 0.5;
}

}  // namespace

NgramModel::NgramModel(std::span<const int32_t> text, int order, int symbols)
    : symbols_(symbols), grams_(1), index_(1024) {
  if (order < 1 || order > highest_order)
    throw Error(fmt::format("an n-gram model of order {}", order),
                fmt::format("choose an order from 1 to {}", highest_order));
  if (symbols < 1) throw Error("an n-gram model without symbols", "give it a vocabulary");
  discounts_.resize(static_cast<size_t>(order));
  std::vector<uint32_t> ending{0};
  std::vector<Tally> tallies(discounts_.size());
  for (int32_t symbol : text) {
    check(symbol);
    count_ending(symbol, ending, tallies);
  }
  std::ranges::transform(tallies, discounts_.begin(), discount);
}

void NgramModel::check(int32_t symbol) const {
  if (symbol < 0 || symbol >= symbols_)
    throw Error(fmt::format("symbol {} is not one of {}", symbol, symbols_),
                fmt::format("symbols are numbered from 0 to {}", symbols_ - 1));
}

/// `ending[n]` is the n-gram of n symbols that ends before `symbol` on entry, with it on return.
void NgramModel::count_ending(int32_t symbol, std::vector<uint32_t>& ending,
                              std::vector<Tally>& tallies) {
  if (ending.size() <= discounts_.size()) ending.push_back(0);  // the start of the text
  uint32_t context = 0;
  for (size_t n = 1; n < ending.size(); ++n) {
    const size_t before = grams_.size();
    const uint32_t gram = insert(context, symbol);
    // A new n-gram is a new symbol before the shorter one.
    if (grams_.size() > before && n > 1) increment(ending[n - 1], tallies[n - 2]);
    context = std::exchange(ending[n], gram);
  }
  // The longest is of the highest order, or has the start of the text before it, which counts as
  // one more symbol.
  increment(ending.back(), tallies[ending.size() - 2]);
}

void NgramModel::increment(uint32_t gram, Tally& tally) {
  Gram& g = grams_[gram];
  --tally[std::min(g.count, 3u)];
  ++g.count;
  ++tally[std::min(g.count, 3u)];
  ++grams_[g.context].total;
}

uint32_t NgramModel::insert(uint32_t context, int32_t symbol) {
  const size_t at = slot(context, symbol);
  if (index_[at] != 0) return index_[at];
  if (grams_.size() >= most_grams)
    throw Error("more than 2^31 n-grams", "choose a lower order or a shorter text", Fault::limit);
  const auto gram = static_cast<uint32_t>(grams_.size());
  index_[at] = gram;
  grams_.push_back({.context = context, .symbol = symbol});
  ++grams_[context].followers;
  if (grams_.size() > index_.size() / 4 * 3) widen_index();
  return gram;
}

void NgramModel::widen_index() {
  index_.assign(2 * index_.size(), 0);
  for (uint32_t gram = 1; gram < grams_.size(); ++gram)
    index_[slot(grams_[gram].context, grams_[gram].symbol)] = gram;
}

/// Where the n-gram stands in the index, or the free place for it.
size_t NgramModel::slot(uint32_t context, int32_t symbol) const {
  const size_t mask = index_.size() - 1;
  size_t at = hash(context, symbol) & mask;
  while (index_[at] != 0 &&
         (grams_[index_[at]].context != context || grams_[index_[at]].symbol != symbol))
    at = (at + 1) & mask;
  return at;
}

std::optional<uint32_t> NgramModel::context_of(std::span<const int32_t> history) const {
  uint32_t context = 0;
  for (int32_t symbol : history) {
    context = find(context, symbol);
    if (context == 0) return std::nullopt;
  }
  if (grams_[context].followers == 0) return std::nullopt;
  return context;
}

double NgramModel::log_probability(std::span<const int32_t> history, int32_t symbol) const {
  check(symbol);
  const size_t lengths = std::min(history.size() + 1, discounts_.size());
  double p = 1.0 / symbols_;
  for (size_t length = 0; length < lengths; ++length) {
    const std::optional<uint32_t> context = context_of(history.last(length));
    if (!context) break;  // nor does any longer one have followers
    const Gram& h = grams_[*context];
    // An n-gram that is not there is found as the empty one, whose count is 0.
    const double count = grams_[find(*context, symbol)].count, D = discounts_[length];
    p = (std::max(count - D, 0.0) + D * h.followers * p) / h.total;
  }
  return std::log(p);
}

double NgramModel::cross_entropy(std::span<const int32_t> text) const {
  double sum = 0;
  for (size_t i = 0; i < text.size(); ++i) sum -= log_probability(text.first(i), text[i]);
  return text.empty() ? 0 : sum / static_cast<double>(text.size());
}

}  // namespace cadena
