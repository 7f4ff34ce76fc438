// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cadena {

/// Extents, outermost first. Row-major.
using Shape = std::vector<int64_t>;

int64_t elements(const Shape& shape);

/// "[3, 4]".
std::string to_string(const Shape& shape);

}  // namespace cadena
