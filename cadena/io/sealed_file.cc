// SPDX-License-Identifier: MIT
#include "cadena/io/sealed_file.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/base/hash.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

constexpr const char* checksum_key = "cadena.checksum";
constexpr size_t checksum_digits = 32;

/// Where the digits of the checksum stand in a header, npos if nowhere. Within a text of the
/// header quotes are escaped, so nothing else can look like this.
size_t find_checksum(std::string_view header) {
  const std::string before = fmt::format("\"{}\":\"", checksum_key);
  const size_t at = header.find(before);
  return at == header.npos ? at : at + before.size();
}

void check_format(const SealedKind& kind, const SealedFile& file, const std::string& path) {
  const auto found = file.metadata.find(kind.format_key);
  if (found == file.metadata.end())
    throw Error(Place{path}, fmt::format("is a safetensors file, but not {}", kind.name),
                kind.origin);
  const std::string& text = found->second;
  int format = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), format);
  if (failure != std::errc{} || end != text.data() + text.size() || format < 1)
    throw Error(Place{path}, fmt::format("has an unknown format '{}'", printable(text)),
                kind.origin);
  if (format > kind.newest_format)
    throw Error(Place{path},
                fmt::format("is of format {}; this cadena reads up to format {}", format,
                            kind.newest_format),
                "update cadena to the version that wrote the file, or a later one");
}

/// `header_size`: of the part of the file before the values.
void check_checksum(const SealedFile& file, size_t header_size, const std::string& path) {
  const std::string_view all = *file.bytes;
  const size_t at = find_checksum(all.substr(0, header_size));
  const auto stored = file.metadata.find(checksum_key);
  if (at != all.npos && stored != file.metadata.end() && stored->second.size() == checksum_digits) {
    const std::string zeros(checksum_digits, '0');
    const std::array parts = {all.substr(0, at), std::string_view(zeros),
                              all.substr(at + checksum_digits)};
    if (xxh3_128_hex(parts) == stored->second) return;
  }
  throw Error(Place{path}, "is damaged: its checksum does not match",
              "copy or train it again; a model changed by another program is refused too");
}

}  // namespace

void write_sealed(const SealedKind& kind, const std::string& path,
                  std::map<std::string, std::string> metadata, std::span<const NamedShape> tensors,
                  std::span<const std::string_view> values, bool overwrite) {
  metadata[kind.format_key] = std::to_string(kind.newest_format);
  metadata[checksum_key] = std::string(checksum_digits, '0');
  std::string header = safetensors_header(metadata, tensors);
  std::vector<std::string_view> parts = {header};
  parts.insert(parts.end(), values.begin(), values.end());
  header.replace(find_checksum(header), checksum_digits, xxh3_128_hex(parts));
  parts.front() = header;
  write_file_atomically(path, parts, overwrite);
}

SealedFile parse_sealed(const SealedKind& kind, std::string bytes, const std::string& path) {
  SealedFile file{{}, {}, std::make_shared<const std::string>(std::move(bytes))};
  const std::string& all = *file.bytes;
  try {
    SafetensorsHeader header = parse_safetensors(std::as_bytes(std::span(all)));
    file.metadata = std::move(header.metadata);
    file.tensors = std::move(header.tensors);
  } catch (const Error& error) {
    throw Error(Place{path},
                fmt::format("is not {}, or is damaged: {}", kind.name, error.message()),
                kind.origin);
  }
  check_format(kind, file, path);
  const size_t start =
      file.tensors.empty() ? all.size() : static_cast<size_t>(file.tensors.front().offset);
  check_checksum(file, start, path);
  if (start % alignof(float) != 0)
    throw Error(Place{path}, "is damaged: its values are not aligned", "copy or train it again");
  return file;
}

}  // namespace cadena
