// SPDX-License-Identifier: MIT
#include "cadena/io/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

constexpr SealedKind kind = {.format_key = "cadena.checkpoint",
                             .newest_format = 1,
                             .name = "a checkpoint of cadena",
                             .origin = "give a file written by 'cadena train'"};

constexpr int64_t max_file_bytes = int64_t{64} << 30;

template <class Number>
std::string exact_text(Number number) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

template <class Number>
bool read_exact(const std::string& text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  return failure == std::errc{} && stop == end;
}

template <class Number>
std::string_view bytes_of(std::span<Number> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

}  // namespace

Record::Record(const std::string& path)
    : path_(path), file_(parse_sealed(kind, read_file(path, max_file_bytes), path)) {
  texts_ = file_->metadata;
}

void Record::save(const std::string& path) const {
  write_sealed(kind, path, texts_, shapes_, values_, true);
}

void Record::fail(const std::string& what) const {
  throw Error(Place{path_}, what, "it was written by another version, or for other data");
}

std::string& Record::text_of(const std::string& name) {
  if (!reading()) return texts_[name];
  const auto found = texts_.find(name);
  if (found == texts_.end()) fail(fmt::format("has no '{}'", name));
  return found->second;
}

void Record::whole(std::string_view name, int64_t& number) {
  std::string& text = text_of(scope_ + std::string(name));
  if (!reading())
    text = exact_text(number);
  else if (!read_exact(text, number))
    fail(fmt::format("'{}{}' is no whole number", scope_, name));
}

void Record::operator()(std::string_view name, double& number) {
  std::string& text = text_of(scope_ + std::string(name));
  if (!reading())
    text = exact_text(number);
  else if (!read_exact(text, number))
    fail(fmt::format("'{}{}' is no number", scope_, name));
}

void Record::operator()(std::string_view name, float& number) {
  double wide = number;
  (*this)(name, wide);
  number = static_cast<float>(wide);
}

void Record::operator()(std::string_view name, std::string& text) {
  std::string& stored = text_of(scope_ + std::string(name));
  (reading() ? text : stored) = reading() ? stored : text;
}

void Record::operator()(std::string_view name, Rng& rng) {
  uint64_t seed = rng.seed(), stream = rng.stream(), position = rng.position();
  const std::string of(name);
  (*this)(of + ".seed", seed);
  (*this)(of + ".stream", stream);
  (*this)(of + ".position", position);
  if (reading()) rng = Rng::at(seed, stream, position);
}

const StoredTensor& Record::tensor_of(const std::string& name, StoredType type) const {
  const auto found = std::ranges::find(file_->tensors, name, &StoredTensor::name);
  if (found == file_->tensors.end() || found->type != type) fail(fmt::format("has no '{}'", name));
  return *found;
}

void Record::operator()(std::string_view name, std::span<float> values) {
  if (values.empty()) return;
  const std::string whole_name = scope_ + std::string(name);
  if (!reading()) {
    shapes_.push_back({whole_name, {std::ssize(values)}, StoredType::f32});
    values_.push_back(bytes_of(values));
    return;
  }
  const StoredTensor& stored = tensor_of(whole_name, StoredType::f32);
  if (stored.bytes != static_cast<int64_t>(values.size_bytes()))
    fail(fmt::format("'{}' has {} bytes, expected {}", whole_name, stored.bytes,
                     values.size_bytes()));
  std::memcpy(values.data(), file_->bytes->data() + stored.offset, values.size_bytes());
}

void Record::operator()(std::string_view name, std::vector<double>& values) {
  const std::string whole_name = scope_ + std::string(name);
  int64_t size = std::ssize(values);
  (*this)(std::string(name) + ".size", size);
  if (size == 0) return values.clear();  // no array has an extent of 0
  if (!reading()) {
    shapes_.push_back({whole_name, {size}, StoredType::f64});
    values_.push_back(bytes_of(std::span<const double>(copies_.emplace_back(values))));
    return;
  }
  const StoredTensor& stored = tensor_of(whole_name, StoredType::f64);
  if (size < 0 || stored.bytes / static_cast<int64_t>(sizeof(double)) != size)
    fail(fmt::format("'{}' has {} bytes for {} numbers", whole_name, stored.bytes, size));
  values.resize(static_cast<size_t>(size));
  std::memcpy(values.data(), file_->bytes->data() + stored.offset,
              static_cast<size_t>(stored.bytes));
}

}  // namespace cadena
