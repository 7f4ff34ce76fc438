// SPDX-License-Identifier: MIT
#include "cadena/io/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/base/hash.h"
#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"
#include "cadena/io/safetensors.h"

namespace cadena {
namespace {

constexpr int newest_format = 1;
constexpr int64_t max_file_bytes = int64_t{8} << 30;
constexpr size_t max_listed = 8;  // parameters that do not fit

constexpr const char* train_hint = "give a file written by 'cadena train'";
constexpr const char* copy_hint = "copy or train it again";
constexpr const char* format_key = "cadena.format";
constexpr const char* checksum_key = "cadena.checksum";
constexpr size_t checksum_digits = 32;

/// Where the digits of the checksum stand in a header, npos if nowhere. Within a text of the
/// header quotes are escaped, so nothing else can look like this.
size_t find_checksum(std::string_view header) {
  const std::string before = fmt::format("\"{}\":\"", checksum_key);
  const size_t at = header.find(before);
  return at == header.npos ? at : at + before.size();
}

bool all_finite(std::span<const float> values) {
  size_t others = 0;  // counted, not searched: this loop is a vector loop
  for (float value : values) others += !std::isfinite(value);
  return others == 0;
}

std::vector<std::pair<std::string, Tensor>> collect(const Walk& walk) {
  std::vector<std::pair<std::string, Tensor>> parameters;
  Visitor visitor(
      [&](const std::string& name, Tensor& tensor) { parameters.emplace_back(name, tensor); });
  walk(visitor);
  return parameters;
}

void check_format(const ModelFile& file) {
  const auto found = file.metadata.find(format_key);
  if (found == file.metadata.end())
    throw Error(Place{file.path}, "is a safetensors file, but not a model of cadena", train_hint);
  const std::string& text = found->second;
  int format = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), format);
  if (failure != std::errc{} || end != text.data() + text.size() || format < 1)
    throw Error(Place{file.path}, fmt::format("has an unknown format '{}'", printable(text)),
                train_hint);
  if (format > newest_format)
    throw Error(
        Place{file.path},
        fmt::format("is of format {}; this cadena reads up to format {}", format, newest_format),
        "update cadena to the version that wrote the file, or a later one");
}

/// `header` is the part of the file before the values.
void check_checksum(const ModelFile& file, size_t header_size) {
  const std::string_view all = *file.bytes;
  const size_t at = find_checksum(all.substr(0, header_size));
  const auto stored = file.metadata.find(checksum_key);
  if (at != all.npos && stored != file.metadata.end() && stored->second.size() == checksum_digits) {
    const std::string zeros(checksum_digits, '0');
    const std::array parts = {all.substr(0, at), std::string_view(zeros),
                              all.substr(at + checksum_digits)};
    if (xxh3_128_hex(parts) == stored->second) return;
  }
  throw Error(Place{file.path}, "is damaged: its checksum does not match",
              "copy or train it again; a model changed by another program is refused too");
}

}  // namespace

const std::string& ModelFile::text(const std::string& key) const {
  const auto found = metadata.find(key);
  if (found == metadata.end())
    throw Error(Place{path}, fmt::format("the model has no '{}'", key), train_hint);
  return found->second;
}

void save_model(const std::string& path, std::map<std::string, std::string> metadata,
                const Walk& walk, bool overwrite) {
  const auto parameters = collect(walk);
  std::vector<NamedShape> shapes;
  for (const auto& [name, tensor] : parameters) {
    if (!all_finite(tensor.values()))
      throw Error(Place{path},
                  fmt::format("not saved: '{}' holds values that are not finite", name), {},
                  Fault::diverged);
    shapes.push_back({name, tensor.shape()});
  }
  metadata[format_key] = std::to_string(newest_format);
  metadata[checksum_key] = std::string(checksum_digits, '0');
  std::string header = safetensors_header(metadata, shapes);

  std::vector<std::string_view> parts = {header};
  for (const auto& [name, tensor] : parameters)
    parts.emplace_back(reinterpret_cast<const char*>(tensor.data()), tensor.values().size_bytes());
  header.replace(find_checksum(header), checksum_digits, xxh3_128_hex(parts));
  parts.front() = header;
  write_file_atomically(path, parts, overwrite);
}

ModelFile read_model(const std::string& path) {
  return parse_model(read_file(path, max_file_bytes), path);
}

ModelFile parse_model(std::string bytes, const std::string& path) {
  ModelFile file{path, {}, {}, std::make_shared<const std::string>(std::move(bytes))};
  const std::string& all = *file.bytes;
  SafetensorsHeader header;
  try {
    header = parse_safetensors(std::as_bytes(std::span(all)));
  } catch (const Error& error) {
    throw Error(Place{path}, "is not a model of cadena, or is damaged: " + error.message(),
                train_hint);
  }
  file.metadata = std::move(header.metadata);
  check_format(file);
  const size_t start =
      header.tensors.empty() ? all.size() : static_cast<size_t>(header.tensors.front().offset);
  check_checksum(file, start);
  if (start % alignof(float) != 0)
    throw Error(Place{path}, "is damaged: its values are not aligned", copy_hint);

  for (const StoredTensor& stored : header.tensors) {
    const std::span values(reinterpret_cast<const float*>(all.data() + stored.offset),
                           static_cast<size_t>(stored.bytes) / sizeof(float));
    if (!all_finite(values))
      throw Error(Place{path},
                  fmt::format("'{}' holds values that are not finite", printable(stored.name)),
                  copy_hint);
    file.parameters.push_back({stored.name, stored.shape, values});
  }
  return file;
}

void load_parameters(const ModelFile& file, const Walk& walk) {
  std::map<std::string, const ModelFile::Parameter*> stored;
  for (const ModelFile::Parameter& parameter : file.parameters) stored[parameter.name] = &parameter;

  std::vector<std::string> problems;
  std::vector<std::pair<Tensor, std::span<const float>>> copies;
  for (const auto& [name, tensor] : collect(walk)) {
    const auto found = stored.find(name);
    if (found == stored.end()) {
      problems.push_back(fmt::format("'{}' is missing", name));
      continue;
    }
    const ModelFile::Parameter& parameter = *found->second;
    if (parameter.shape != tensor.shape())
      problems.push_back(fmt::format("'{}' has shape {}, expected {}", name,
                                     to_string(parameter.shape), to_string(tensor.shape())));
    copies.emplace_back(tensor, parameter.values);
    stored.erase(found);
  }
  for (const auto& [name, parameter] : stored)
    problems.push_back(fmt::format("'{}' is not in the model", printable(name)));
  if (!problems.empty()) {
    const size_t count = problems.size();
    if (count > max_listed) {
      problems.resize(max_listed);
      problems.push_back(fmt::format("and {} more", count - max_listed));
    }
    throw Error(
        Place{file.path},
        fmt::format("the parameters are not those of the model: {}", joined(problems, "; ")),
        "the file was saved with other settings or by another version");
  }
  for (const auto& [tensor, values] : copies) std::ranges::copy(values, tensor.data());
}

}  // namespace cadena
