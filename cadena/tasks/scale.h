// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cadena {

/// Mean and deviation of each of some values, which bring data to mean 0 and deviation 1. Rows of
/// data stand one after the other: pixels of a picture, steps of a series.
class Scale {
 public:
  Scale() = default;
  /// One that leaves `size` values a row as they are.
  explicit Scale(size_t size) : means_(size), deviations_(size, 1.0f) {}
  /// Of all rows of `data`, at least one; constant values are only centred.
  Scale(size_t size, std::span<const std::span<const float>> data);
  /// From both texts. Errors, about the file at `path`: these are no numbers.
  Scale(std::string_view means, std::string_view deviations, const std::string& path);

  size_t size() const { return means_.size(); }
  /// False of a damaged text.
  bool sound() const;
  /// What is very far beyond the data it was made of is brought nearer.
  void apply(std::span<float> values) const;

  /// In the shortest digits that give them back.
  std::string means_text() const;
  std::string deviations_text() const;

 private:
  std::vector<float> means_, deviations_;
};

}  // namespace cadena
