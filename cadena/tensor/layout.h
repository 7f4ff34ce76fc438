// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cadena {

/// How the rows of a matrix form sequences: time-major, longest sequence first, no padding. Step t
/// holds the rows offsets[t] ... offsets[t] + widths[t] - 1, one for each sequence that is still
/// alive; as lengths do not increase, sequence b stands at row offsets[t] + b of every step t it
/// has.
class Layout {
 public:
  Layout() = default;
  /// `lengths`: steps of each sequence, not increasing; zeros allowed at the end. Errors:
  /// otherwise.
  explicit Layout(std::span<const int> lengths);

  int steps() const { return static_cast<int>(widths_.size()); }
  int sequences() const { return static_cast<int>(lengths_.size()); }
  int64_t rows() const { return rows_; }
  int width(int step) const { return widths_[static_cast<size_t>(step)]; }
  int length(int sequence) const { return lengths_[static_cast<size_t>(sequence)]; }
  int64_t row(int step, int sequence) const {
    return offsets_[static_cast<size_t>(step)] + sequence;
  }
  std::span<const int> lengths() const { return lengths_; }
  std::span<const int> widths() const { return widths_; }
  std::span<const int64_t> offsets() const { return offsets_; }

 private:
  std::vector<int> lengths_, widths_;
  std::vector<int64_t> offsets_;
  int64_t rows_ = 0;
};

/// The order that a Layout wants: indices by falling length, equal lengths in their given order.
std::vector<int> longest_first(std::span<const int> lengths);

}  // namespace cadena
