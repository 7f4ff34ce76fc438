// SPDX-License-Identifier: MIT
#include "cadena/report/event_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <map>
#include <vector>

namespace cadena {
namespace {

using Scalars = std::vector<std::pair<std::string, double>>;

// Bit by bit, with the polynomial as the standard writes it and every byte reflected.
uint32_t slow_crc(const std::string& bytes) {
  uint64_t crc = 0xffffffff;
  for (unsigned char byte : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      const bool top = (crc >> 31 & 1) != (byte >> bit & 1);
      crc = (crc << 1 ^ (top ? 0x1edc6f41 : 0)) & 0xffffffff;
    }
  uint32_t reflected = 0;
  for (int bit = 0; bit < 32; ++bit)
    reflected |= static_cast<uint32_t>(crc >> bit & 1) << (31 - bit);
  return ~reflected;
}

template <class Number>
Number read(const std::string& bytes, size_t at) {
  Number number;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

uint32_t unmasked(uint32_t stored) {
  const uint32_t turned = stored - 0xa282ead8u;
  return turned >> 17 | turned << 15;
}

std::vector<std::string> messages(const std::string& file) {
  std::vector<std::string> all;
  for (size_t at = 0; at < file.size();) {
    const auto length = read<uint64_t>(file, at);
    EXPECT_EQ(unmasked(read<uint32_t>(file, at + 8)), slow_crc(file.substr(at, 8)));
    all.push_back(file.substr(at + 12, length));
    EXPECT_EQ(unmasked(read<uint32_t>(file, at + 12 + length)), slow_crc(all.back()));
    at += 16 + length;
  }
  return all;
}

// Fields of a message by number; a repeated one in order.
std::multimap<uint64_t, std::string> fields(const std::string& message) {
  std::multimap<uint64_t, std::string> found;
  size_t at = 0;
  const auto varint = [&] {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(message.at(at++));
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.size()) {
    const uint64_t key = varint();
    if ((key & 7) == 0) {
      found.emplace(key >> 3, std::to_string(varint()));
      continue;
    }
    const uint64_t size = (key & 7) == 1 ? 8 : (key & 7) == 5 ? 4 : varint();
    found.emplace(key >> 3, message.substr(at, size));
    at += size;
  }
  EXPECT_EQ(at, message.size());
  return found;
}

TEST(EventFile, CheckOfKnownText) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(slow_crc("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(EventFile, IsWhatItsReadersExpect) {
  const std::string long_name(300, 'x');
  const Scalars scalars{
      {"train/loss", 1.5}, {long_name, -2}, {"nan", std::numeric_limits<double>::quiet_NaN()}};
  const std::string file =
      event_file_head(1e9) + event_record(1e9 + 0.5, 300, scalars) + event_record(1e9 + 1, 0, {});
  const std::vector<std::string> all = messages(file);
  ASSERT_EQ(all.size(), 3u);
  auto head = fields(all[0]), event = fields(all[1]);
  EXPECT_EQ(head.find(3)->second, "brain.Event:2");
  EXPECT_EQ(read<double>(head.find(1)->second, 0), 1e9);
  EXPECT_EQ(read<double>(event.find(1)->second, 0), 1e9 + 0.5);
  EXPECT_EQ(event.find(2)->second, "300");
  const auto summary = fields(event.find(5)->second);
  ASSERT_EQ(summary.count(1), 3u);
  auto value = summary.begin();
  for (const auto& [tag, number] : scalars) {
    const auto parts = fields((value++)->second);
    EXPECT_EQ(parts.find(1)->second, tag);
    const auto stored = read<float>(parts.find(2)->second, 0);
    EXPECT_TRUE(stored == number || (stored != stored && number != number));
  }
  EXPECT_EQ(fields(all[2]).find(5)->second, "");
}

}  // namespace
}  // namespace cadena
