// SPDX-License-Identifier: MIT
#include "cadena/data/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/data/png.h"
#include "cadena/data/pnm.h"

namespace cadena {

namespace {

/// How much of each of `count` pixels the places of a row of `size` cover, exactly: in shares of
/// 1 / size of a pixel. Calls use(place, pixel, share).
template <class Use>
void for_each_overlap(int64_t size, int64_t count, const Use& use) {
  for (int64_t place = 0; place < size; ++place) {
    const int64_t begin = place * count, end = begin + count;
    for (int64_t pixel = begin / size; pixel * size < end; ++pixel)
      use(place, pixel, std::min(end, (pixel + 1) * size) - std::max(begin, pixel * size));
  }
}

/// Each place of the row has the sum over the pixels that it covers, by their shares.
std::vector<int64_t> narrowed(const uint8_t* row, const ImageShape& from, int64_t width) {
  std::vector<int64_t> sums(static_cast<size_t>(width * from.channels));
  for_each_overlap(width, from.width, [&](int64_t place, int64_t pixel, int64_t share) {
    for (int64_t c = 0; c < from.channels; ++c)
      sums[static_cast<size_t>(place * from.channels + c)] +=
          share * row[pixel * from.channels + c];
  });
  return sums;
}

/// `sums` of one row, each over an area of `area`, as values of 0 to 1 in `channels`.
void finish_row(const std::vector<int64_t>& sums, int64_t from_channels, int64_t channels,
                int64_t area, float* to) {
  const auto pixels = static_cast<int64_t>(sums.size()) / from_channels;
  const auto value = [&](int64_t sum, int64_t whole) {
    return static_cast<float>(static_cast<double>(sum) / static_cast<double>(whole * 255));
  };
  for (int64_t x = 0; x < pixels; ++x) {
    const int64_t* pixel = sums.data() + x * from_channels;
    if (from_channels == 3 && channels == 1) {
      *to++ = value(299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2], area * 1000);
      continue;
    }
    for (int64_t c = 0; c < channels; ++c) *to++ = value(pixel[c % from_channels], area);
  }
}

}  // namespace

void check_pixels(int64_t height, int64_t width) {
  if (height < 1 || width < 1)
    throw Error(fmt::format("has {} x {} pixels", width, height), "copy or download it again");
  if (width > most_pixels / height)
    throw Error(fmt::format("has {} x {} pixels, at most {} are read", width, height, most_pixels),
                "make it smaller");
}

Picture rows_of(Image image) {
  const ImageShape shape = image.shape;
  return {shape, [image = std::move(image), y = int64_t{0}]() mutable {
            return image.bytes.data() + y++ * image.shape.width * image.shape.channels;
          }};
}

Picture open_picture(std::string_view bytes, const std::string& file) {
  if (is_png(bytes)) return open_png(bytes, file);
  if (is_pnm(bytes)) return rows_of(parse_pnm(bytes, file));
  throw Error(Place{file}, "is no PNG, PGM or PPM picture: it does not start as one",
              "convert it: 'convert FILE NEW.png' of ImageMagick, or another program");
}

std::vector<float> fit(const Picture& picture, const ImageShape& shape) {
  check_pixels(shape.height, shape.width);
  if (shape.channels != 1 && shape.channels != 3)
    throw Error(fmt::format("a picture of {} channels", shape.channels), "choose 1 or 3");
  const ImageShape& from = picture.shape;
  std::vector<float> values(static_cast<size_t>(shape.size()));
  std::vector<int64_t> row, sums(static_cast<size_t>(shape.width * from.channels));
  int64_t narrow_row = -1;
  for_each_overlap(shape.height, from.height, [&](int64_t y, int64_t pixel, int64_t share) {
    if (pixel != narrow_row) row = narrowed(picture.next_row(), from, shape.width);
    narrow_row = pixel;
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += share * row[i];
    if ((y + 1) * from.height > (pixel + 1) * shape.height) return;  // more of this place follows
    finish_row(sums, from.channels, shape.channels, from.height * from.width,
               values.data() + y * shape.width * shape.channels);
    std::ranges::fill(sums, 0);
  });
  return values;
}

}  // namespace cadena
