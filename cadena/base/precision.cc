// SPDX-License-Identifier: MIT
#include "cadena/base/precision.h"

#include <utility>

namespace cadena {
namespace {

constexpr std::pair<std::string_view, Precision> names[] = {
    {"single", Precision::single}, {"bfloat16", Precision::bfloat16}, {"int8", Precision::int8}};

thread_local Precision current = Precision::single;

}  // namespace

std::string_view name(Precision precision) { return names[static_cast<size_t>(precision)].first; }

std::optional<Precision> find_precision(std::string_view name) {
  for (const auto& [known, precision] : names)
    if (known == name) return precision;
  return std::nullopt;
}

Precision precision() { return current; }

PrecisionScope::PrecisionScope(Precision precision) : before_(std::exchange(current, precision)) {}
PrecisionScope::~PrecisionScope() { current = before_; }

}  // namespace cadena
