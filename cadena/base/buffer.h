// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <utility>

namespace cadena {

/// Uninitialised floats, aligned to a cache line. The memory of one that goes is kept for the next
/// ones of about its size, because fresh pages cost more than many operations on them; in use and
/// kept together are at most half as much again as the most that was in use at once.
class Buffer {
 public:
  Buffer() = default;
  /// Errors: std::bad_alloc.
  explicit Buffer(int64_t size);
  Buffer(Buffer&& other) noexcept
      : floats_(std::exchange(other.floats_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer other) noexcept {
    std::swap(floats_, other.floats_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer();

  int64_t size() const { return size_; }
  float* data() const { return floats_; }
  float& operator[](int64_t i) const { return floats_[i]; }
  std::span<float> values() const { return {floats_, static_cast<size_t>(size_)}; }
  explicit operator bool() const { return floats_ != nullptr; }

 private:
  float* floats_ = nullptr;
  int64_t size_ = 0;
};

/// Values that a sum goes to: added to if it `holds` something, otherwise set whole.
struct Accumulator {
  float* data;
  bool holds;
};

}  // namespace cadena
