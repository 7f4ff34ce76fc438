// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace cadena {

/// Whatever reads bytes that a stranger may have made. `read` takes any bytes: an Error is an
/// answer, all else that comes out of it is a fault of ours.
struct Reader {
  std::string_view name;  ///< also of its folder in tests/fuzz/corpus
  void (*read)(std::span<const std::byte>);
};

std::span<const Reader> readers();

}  // namespace cadena
