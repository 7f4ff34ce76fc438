// SPDX-License-Identifier: MIT
#include "cadena/base/compute.h"

#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/suggest.h"

namespace cadena {
namespace {

constexpr std::pair<const char*, Precision> names[] = {
    {"single", Precision::single}, {"bfloat16", Precision::bfloat16}, {"int8", Precision::int8}};

thread_local Compute current;

}  // namespace

std::vector<std::string> precision_names() {
  std::vector<std::string> all;
  for (const auto& [name, precision] : names) all.emplace_back(name);
  return all;
}

Precision find_precision(std::string_view name) {
  for (const auto& [known, precision] : names)
    if (known == name) return precision;
  throw Error("there is no precision '" + std::string(name) + "'",
              "precisions: " + joined(precision_names()));
}

const Compute& compute() { return current; }

ComputeScope::ComputeScope(const Compute& compute) : before_(std::exchange(current, compute)) {}
ComputeScope::~ComputeScope() { current = before_; }

}  // namespace cadena
