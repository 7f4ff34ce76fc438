// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "cadena/data/image.h"

namespace cadena {

/// Whether it begins as a PNG file.
bool is_png(std::string_view bytes);

/// Reads a PNG file (ISO/IEC 15948) of any depth and colour type; its gamma counts for nothing.
/// `file` is its name in errors. Errors: malformed, cut short, more than most_pixels.
Image parse_png(std::string_view bytes, const std::string& file);

}  // namespace cadena
