// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "cadena/data/image.h"

namespace cadena {

/// Whether it begins as a file of the Netpbm family.
bool is_pnm(std::string_view bytes);

/// Reads a PGM or PPM file with one picture, plain (P2, P3) or raw (P5, P6), of up to 16 bits a
/// value. Format: J. Poskanzer, pgm(5), ppm(5). `file` is its name in errors.
/// Errors: malformed, cut short, more than most_pixels, a bitmap or PAM.
Image parse_pnm(std::string_view bytes, const std::string& file);

/// The picture as a raw file: PGM if it is grey, else PPM.
std::string to_pnm(const Image& image);

}  // namespace cadena
