// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace cadena::kernels {

/// Uninitialised floats, aligned to a cache line.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(int64_t size) {
    constexpr size_t line = 64;
    const size_t bytes = (static_cast<size_t>(size) * sizeof(float) + line - 1) / line * line;
    floats_.reset(static_cast<float*>(std::aligned_alloc(line, bytes + line)));
    if (!floats_) throw std::bad_alloc();
  }
  float* data() const { return floats_.get(); }
  float& operator[](int64_t i) const { return floats_.get()[i]; }
  explicit operator bool() const { return floats_ != nullptr; }

 private:
  struct Free {
    void operator()(float* floats) const { std::free(floats); }
  };
  std::unique_ptr<float[], Free> floats_;
};

}  // namespace cadena::kernels
