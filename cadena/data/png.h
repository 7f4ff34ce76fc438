// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "cadena/data/image.h"

namespace cadena {

/// Whether it begins as a PNG file.
bool is_png(std::string_view bytes);

/// Reads a PNG file (ISO/IEC 15948) of any depth and colour type; its gamma counts for nothing.
/// `file` is its name in errors. Memory: some rows; of an interlaced picture all.
/// Errors: malformed, cut short, more than most_pixels or than 524,288 a row, interlaced and larger
/// than 16 MiB and twice the file.
Picture open_png(std::string_view bytes, const std::string& file);

}  // namespace cadena
