// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cadena {

/// An array of bytes in the IDX format of MNIST.
struct IdxArray {
  std::vector<int64_t> shape;  ///< every dimension > 0
  std::string_view data;       ///< the last dimension first
};

/// Reads an array of `dimensions` dimensions, which lives in `bytes`; `file` is its name in errors.
/// Format: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
/// Errors: malformed, values that are no unsigned bytes, other dimensions.
IdxArray parse_idx(std::string_view bytes, int dimensions, const std::string& file);

}  // namespace cadena
