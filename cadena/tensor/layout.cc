// SPDX-License-Identifier: MIT
#include "cadena/tensor/layout.h"

#include <algorithm>
#include <numeric>

#include "cadena/base/error.h"

namespace cadena {

Layout::Layout(std::span<const int> lengths) : lengths_(lengths.begin(), lengths.end()) {
  if (!std::is_sorted(lengths_.rbegin(), lengths_.rend()) ||
      (!lengths_.empty() && lengths_.back() < 0))
    throw Error("layout: lengths must not be negative nor increase");
  size_t alive = lengths_.size();
  for (int step = 0; !lengths_.empty() && step < lengths_[0]; ++step) {
    while (lengths_[alive - 1] <= step) --alive;
    offsets_.push_back(rows_);
    widths_.push_back(static_cast<int>(alive));
    rows_ += static_cast<int64_t>(alive);
  }
}

std::vector<int> longest_first(std::span<const int> lengths) {
  std::vector<int> order(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return lengths[static_cast<size_t>(a)] > lengths[static_cast<size_t>(b)];
  });
  return order;
}

}  // namespace cadena
