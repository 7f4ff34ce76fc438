// SPDX-License-Identifier: MIT
#include "cadena/data/wav.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "cadena/data/series.h"
#include "tests/support/refused.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

using Values = std::vector<float>;

std::string little_endian(uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xff);
  return text;
}

std::string chunk(const std::string& name, const std::string& body) {
  return name + little_endian(static_cast<uint32_t>(body.size()), 4) + body +
         std::string(body.size() % 2, '\0');
}

struct Format {
  uint32_t coding = 1, bits = 16, channels = 1, rate = 8000, frame = 0;
};

std::string format_chunk(const Format& format) {
  const uint32_t frame = format.frame ? format.frame : format.channels * format.bits / 8;
  return little_endian(format.coding, 2) + little_endian(format.channels, 2) +
         little_endian(format.rate, 4) + little_endian(format.rate * frame, 4) +
         little_endian(frame, 2) + little_endian(format.bits, 2);
}

std::string riff(const std::string& chunks) { return chunk("RIFF", "WAVE" + chunks); }

std::string wav(const Format& format, const std::string& data) {
  return riff(chunk("fmt ", format_chunk(format)) + chunk("data", data));
}

std::string samples(const std::vector<int32_t>& values, int bytes) {
  std::string text;
  for (int32_t value : values) text += little_endian(static_cast<uint32_t>(value), bytes);
  return text;
}

std::string floats(const Values& values) {
  std::string text;
  for (float value : values) text += little_endian(std::bit_cast<uint32_t>(value), 4);
  return text;
}

Values parse(const std::string& file) { return parse_wav(file, "a.wav").samples; }

TEST(Wav, EveryCoding) {
  const Values expected{0, 0.5f, -1};
  EXPECT_EQ(parse(wav({.bits = 8}, "\x80\xc0" + std::string(1, '\0'))), expected);
  EXPECT_EQ(parse(wav({}, samples({0, 1 << 14, -(1 << 15)}, 2))), expected);
  EXPECT_EQ(parse(wav({.bits = 24}, samples({0, 1 << 22, -(1 << 23)}, 3))), expected);
  EXPECT_EQ(parse(wav({.bits = 32}, samples({0, 1 << 30, INT32_MIN}, 4))), expected);
  EXPECT_EQ(parse(wav({.coding = 3, .bits = 32}, floats({0, 0.5f, -1}))), expected);
  EXPECT_EQ(parse(wav({.coding = 3, .bits = 32}, floats({2, -1e30f}))), (Values{1, -1}));
  EXPECT_EQ(parse_wav(wav({.rate = 44100}, "ab"), "a.wav").rate, 44100);
}

TEST(Wav, ChannelsAreAveraged) {
  EXPECT_EQ(parse(wav({.channels = 2}, samples({1 << 14, 0, 1 << 14, -(1 << 14)}, 2))),
            (Values{0.25f, 0}));
  EXPECT_EQ(parse(wav({.bits = 8, .channels = 3}, "\x80\x80\xe0")), Values{0.25f});
}

TEST(Wav, OtherChunksAreSkipped) {
  std::string extensible = format_chunk({.coding = 0xfffe, .bits = 16});
  extensible += std::string(8, '\0') + little_endian(1, 2) + std::string(14, 'g');
  for (const std::string& format : {format_chunk({}), format_chunk({}) + "xx", extensible})
    EXPECT_EQ(parse(riff(chunk("LIST", "odd") + chunk("fmt ", format) + chunk("\1\2\3\4", "") +
                         chunk("data", samples({1 << 14}, 2)) + "rest")),
              Values{0.5f});
}

TEST(Wav, Refused) {
  const std::string good = wav({}, "abcd"), format = chunk("fmt ", format_chunk({})),
                    data = chunk("data", "abcd");
  for (const std::string& bad :
       {std::string{},
        std::string("RIFF"),
        "RIFX" + good.substr(4),
        "x" + good,
        riff(""),
        riff(format),
        riff(data),
        riff(data + format),
        riff(chunk("fmt ", "short") + data),
        good.substr(0, good.size() - 1),
        riff(format + "data" + little_endian(0xffffffff, 4)),
        riff(chunk("fmt ", format_chunk({})).replace(4, 4, "\xff\xff\xff\x7f") + data),
        wav({}, ""),
        wav({}, "abc"),
        wav({.channels = 0, .frame = 2}, "abcd"),
        wav({.channels = 0xffff}, "abcd"),
        wav({.frame = 3}, "abcdef"),
        wav({.rate = 0}, "abcd"),
        wav({.rate = 3999}, "abcd"),
        wav({.rate = 0xffffffff}, "abcd"),
        wav({.bits = 0, .frame = 1}, "abcd"),
        wav({.bits = 12, .frame = 2}, "abcd"),
        wav({.bits = 64}, "abcdefgh"),
        wav({.coding = 2}, "abcd"),
        wav({.coding = 3}, "abcd"),
        wav({.coding = 6, .bits = 8}, "ab"),
        wav({.coding = 3, .bits = 64}, "abcdefgh"),
        wav({.coding = 0xfffe}, "abcd"),
        wav({.coding = 3, .bits = 32}, floats({0, std::nanf("")})),
        wav({.coding = 3, .bits = 32}, floats({std::numeric_limits<float>::infinity()}))})
    expect_refused(bad, {.file = "a.wav"}, [&] { parse(bad); });
}

TEST(Wav, CutAnywhere) {
  const std::string good = wav({}, "abcd");
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_THROW(parse(good.substr(0, size)), Error);
}

TEST(Wav, InAList) {
  const Scratch scratch;
  scratch.write("a.wav", wav({}, std::string(400, '\1')));
  scratch.write("b.wav", wav({}, std::string(800, '\1')));
  const std::string list = scratch.write("list.tsv", "one\ta.wav\ntwo\tb.wav\n");
  const SeriesSet set = read_series(list, {.mel_bands = 5});
  EXPECT_EQ(set.dimension, 5);
  EXPECT_EQ(set.items[0].steps, 1);
  EXPECT_EQ(set.items[1].steps, 3);
  EXPECT_EQ(set.items[1].values.size(), 15u);
  const std::string bad = scratch.write("b.wav", "RIFF");
  expect_refused("bad wave", {.file = bad}, [&] { read_series(list, {}); });
}

}  // namespace
}  // namespace cadena
