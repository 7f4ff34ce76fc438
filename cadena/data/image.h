// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cadena {

struct ImageShape {
  int64_t height = 0, width = 0;
  int64_t channels = 0;  ///< 1: grey; 3: red, green, blue

  int64_t size() const { return height * width * channels; }
  bool operator==(const ImageShape&) const = default;
};

/// A picture as files have it: a byte a channel, of a picture with more their most significant
/// part, and what is transparent over white.
struct Image {
  ImageShape shape;
  std::vector<uint8_t> bytes;  ///< [height, width, channels]
};

/// Such a picture row by row, so that it need not be in memory.
struct Picture {
  ImageShape shape;
  /// The next row from the top, [width, channels], until the next call; once for each.
  /// Errors: malformed, cut short.
  std::function<const uint8_t*()> next_row;
};

/// The rows of a picture in memory.
Picture rows_of(Image image);

/// Most pixels of a picture that is read.
inline constexpr int64_t most_pixels = int64_t{64} << 20;
/// Errors, without a place: no pixels or more than most_pixels.
void check_pixels(int64_t height, int64_t width);

/// Reads a PNG, PGM or PPM file, told by how it begins; `file` is its name in errors. The bytes are
/// in use as long as the picture.
/// Errors: another kind, malformed, cut short, too large.
Picture open_picture(std::string_view bytes, const std::string& file);

/// The picture in a given shape, whatever its proportions: [height, width, channels] from 0 to 1.
/// A value is the exact mean over the area that its pixel covers, rounded once; grey is 0.299 red +
/// 0.587 green + 0.114 blue (ITU-R BT.601).
/// Errors: those of its rows; a shape without values, with more than most_pixels, of neither 1 nor
/// 3 channels.
std::vector<float> fit(const Picture& picture, const ImageShape& shape);

}  // namespace cadena
