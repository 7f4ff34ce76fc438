// SPDX-License-Identifier: MIT
#include "cadena/io/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"
#include "cadena/io/sealed_file.h"

namespace cadena {
namespace {

constexpr SealedKind kind = {.format_key = "cadena.format",
                             .newest_format = 1,
                             .name = "a model of cadena",
                             .origin = "give a file written by 'cadena train'"};
constexpr int64_t max_file_bytes = int64_t{8} << 30;
constexpr size_t max_listed = 8;  // parameters that do not fit

constexpr const char* copy_hint = "copy or train it again";

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

}  // namespace

const std::string& ModelFile::text(const std::string& key) const {
  const auto found = metadata.find(key);
  if (found == metadata.end())
    throw Error(Place{path}, fmt::format("the model has no '{}'", key), kind.origin);
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
  std::vector<std::string_view> values;
  for (const auto& [name, tensor] : parameters)
    values.emplace_back(reinterpret_cast<const char*>(tensor.data()), tensor.values().size_bytes());
  write_sealed(kind, path, std::move(metadata), shapes, values, overwrite);
}

ModelFile read_model(const std::string& path) {
  return parse_model(read_file(path, max_file_bytes), path);
}

ModelFile parse_model(std::string bytes, const std::string& path) {
  SealedFile sealed = parse_sealed(kind, std::move(bytes), path);
  ModelFile file{path, std::move(sealed.metadata), {}, std::move(sealed.bytes)};
  for (const StoredTensor& stored : sealed.tensors) {
    if (stored.type != StoredType::f32)
      throw Error(Place{path}, fmt::format("'{}' is not of type F32", printable(stored.name)),
                  kind.origin);
    const std::span values(reinterpret_cast<const float*>(file.bytes->data() + stored.offset),
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
