// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cadena {

// Makes PNG files with nothing but ISO/IEC 15948, to test the reader with.

inline uint32_t crc32_of(std::string_view bytes) {
  uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? 0xedb88320 ^ crc >> 1 : crc >> 1;
  }
  return ~crc;
}

inline std::string big_endian_bytes(uint32_t value, int bytes = 4) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    text += static_cast<char>(value >> shift & 0xff);
  return text;
}

inline std::string png_chunk(const std::string& name, const std::string& data) {
  return big_endian_bytes(static_cast<uint32_t>(data.size())) + name + data +
         big_endian_bytes(crc32_of(name + data));
}

/// As zlib, in blocks that are stored and not compressed.
inline std::string stored_zlib(const std::string& data) {
  std::string stream = "\x78\x01";
  for (size_t begin = 0; begin == 0 || begin < data.size(); begin += 65535) {
    const std::string block = data.substr(begin, 65535);
    const auto size = static_cast<uint32_t>(block.size());
    stream += static_cast<char>(begin + 65535 >= data.size());
    for (const uint32_t word : {size, ~size}) {
      stream += static_cast<char>(word & 0xff);
      stream += static_cast<char>(word >> 8 & 0xff);
    }
    stream += block;
  }
  uint32_t a = 1, b = 0;
  for (const char byte : data) {
    a = (a + static_cast<unsigned char>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  return stream + big_endian_bytes(b << 16 | a);
}

struct PngFile {
  uint32_t width, height;
  int depth, colour_type;         // 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha
  std::vector<uint32_t> samples;  // [height, width, channels]
  bool interlaced = false;
  std::string before_pixels = {};  // chunks

  uint32_t channels() const {
    return std::array{1u, 0u, 3u, 1u, 2u, 0u, 4u}.at(static_cast<size_t>(colour_type));
  }

  /// Rows of the pixels from (x0, y0) on in steps, each with filter 0.
  std::string scan(uint32_t x0, uint32_t y0, uint32_t dx, uint32_t dy) const {
    std::string rows;
    if (x0 >= width) return rows;
    for (uint32_t y = y0; y < height; y += dy) {
      rows += '\0';
      uint32_t bits = 0;
      int filled = 0;
      for (uint32_t x = x0; x < width; x += dx)
        for (uint32_t c = 0; c < channels(); ++c) {
          const uint32_t sample = samples.at((y * width + x) * channels() + c);
          if (depth == 16) rows += static_cast<char>(sample >> 8);
          bits = bits << depth | sample;
          filled += depth;
          if (filled < 8) continue;
          rows += static_cast<char>(bits & 0xff);
          bits = 0;
          filled = 0;
        }
      if (filled > 0) rows += static_cast<char>(bits << (8 - filled) & 0xff);
    }
    return rows;
  }

  std::string scans() const {
    if (!interlaced) return scan(0, 0, 1, 1);
    constexpr uint32_t adam7[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                      {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    std::string all;
    for (const auto& [x0, y0, dx, dy] : adam7) all += scan(x0, y0, dx, dy);
    return all;
  }

  std::string header() const {
    return "\x89PNG\r\n\x1a\n" +
           png_chunk("IHDR", big_endian_bytes(width) + big_endian_bytes(height) +
                                 static_cast<char>(depth) + static_cast<char>(colour_type) +
                                 std::string(2, '\0') + static_cast<char>(interlaced));
  }

  std::string bytes() const {
    return header() + before_pixels + png_chunk("IDAT", stored_zlib(scans())) +
           png_chunk("IEND", "");
  }
};

}  // namespace cadena
