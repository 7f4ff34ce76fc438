// SPDX-License-Identifier: MIT
#include "cadena/data/image.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cadena/base/rng.h"
#include "cadena/data/png.h"
#include "cadena/data/pnm.h"
#include "tests/data/png_bytes.h"
#include "tests/support/refused.h"

namespace cadena {
namespace {

using Bytes = std::vector<uint8_t>;
using namespace std::string_literals;

Image parse_image(std::string_view bytes, const std::string& file) {
  const Picture picture = open_picture(bytes, file);
  Image image{.shape = picture.shape, .bytes = {}};
  for (int64_t y = 0; y < image.shape.height; ++y) {
    const uint8_t* const row = picture.next_row();
    image.bytes.insert(image.bytes.end(), row, row + image.shape.width * image.shape.channels);
  }
  return image;
}

Image random_image(const ImageShape& shape, Rng& rng) {
  Image image{.shape = shape, .bytes = Bytes(static_cast<size_t>(shape.size()))};
  for (uint8_t& byte : image.bytes) byte = static_cast<uint8_t>(rng.below(256));
  return image;
}

std::vector<uint32_t> random_samples(size_t count, int depth, Rng& rng) {
  std::vector<uint32_t> samples(count);
  for (uint32_t& sample : samples) sample = rng.below(1u << depth);
  return samples;
}

/// The nearest byte to sample / largest.
uint8_t scaled(uint32_t sample, int depth) {
  const uint32_t largest = (1u << depth) - 1;
  return static_cast<uint8_t>((sample * 255 + largest / 2) / largest);
}

TEST(Png, GreyAndColourOfAnyDepthInterlacedOrNot) {
  Rng rng(1);
  for (const int type : {0, 2})
    for (const int depth : {1, 2, 4, 8, 16})
      for (const bool interlaced : {false, true})
        for (const auto& [width, height] : {std::pair(1u, 1u), {3u, 5u}, {17u, 9u}}) {
          if (type == 2 && depth < 8) continue;
          const uint32_t channels = type == 2 ? 3 : 1;
          const PngFile png{.width = width,
                            .height = height,
                            .depth = depth,
                            .colour_type = type,
                            .samples = random_samples(width * height * channels, depth, rng),
                            .interlaced = interlaced};
          const Image image = parse_image(png.bytes(), "x");
          EXPECT_EQ(image.shape, (ImageShape{height, width, channels}));
          Bytes wanted;
          for (const uint32_t sample : png.samples) wanted.push_back(scaled(sample, depth));
          EXPECT_EQ(image.bytes, wanted) << type << ' ' << depth << ' ' << interlaced;
        }
}

TEST(Png, Palette) {
  const PngFile png{.width = 3,
                    .height = 1,
                    .depth = 2,
                    .colour_type = 3,
                    .samples = {2, 0, 1},
                    .before_pixels = png_chunk("PLTE", "\x01\x02\x03\x0a\x0b\x0c\xc8\xc9\xca")};
  EXPECT_EQ(parse_image(png.bytes(), "x").bytes, (Bytes{200, 201, 202, 1, 2, 3, 10, 11, 12}));
  PngFile clear = png;
  clear.before_pixels += png_chunk("tRNS", "\xff\x00\x80"s);
  const Bytes bytes = parse_image(clear.bytes(), "x").bytes;
  EXPECT_EQ(Bytes(bytes.begin() + 3, bytes.end()), (Bytes{1, 2, 3, 255, 255, 255}));
  for (size_t c = 0; c < 3; ++c) EXPECT_NEAR(bytes[c], 227 + c / 2.0, 1);  // half-way to white
}

TEST(Png, WhatIsTransparentLiesOverWhite) {
  Rng rng(2);
  for (const int type : {4, 6})
    for (const int depth : {8, 16}) {
      const uint32_t channels = type == 4 ? 1 : 3;
      const PngFile png{.width = 16,
                        .height = 16,
                        .depth = depth,
                        .colour_type = type,
                        .samples = random_samples(256 * (channels + 1), depth, rng)};
      const Image image = parse_image(png.bytes(), "x");
      ASSERT_EQ(image.shape, (ImageShape{16, 16, channels}));
      const double largest = (1 << depth) - 1;
      for (size_t i = 0; i < 256; ++i)
        for (size_t c = 0; c < channels; ++c) {
          const double value = png.samples[i * (channels + 1) + c] / largest,
                       alpha = png.samples[i * (channels + 1) + channels] / largest;
          EXPECT_NEAR(image.bytes[i * channels + c], 255 * (value * alpha + 1 - alpha), 1.01);
        }
    }
  const PngFile keyed{.width = 2,
                      .height = 1,
                      .depth = 8,
                      .colour_type = 0,
                      .samples = {7, 8},
                      .before_pixels = png_chunk("tRNS", "\0\x07"s)};
  EXPECT_EQ(parse_image(keyed.bytes(), "x").bytes, (Bytes{255, 8}));
}

TEST(Png, GammaAndTextsCountForNothing) {
  PngFile png{.width = 2, .height = 1, .depth = 8, .colour_type = 0, .samples = {7, 200}};
  png.before_pixels = png_chunk("gAMA", big_endian_bytes(100000));
  for (int i = 0; i < 2000; ++i) png.before_pixels += png_chunk("tEXt", "a\0b"s);
  EXPECT_EQ(parse_image(png.bytes(), "x").bytes, (Bytes{7, 200}));
}

TEST(Png, Refused) {
  const PngFile png{.width = 3,
                    .height = 2,
                    .depth = 8,
                    .colour_type = 2,
                    .samples = std::vector<uint32_t>(18, 77)};
  const std::string good = png.bytes();
  const auto refuse = [](const std::string& bad) {
    expect_refused(bad, {.file = "x"}, [&] { parse_image(bad, "x"); });
  };
  for (size_t size = 0; size < good.size(); ++size) refuse(good.substr(0, size));
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x11);
    refuse(bad);
  }
  for (PngFile huge : {PngFile{70000, 70000, 8, 2, {}}, PngFile{0x7fffffff, 0x7fffffff, 16, 6, {}},
                       PngFile{8000, 8000, 8, 2, {}}, PngFile{0xffffffff, 1, 8, 0, {}},
                       PngFile{0, 1, 8, 0, {}}, PngFile{1, 0, 8, 0, {}}}) {
    refuse(huge.header());
    refuse(huge.header() + png_chunk("IDAT", stored_zlib("")) + png_chunk("IEND", ""));
  }
  for (const auto& [depth, type] : {std::pair(3, 0), {4, 2}, {16, 3}, {8, 1}, {8, 5}, {8, 7}})
    refuse(PngFile{1, 1, depth, type, {}}.header() + png_chunk("IDAT", stored_zlib("\0\0"s)));
  refuse(PngFile{1, 1, 8, 3, {0}}.bytes());  // no palette
  refuse(png.header() + png_chunk("IEND", ""));
  refuse(png.header() + png_chunk("IDAT", "no zlib") + png_chunk("IEND", ""));
  refuse(png.header() + png_chunk("IDAT", stored_zlib("\x09" + png.scans().substr(1))) +
         png_chunk("IEND", ""));  // no such filter
  refuse(png.header() + png_chunk("WHAT", "") + good.substr(png.header().size()));  // critical
}

TEST(Png, WhatPassesTheSumsIsReadOrRefused) {
  Rng rng(5);
  int read = 0;
  for (int i = 0; i < 3000; ++i) {
    const int types[] = {0, 2, 3, 4, 6};
    PngFile png{.width = 5,
                .height = 4,
                .depth = 8,
                .colour_type = types[rng.below(5)],
                .samples = std::vector<uint32_t>(80, 1),
                .interlaced = rng.below(2) == 1};
    const auto mutate = [&](std::string text) {
      for (uint32_t left = rng.below(4); left > 0 && !text.empty(); --left)
        text[rng.below(static_cast<uint32_t>(text.size()))] = static_cast<char>(rng.below(256));
      if (rng.below(8) == 0) text.resize(rng.below(static_cast<uint32_t>(text.size() + 1)));
      return text;
    };
    std::string bytes =
        png.header().substr(0, 8) + png_chunk("IHDR", mutate(png.header().substr(16, 13)));
    for (const char* name : {"PLTE", "tRNS", "bKGD", "gAMA", "sBIT", "iCCP", "zTXt", "IDAT"})
      if (name[0] == 'I' || rng.below(3) == 0)
        bytes += png_chunk(name, mutate(name[0] == 'I' ? stored_zlib(mutate(png.scans()))
                                                       : std::string(3 * (1 + rng.below(4)), 1)));
    bytes += png_chunk("IEND", "");
    try {
      const Image image = parse_image(bytes, "x");
      EXPECT_EQ(std::ssize(image.bytes), image.shape.size());
      ++read;
    } catch (const Error& error) {
      expect_helpful(std::to_string(i), error, {.file = "x"});
    }
  }
  EXPECT_GT(read, 100);
}

TEST(Pnm, Parse) {
  const Image grey = parse_image("P2 # one\n#two\n 3\t1\r\n100#three\n0 50\n100 \n", "x");
  EXPECT_EQ(grey.shape, (ImageShape{1, 3, 1}));
  EXPECT_EQ(grey.bytes, (Bytes{0, 128, 255}));
  const Image colour = parse_image("P3\n1 2\n255\n1 2 3 4 5 6", "x");
  EXPECT_EQ(colour.shape, (ImageShape{2, 1, 3}));
  EXPECT_EQ(colour.bytes, (Bytes{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(parse_image("P5 2 1 255\n \n", "x").bytes, (Bytes{' ', '\n'}));
  EXPECT_EQ(parse_image("P5\n1 2\n65535\n\x12\x34\xff\xff", "x").bytes, (Bytes{18, 255}));
  EXPECT_EQ(parse_image("P6 1 1 15\n\0\x07\x0f"s, "x").bytes, (Bytes{0, 119, 255}));
}

TEST(Pnm, ReadsWhatItWrites) {
  Rng rng(3);
  for (const int64_t channels : {1, 3}) {
    const Image image = random_image({5, 7, channels}, rng),
                again = parse_image(to_pnm(image), "x");
    EXPECT_EQ(again.shape, image.shape);
    EXPECT_EQ(again.bytes, image.bytes);
  }
}

TEST(Pnm, Refused) {
  for (const std::string& bad : {"P5"s,
                                 "P5 "s,
                                 "P5 2"s,
                                 "P5 2 1"s,
                                 "P5 2 1 255"s,
                                 "P5 2 1 255\n"s,
                                 "P5 2 1 255\na"s,
                                 "P5 2 1 255\nabc"s,
                                 "P5 2 1 255ab"s,
                                 "P5 -2 1 255\nab"s,
                                 "P5 0 1 255\n"s,
                                 "P5 1 0 255\n"s,
                                 "P5 x 1 255\na"s,
                                 "P5 1 1 0\na"s,
                                 "P5 1 1 65536\naa"s,
                                 "P5 1 1 99999999999\naa"s,
                                 "P5 1 1 100\nz"s,
                                 "P5 1 1 300\n\xff\xff"s,
                                 "P5 2 1 300\naaa"s,
                                 "P6 1 1 255\nab"s,
                                 "P5 4294967296 1 255\nab"s,
                                 "P5 4000000000 4000000000 255\nab"s,
                                 "P6 67108865 1 255\na"s,
                                 "P6 8000 8000 255\nabc"s,
                                 "P2 8000 8000 255\n1 2 3"s,
                                 "P2 2 1 255\n1"s,
                                 "P2 2 1 255\n1 x"s,
                                 "P2 2 1 255\n1 256"s,
                                 "P2 2 1 255\n1 -1"s,
                                 "P2 2 1 255\n1 2 3"s,
                                 "P2 1 1 255 #"s,
                                 "P1 1 1\n1"s,
                                 "P4 8 1\na"s,
                                 "P7\nWIDTH 1\n"s,
                                 "P8 1 1 255\na"s,
                                 "Pa 1 1 255\na"s,
                                 "\xff\xd8\xff\xe0 JFIF"s,
                                 "GIF89a"s,
                                 "texto"s,
                                 ""s,
                                 "P"s})
    expect_refused(bad, {.file = "x"}, [&] { parse_image(bad, "x"); });
}

/// Mean over the area of each place, pixel by pixel in double.
std::vector<double> area_means(const Image& image, int64_t height, int64_t width) {
  const auto overlap = [](int64_t place, int64_t size, int64_t pixel, int64_t count) {
    const double scale = static_cast<double>(count) / static_cast<double>(size),
                 begin = static_cast<double>(place) * scale, at = static_cast<double>(pixel);
    return std::max(0.0, std::min(begin + scale, at + 1) - std::max(begin, at)) / scale;
  };
  const auto& [h, w, channels] = image.shape;
  std::vector<double> means(static_cast<size_t>(height * width * channels));
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      for (int64_t i = 0; i < h; ++i)
        for (int64_t j = 0; j < w; ++j)
          for (int64_t c = 0; c < channels; ++c)
            means[static_cast<size_t>((y * width + x) * channels + c)] +=
                overlap(y, height, i, h) * overlap(x, width, j, w) / 255 *
                image.bytes[static_cast<size_t>((i * w + j) * channels + c)];
  return means;
}

TEST(Fit, IsTheMeanOverTheAreaOfEachPixel) {
  Rng rng(4);
  for (const int64_t channels : {1, 3})
    for (const auto& [h, w] : {std::pair(1, 1), {7, 5}, {12, 16}, {3, 20}})
      for (const auto& [height, width] : {std::pair(1, 1), {7, 5}, {4, 4}, {9, 31}}) {
        const Image image = random_image({h, w, channels}, rng);
        const std::vector<float> values = fit(rows_of(image), {height, width, channels});
        const std::vector<double> wanted = area_means(image, height, width);
        ASSERT_EQ(values.size(), wanted.size());
        for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(values[i], wanted[i], 1e-6);
      }
}

TEST(Fit, Channels) {
  const Image colour{.shape = {1, 1, 3}, .bytes = {255, 0, 51}}, grey{{1, 2, 1}, {0, 51}};
  EXPECT_EQ(fit(rows_of(colour), {1, 1, 1}), (std::vector<float>{0.299f + 0.114f / 5}));
  EXPECT_EQ(fit(rows_of(grey), {1, 2, 3}), (std::vector<float>{0, 0, 0, 0.2f, 0.2f, 0.2f}));
  EXPECT_EQ(fit(rows_of(grey), {1, 1, 1}), (std::vector<float>{0.1f}));
}

TEST(Fit, Refused) {
  const Image image{.shape = {1, 1, 1}, .bytes = {0}};
  for (const ImageShape& bad : {ImageShape{0, 1, 1},
                                {1, 0, 1},
                                {-1, 1, 1},
                                {1, 1, 0},
                                {1, 1, 2},
                                {1, 1, 4},
                                {1 << 30, 1 << 30, 3},
                                {INT64_MAX, INT64_MAX, 1}})
    expect_refused("shape", {}, [&] { fit(rows_of(image), bad); });
}

}  // namespace
}  // namespace cadena
