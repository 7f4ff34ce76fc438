// SPDX-License-Identifier: MIT
#include "cadena/io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <string_view>

#include "cadena/base/error.h"
#include "cadena/base/json.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

static_assert(std::endian::native == std::endian::little, "the values are stored little-endian");

constexpr uint64_t length_bytes = 8;
constexpr uint64_t max_header_bytes = 16 << 20;
constexpr size_t max_tensors = 65536, max_metadata = 4096;
constexpr size_t max_rank = 8;
constexpr const char* metadata_key = "__metadata__";

[[noreturn]] void fail(const std::string& what) { throw Error("safetensors: " + what); }

struct TypeName {
  StoredType type;
  const char* name;
  int64_t bytes;
};
constexpr TypeName types[] = {{StoredType::f32, "F32", sizeof(float)},
                              {StoredType::f64, "F64", sizeof(double)}};

const TypeName& name_of(StoredType type) { return types[static_cast<size_t>(type)]; }

/// The size of the values, for a shape that the format allows.
int64_t checked_bytes(const std::string& name, StoredType type, const Shape& shape) {
  if (shape.size() > max_rank)
    fail(fmt::format("'{}' has {} extents, the limit is {}", printable(name), shape.size(),
                     max_rank));
  int64_t bytes = name_of(type).bytes;
  for (int64_t extent : shape) {
    if (extent <= 0) fail(fmt::format("'{}' has an extent of {}", printable(name), extent));
    if (__builtin_mul_overflow(bytes, extent, &bytes))
      fail(fmt::format("'{}' has a size beyond 64 bits", printable(name)));
  }
  return bytes;
}

std::string_view header_text(std::span<const std::byte> file) {
  if (file.size() < length_bytes) fail(fmt::format("a file of {} bytes", file.size()));
  uint64_t length = 0;
  std::memcpy(&length, file.data(), length_bytes);
  if (length > max_header_bytes)
    fail(fmt::format("a header of {} bytes, the limit is {}", length, max_header_bytes));
  if (length > file.size() - length_bytes)
    fail(fmt::format("a header of {} bytes in a file of {}", length, file.size()));
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + length_bytes, length);
  if (!text.starts_with('{')) fail("the header does not start with '{'");
  return text;
}

/// One entry of the header; the offset still counts from the end of the header.
StoredTensor parse_tensor(const std::string& name, const Json& entry) {
  const Json* const type = entry.find("dtype");
  const Json* const shape = entry.find("shape");
  const Json* const offsets = entry.find("data_offsets");
  if (!type || !shape || !offsets || entry.members().size() != 3)
    fail(fmt::format("'{}' needs dtype, shape and data_offsets, nothing else", printable(name)));
  const auto* const known = std::ranges::find(types, type->to_string(), &TypeName::name);
  if (known == std::end(types))
    fail(fmt::format("'{}' is of type {}, only F32 and F64 are read", printable(name),
                     printable(type->to_string())));
  if (offsets->items().size() != 2)
    fail(fmt::format("'{}' needs two data_offsets", printable(name)));

  Shape extents;
  for (const Json& extent : shape->items()) extents.push_back(extent.to_int());
  const int64_t bytes = checked_bytes(name, known->type, extents);
  const int64_t begin = offsets->items()[0].to_int(), end = offsets->items()[1].to_int();
  if (begin < 0 || end < begin || end - begin != bytes)
    fail(fmt::format("'{}' has data_offsets [{}, {}] for {} bytes", printable(name), begin, end,
                     bytes));
  return {name, known->type, std::move(extents), begin, bytes};
}

}  // namespace

SafetensorsHeader parse_safetensors(std::span<const std::byte> file) {
  const std::string_view text = header_text(file);
  SafetensorsHeader header;
  const auto add = [&](const std::string& name, const Json& entry) {
    if (name == metadata_key) {
      for (const auto& [key, value] : entry.members()) header.metadata[key] = value.to_string();
      return;
    }
    if (header.tensors.size() == max_tensors)
      fail(fmt::format("more than {} tensors", max_tensors));
    header.tensors.push_back(parse_tensor(name, entry));
  };
  // A key and a value for each line of metadata, their object and its key.
  Json::parse_members(text, {.max_depth = 8, .max_values = 2 * max_metadata + 2}, add);
  std::ranges::sort(header.tensors, {}, &StoredTensor::offset);

  const auto first = static_cast<int64_t>(length_bytes + text.size());
  const auto last = static_cast<int64_t>(file.size());
  int64_t next = first;
  for (StoredTensor& tensor : header.tensors) {
    if (tensor.offset != next - first || tensor.bytes > last - next)
      fail(fmt::format("the values of '{}' leave a gap, overlap or pass the end",
                       printable(tensor.name)));
    tensor.offset = next;
    next += tensor.bytes;
  }
  if (next != last) fail(fmt::format("{} bytes after the last values", last - next));
  return header;
}

std::string safetensors_header(const std::map<std::string, std::string>& metadata,
                               std::span<const NamedShape> tensors) {
  if (tensors.size() > max_tensors || metadata.size() > max_metadata)
    fail(fmt::format("more than {} tensors or {} lines of metadata", max_tensors, max_metadata));
  Json json = Json::object();
  if (!metadata.empty()) {
    Json texts = Json::object();
    for (const auto& [key, value] : metadata) texts.push(key, value);
    json.push(metadata_key, std::move(texts));
  }
  std::set<std::string> names = {metadata_key};
  int64_t begin = 0;
  for (const auto& [name, shape, type] : tensors) {
    if (!names.insert(name).second)
      fail(fmt::format("the name '{}' is given twice", printable(name)));
    int64_t end = 0;
    if (__builtin_add_overflow(begin, checked_bytes(name, type, shape), &end))
      fail("a size beyond 64 bits");
    Json extents = Json::array(Json::Array(shape.begin(), shape.end()));
    json.push(name, Json::object({{"dtype", name_of(type).name},
                                  {"shape", std::move(extents)},
                                  {"data_offsets", Json::array({begin, end})}}));
    begin = end;
  }
  std::string text = json.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > max_header_bytes)
    throw Error(fmt::format("safetensors: names and metadata of {} bytes, the limit is {}",
                            text.size(), max_header_bytes),
                "a smaller vocabulary makes a smaller file", Fault::limit);
  const uint64_t length = text.size();
  std::string header(length_bytes, '\0');
  std::memcpy(header.data(), &length, length_bytes);
  return header + text;
}

}  // namespace cadena
