// SPDX-License-Identifier: MIT
#include "cadena/data/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>

#include "cadena/base/error.h"

namespace cadena {

namespace {

// Steps by which noise may change a length before sorting: enough to mix sequences of nearly the
// same length, too little to make batches ragged.
constexpr float noise = 3;

std::vector<int> order_by_length(std::span<const int> lengths, Rng* shuffle) {
  std::vector<float> keys(lengths.begin(), lengths.end());
  if (shuffle)
    for (float& key : keys) key += shuffle->uniform(0, noise);
  std::vector<int> order(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](int i) { return keys[static_cast<size_t>(i)]; });
  return order;
}

}  // namespace

std::vector<std::vector<int>> batches_by_rows(std::span<const int> lengths, int rows,
                                              Rng* shuffle) {
  if (rows < 1) throw Error(fmt::format("batches of {} rows", rows), "at least 1 row is needed");
  std::vector<std::vector<int>> batches;
  int64_t used = 0;
  for (int i : order_by_length(lengths, shuffle)) {
    const int length = lengths[static_cast<size_t>(i)];
    if (batches.empty() || used + length > rows) {
      batches.emplace_back();
      used = 0;
    }
    batches.back().push_back(i);
    used += length;
  }
  for (std::vector<int>& batch : batches)
    std::ranges::stable_sort(batch, std::ranges::greater(),
                             [&](int i) { return lengths[static_cast<size_t>(i)]; });
  if (shuffle) shuffle->shuffle(batches);
  return batches;
}

}  // namespace cadena
