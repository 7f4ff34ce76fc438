// SPDX-License-Identifier: MIT
#include "cadena/data/wav.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {

namespace {

constexpr const char* convert_hint =
    "convert it: 'ffmpeg -i FILE -c:a pcm_s16le NEW.wav', or sox or another program";
constexpr const char* copy_hint = "copy or record the file again";

constexpr uint32_t coding_pcm = 1, coding_float = 3, coding_extensible = 0xfffe;

uint32_t little_endian(std::string_view bytes, size_t at, size_t count) {
  uint32_t number = 0;
  for (size_t i = count; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

struct Format {
  bool floats = false;
  size_t bytes = 0;  // of a sample
  size_t channels = 0;
  int rate = 0;
};

Format parse_format(std::string_view chunk) {
  if (chunk.size() < 16)
    throw Error(fmt::format("its chunk \"fmt \" has {} bytes, expected 16 or more", chunk.size()),
                convert_hint);
  uint32_t coding = little_endian(chunk, 0, 2);
  // The first two bytes of the subformat's GUID.
  if (coding == coding_extensible && chunk.size() >= 40) coding = little_endian(chunk, 24, 2);
  const uint32_t rate = little_endian(chunk, 4, 4), bits = little_endian(chunk, 14, 2);
  const bool known = (coding == coding_pcm && (bits == 8 || bits == 16 || bits == 24)) ||
                     ((coding == coding_pcm || coding == coding_float) && bits == 32);
  if (!known)
    throw Error(fmt::format("samples of coding {} and {} bits are not read", coding, bits),
                convert_hint);
  if (rate < uint32_t{lowest_sample_rate} || rate > uint32_t{highest_sample_rate})
    throw Error(fmt::format("{} samples a second, expected {} to {}", rate, lowest_sample_rate,
                            highest_sample_rate),
                convert_hint);
  const Format format{.floats = coding == coding_float,
                      .bytes = bits / 8,
                      .channels = little_endian(chunk, 2, 2),
                      .rate = static_cast<int>(rate)};
  if (format.channels == 0 || little_endian(chunk, 12, 2) != format.channels * format.bytes)
    throw Error(fmt::format("{} bytes a frame for {} channels of {} bits",
                            little_endian(chunk, 12, 2), format.channels, bits),
                convert_hint);
  return format;
}

/// A sample, in [-1, 1] but for floats. Integers below 16 bits are unsigned.
double sample(std::string_view data, size_t at, const Format& format) {
  const uint32_t bits = little_endian(data, at, format.bytes);
  if (format.floats) return double{std::bit_cast<float>(bits)};
  if (format.bytes == 1) return (static_cast<double>(bits) - 128) / 128;
  const auto shift = static_cast<unsigned>(32 - 8 * format.bytes);
  return static_cast<double>(static_cast<int32_t>(bits << shift)) / 2147483648.0;
}

Wave mix(std::string_view data, const Format& format) {
  const size_t frame = format.channels * format.bytes;
  if (data.empty()) throw Error("has no samples", copy_hint);
  if (data.size() % frame != 0)
    throw Error(fmt::format("{} bytes of samples, {} a frame", data.size(), frame), copy_hint);
  Wave wave{.rate = format.rate, .samples = {}};
  wave.samples.reserve(data.size() / frame);
  for (size_t at = 0; at < data.size(); at += frame) {
    double sum = 0;
    for (size_t channel = 0; channel < format.channels; ++channel)
      sum += sample(data, at + channel * format.bytes, format);
    if (!std::isfinite(sum))
      throw Error(fmt::format("sample {} is not finite", at / frame + 1), convert_hint);
    const double mean = sum / static_cast<double>(format.channels);
    wave.samples.push_back(static_cast<float>(std::clamp(mean, -1.0, 1.0)));
  }
  return wave;
}

Wave parse(std::string_view bytes) {
  if (!bytes.starts_with("RIFF") || bytes.size() < 12 || bytes.substr(8, 4) != "WAVE")
    throw Error("is no WAVE file: it does not start as one", convert_hint);
  bytes.remove_prefix(12);
  std::optional<Format> format;
  while (bytes.size() >= 8) {
    const std::string_view name = bytes.substr(0, 4);
    const size_t size = little_endian(bytes, 4, 4);
    bytes.remove_prefix(8);
    if (size > bytes.size())
      throw Error(fmt::format("its chunk \"{}\" should have {} bytes, {} are left", printable(name),
                              size, bytes.size()),
                  "the file is cut short, or was written to a pipe: record or convert it again");
    const std::string_view chunk = bytes.substr(0, size);
    if (name == "fmt ") format = parse_format(chunk);
    if (name == "data") {
      if (!format) throw Error("its chunk \"data\" comes before \"fmt \"", convert_hint);
      return mix(chunk, *format);
    }
    bytes.remove_prefix(std::min(size + size % 2, bytes.size()));  // chunks start at even places
  }
  throw Error("has no chunk \"data\"", copy_hint);
}

}  // namespace

Wave parse_wav(std::string_view bytes, const std::string& file) {
  try {
    return parse(bytes);
  } catch (const Error& error) {
    throw Error(Place{file}, error.message(), error.hint());
  }
}

}  // namespace cadena
