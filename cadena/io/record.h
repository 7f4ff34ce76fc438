// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/base/rng.h"
#include "cadena/io/sealed_file.h"

namespace cadena {

/// What a piece of work must remember to go on later, to the same bits: numbers, texts and arrays
/// by name. A class lists its members once, and that listing writes and reads them:
///     void record(Record& r) { r("steps", steps_); r("weights", weights_.values()); }
/// Names are joined by dots. A record to write holds on to arrays of floats: save it before they
/// change.
class Record {
 public:
  /// Empty, to be written.
  Record() = default;
  /// What save() wrote. Errors: no such file, not a record, damaged.
  explicit Record(const std::string& path);

  /// Errors: as write_file_atomically.
  void save(const std::string& path) const;

  bool reading() const { return file_.has_value(); }

  /// Writes the value or reads it. Errors when reading: no such name; not such a value.
  template <std::integral Number>
  void operator()(std::string_view name, Number& number) {
    auto wide = static_cast<int64_t>(number);
    whole(name, wide);
    number = static_cast<Number>(wide);
  }
  void operator()(std::string_view name, double& number);
  void operator()(std::string_view name, float& number);
  void operator()(std::string_view name, std::string& text);
  void operator()(std::string_view name, Rng& rng);
  /// Errors when reading: another size.
  void operator()(std::string_view name, std::span<float> values);
  void operator()(std::string_view name, std::vector<double>& values);

  template <class Part>
  requires requires(Part& part, Record& record) { part.record(record); }
  void operator()(std::string_view name, Part& part) {
    const size_t outer = scope_.size();
    scope_ += std::string(name) + ".";
    part.record(*this);
    scope_.resize(outer);
  }

 private:
  void whole(std::string_view name, int64_t& number);
  std::string& text_of(const std::string& name);
  const StoredTensor& tensor_of(const std::string& name, StoredType type) const;
  [[noreturn]] void fail(const std::string& what) const;

  std::string scope_;  // names of the parts around, each with a dot
  std::map<std::string, std::string> texts_;
  // Of a record to write:
  std::vector<NamedShape> shapes_;
  std::vector<std::string_view> values_;
  std::deque<std::vector<double>> copies_;  // some of the values
  // Of one that was read:
  std::string path_;
  std::optional<SealedFile> file_;
};

}  // namespace cadena
