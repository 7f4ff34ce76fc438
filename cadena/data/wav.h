// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cadena {

/// Sample rates that are read, in Hz.
inline constexpr int lowest_sample_rate = 4000, highest_sample_rate = 384000;

/// Sound on one channel.
struct Wave {
  int rate = 0;                ///< samples a second
  std::vector<float> samples;  ///< in [-1, 1]
};

/// Reads a RIFF/WAVE file: PCM of 8, 16, 24 or 32 bits, or floats of 32; the mean of its channels.
/// `file` is its name in errors. Errors: malformed, cut short, without samples, another coding, a
/// sample that is not finite.
Wave parse_wav(std::string_view bytes, const std::string& file);

}  // namespace cadena
