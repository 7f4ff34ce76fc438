// SPDX-License-Identifier: MIT
#include "cadena/data/idx.h"

#include <fmt/format.h>

#include "cadena/base/error.h"

namespace cadena {

namespace {

constexpr const char* format_hint = "MNIST's format: images in *idx3-ubyte, labels in *idx1-ubyte";
constexpr const char* copy_hint = "copy or download the file again";
constexpr size_t magic_bytes = 4;
constexpr unsigned unsigned_byte = 0x08;

unsigned byte_at(std::string_view bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

int64_t big_endian(std::string_view bytes, size_t at) {
  int64_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = number << 8 | byte_at(bytes, at + i);
  return number;
}

}  // namespace

IdxArray parse_idx(std::string_view bytes, int dimensions, const std::string& file) {
  const Place place{file};
  if (bytes.size() < magic_bytes || bytes[0] != 0 || bytes[1] != 0)
    throw Error(place, "is no IDX file: it does not start as one", format_hint);
  if (byte_at(bytes, 2) != unsigned_byte)
    throw Error(place, fmt::format("IDX values of type 0x{:02x} are not read", byte_at(bytes, 2)),
                "only unsigned bytes (0x08) are; for others write a .npy file");
  if (byte_at(bytes, 3) != static_cast<unsigned>(dimensions))
    throw Error(place,
                fmt::format("expected {} dimensions, found {}", dimensions, byte_at(bytes, 3)),
                format_hint);
  const size_t header = magic_bytes * (1 + static_cast<size_t>(dimensions));
  if (bytes.size() < header) throw Error(place, "the IDX header is cut short", copy_hint);
  IdxArray array{.shape = {}, .data = bytes.substr(header)};
  const auto most = static_cast<int64_t>(array.data.size());
  int64_t size = 1;
  for (int i = 1; i <= dimensions; ++i) {
    const int64_t dimension = big_endian(bytes, magic_bytes * static_cast<size_t>(i));
    if (dimension == 0)
      throw Error(place, fmt::format("dimension {} is 0: there is nothing in it", i), copy_hint);
    if (dimension > most / size)
      throw Error(place, fmt::format("is cut short: {} bytes are too few for its shape", most),
                  copy_hint);
    size *= dimension;
    array.shape.push_back(dimension);
  }
  if (size != most)
    throw Error(place, fmt::format("expected {} bytes of values, found {}", size, most), copy_hint);
  return array;
}

}  // namespace cadena
