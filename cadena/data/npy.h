// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cadena {

/// An array in NumPy's .npy format; its values stay where they were read.
struct NpyArray {
  enum class Type { f4, f8, i1, u1, i2, i4, i8 };

  Type type = Type::f4;
  std::vector<int64_t> shape;  ///< every dimension > 0; of a scalar none
  std::string_view data;       ///< little-endian, the last dimension first

  int64_t size() const;  ///< number of values
  bool integers() const { return type != Type::f4 && type != Type::f8; }
  /// The values from `begin`; nothing if one of them is not finite as a float.
  std::optional<std::vector<float>> floats(int64_t begin, int64_t count) const;
  int64_t integer(int64_t at) const;  ///< of an array of integers
};

/// Reads version 1.0 and 2.0 of the format (numpy.lib.format), which lives in `bytes`; `file` is
/// its name in errors. Errors: malformed, or values that are no numbers or in another order.
NpyArray parse_npy(std::string_view bytes, const std::string& file);

}  // namespace cadena
