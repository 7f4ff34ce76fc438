// SPDX-License-Identifier: MIT
#include "metrics.h"

#include <fmt/format.h>

#include <limits>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "run_folder.h"

namespace cadena {
namespace {

constexpr int64_t most_bytes = int64_t{1} << 30;

}  // namespace

std::string read_metrics(const std::string& folder,
                         const std::function<void(std::string_view, int64_t)>& take) {
  const std::string path = folder + '/' + metrics_file, text = read_file(path, most_bytes);
  int64_t number = 0;
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    ++number;
    try {
      take(std::string_view(text).substr(begin, end - begin), number);
    } catch (const Error& error) {
      throw Error(Place{path, number}, error.message(), metrics_hint);
    }
  }
  return path;
}

std::string text_in(const Json& line, const char* key) {
  const Json* const value = line.find(key);
  if (!value || !value->is_string()) throw Error(fmt::format("expected a text under \"{}\"", key));
  return value->to_string();
}

double number_in(const Json& line, const char* key) {
  const Json* const value = line.find(key);
  if (!value) throw Error(fmt::format("expected a number under \"{}\"", key));
  return value->is_null() ? std::numeric_limits<double>::quiet_NaN() : value->to_double();
}

int64_t count_in(const Json& line, const char* key) {
  const double number = number_in(line, key);
  if (!(number >= 0 && number <= 1e15))
    throw Error(fmt::format("expected a count under \"{}\"", key));
  return static_cast<int64_t>(number);
}

bool flag_in(const Json& line, const char* key) {
  const Json* const value = line.find(key);
  return value && value->to_bool();
}

}  // namespace cadena
