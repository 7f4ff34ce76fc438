// SPDX-License-Identifier: MIT
#include "cadena/base/input.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <future>
#include <iostream>
#include <sstream>

#include "cadena/base/error.h"
#include "cadena/base/rng.h"
#include "cadena/data/lines.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

constexpr int64_t enough = 1 << 24;

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

// Made by gzip 1.12.
const std::string lines_text = "uno dos\ntres tres tres tres\n";
const std::string lines_packed =
    bytes_of("1f8b08000000000002032bcdcb5748c92fe62a294a2d564025b8001c9e33e91c000000");
const std::string bomb_text(100'000, 'a');
const std::string bomb_packed = bytes_of("1f8b0800000000000203edc13101000000c2a0aceb5fc21a1e4001") +
                                std::string(96, '\0') + bytes_of("af0687fae21ba0860100");

std::string little_endian(uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> 8 * i & 0xff);
  return text;
}

/// RFC 1952 and 1951: a member of stored blocks.
std::string stored(std::string_view text) {
  std::string packed = bytes_of("1f8b0800000000000003");
  uint32_t crc = 0xffffffff;
  for (unsigned char c : text) {
    crc ^= c;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1) * 0xedb88320;
  }
  const auto length = static_cast<uint32_t>(text.size());
  do {
    const std::string_view block = text.substr(0, 60'000);
    text.remove_prefix(block.size());
    const auto size = static_cast<uint32_t>(block.size());
    packed += static_cast<char>(text.empty());
    packed.append(little_endian(size, 2)).append(little_endian(~size, 2)).append(block);
  } while (!text.empty());
  return packed + little_endian(~crc, 4) + little_endian(length, 4);
}

std::string noise(size_t size) {
  Rng rng(1);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(rng.below(256));
  return text;
}

std::string message(const std::string& path, int64_t max_bytes = enough) {
  try {
    read_input(path, max_bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.place().file, path);
    return error.message();
  }
  return "no error";
}

class InputTest : public testing::Test {
 protected:
  std::string read(std::string_view bytes) const {
    return read_input(folder_.write("in", bytes), enough);
  }
  std::string message_of(std::string_view bytes, int64_t max_bytes = enough) const {
    return message(folder_.write("in", bytes), max_bytes);
  }

  Scratch folder_;
};

TEST_F(InputTest, ReadsAnyBytes) {
  for (size_t size : {0u, 1u, 2u, 65'535u, 65'536u, 65'537u, 300'000u}) {
    const std::string text = noise(size);
    EXPECT_EQ(read(text), text) << size;
    EXPECT_EQ(read(stored(text)), text) << size;
  }
  for (const char* text : {"\x1f", "\x1f\x1f\x8b", "\x1f\n", "x\x1f\x8b"})
    EXPECT_EQ(read(text), text);
}

TEST_F(InputTest, Decompresses) {
  EXPECT_EQ(read(lines_packed), lines_text);
  EXPECT_EQ(read(bomb_packed), bomb_text);
  EXPECT_EQ(read(stored("") + lines_packed + stored("") + bomb_packed + lines_packed),
            lines_text + bomb_text + lines_text);
}

TEST_F(InputTest, RefusesDamagedData) {
  const std::string packed = lines_packed + bomb_packed;
  for (size_t size = 2; size < packed.size(); ++size) {
    if (size == lines_packed.size()) continue;
    EXPECT_EQ(message_of(packed.substr(0, size)), "the gzip data is cut short") << size;
  }
  EXPECT_EQ(message_of(lines_packed + "xy"), "the gzip data is damaged: incorrect header check");
  std::string damaged = lines_packed;
  damaged[damaged.size() - 6] ^= 1;
  EXPECT_EQ(message_of(damaged), "the gzip data is damaged: incorrect data check");
}

TEST_F(InputTest, LimitsTheSizeUnpacked) {
  std::string bomb;
  for (int i = 0; i < 1000; ++i) bomb += bomb_packed;
  EXPECT_EQ(message_of(bomb, 1'000'000), "is larger than the limit of 1000000 bytes");
  EXPECT_EQ(message_of(bomb_packed, 100'000), "no error");
  EXPECT_EQ(message_of(bomb_text, 99'999), "is larger than the limit of 99999 bytes");
  EXPECT_EQ(message("/dev/zero", 100'000), "is larger than the limit of 100000 bytes");
}

TEST_F(InputTest, WhatCannotBeOpened) {
  EXPECT_EQ(message(folder_.path("none")), "no such file");
  EXPECT_EQ(message(folder_.path("")), "is a directory");
  EXPECT_EQ(message(folder_.write("file", "") + "/x"), "no such file");
  EXPECT_TRUE(message(folder_.path(std::string(300, 'n'))).starts_with("cannot be read: "));
}

TEST_F(InputTest, APipeThatGivesOneByteFirst) {
  const std::string pipe = folder_.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  auto writer = std::async(std::launch::async, [&] {
    std::ofstream out(pipe, std::ios::binary);
    for (char c : lines_packed) out << c << std::flush;
  });
  EXPECT_EQ(read_input(pipe, enough), lines_text);
  writer.get();
}

TEST_F(InputTest, StandardInput) {
  for (const std::string& text : {lines_text, lines_packed, std::string()}) {
    std::stringbuf given(text);
    std::streambuf* const before = std::cin.rdbuf(&given);
    const std::string found = read_input("-", enough);
    std::cin.rdbuf(before);
    EXPECT_EQ(found, text.empty() ? "" : lines_text);
  }
}

TEST_F(InputTest, LinesOfGzip) {
  LineReader lines(folder_.write("text.gz", lines_packed));
  EXPECT_EQ(lines.next()->text, "uno dos");
  EXPECT_EQ(lines.next()->text, "tres tres tres tres");
  EXPECT_FALSE(lines.next());
  LineReader cut(folder_.write("cut.gz", bomb_packed.substr(0, 100)));
  EXPECT_THROW(cut.next(), Error);
}

}  // namespace
}  // namespace cadena
