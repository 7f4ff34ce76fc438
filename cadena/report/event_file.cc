// SPDX-License-Identifier: MIT
// A file of events is a row of records, each its length, the check of that, its bytes and the check
// of those (TFRecord). The bytes are a message of protocol buffers:
//   Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
//   Summary { repeated Value value = 1; }   Value { string tag = 1; float simple_value = 2; }
#include "cadena/report/event_file.h"

#include <array>
#include <bit>

namespace cadena {
namespace {

enum class Wire { varint = 0, eight_bytes = 1, text = 2, four_bytes = 5 };

// Lowest byte first.
template <class Unsigned>
std::string little_endian(Unsigned value) {
  std::string bytes;
  for (size_t i = 0; i < sizeof value; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string field(uint64_t number, Wire wire) {
  return varint(number << 3 | static_cast<uint64_t>(wire));
}

std::string text_field(uint64_t number, std::string_view text) {
  return field(number, Wire::text) + varint(text.size()) + std::string(text);
}

std::string time_field(double time) {
  return field(1, Wire::eight_bytes) + little_endian(std::bit_cast<uint64_t>(time));
}

std::string record(const std::string& message) {
  // A check among the data that it checks would spoil its own; so it is stored in disguise.
  const auto masked = [](std::string_view bytes) {
    return little_endian<uint32_t>(std::rotr(crc32c(bytes), 15) + 0xa282ead8u);
  };
  const std::string length = little_endian<uint64_t>(message.size());
  return length + masked(length) + message + masked(message);
}

constexpr std::array<uint32_t, 256> crc_table = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit) table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0x82f63b78u : 0);
  }
  return table;
}();

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t crc = 0xffffffffu;
  for (char byte : bytes)
    crc = crc_table[(crc ^ static_cast<unsigned char>(byte)) & 0xff] ^ crc >> 8;
  return ~crc;
}

std::string event_file_head(double time) {
  return record(time_field(time) + text_field(3, "brain.Event:2"));
}

std::string event_record(double time, int64_t step,
                         std::span<const std::pair<std::string, double>> scalars) {
  std::string summary;
  for (const auto& [tag, value] : scalars)
    summary += text_field(1, text_field(1, tag) + field(2, Wire::four_bytes) +
                                 little_endian(std::bit_cast<uint32_t>(static_cast<float>(value))));
  return record(time_field(time) + field(2, Wire::varint) + varint(static_cast<uint64_t>(step)) +
                text_field(5, summary));
}

}  // namespace cadena
