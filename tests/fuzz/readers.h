// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cadena {

/// Whatever reads bytes that a stranger may have made. `read` takes any bytes: an Error is an
/// answer, all else that comes out of it is a fault of ours.
struct Reader {
  std::string_view name;  ///< also of its folder in tests/fuzz/corpus
  void (*read)(std::span<const std::byte>);

  /// Bytes of heap that it may take at most for a small file of `size` bytes.
  int64_t heap(size_t size) const { return (16 << 20) + 2 * static_cast<int64_t>(size); }
};

std::span<const Reader> readers();

}  // namespace cadena
