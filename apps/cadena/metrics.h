// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cadena/base/json.h"

namespace cadena {

// Reading metrics.jsonl, which anybody may have edited.

inline constexpr const char* metrics_hint = "was it written by 'cadena train'?";

/// Gives each whole line and its number, from 1; the last may be half of one, of a training that
/// was cut off. Returns the path. Errors: the file cannot be read; those of `take`, with the line.
std::string read_metrics(const std::string& folder,
                         const std::function<void(std::string_view line, int64_t number)>& take);

/// What stands under a key. Errors: nothing, or something else; without a place.
std::string text_in(const Json& line, const char* key);
double number_in(const Json& line, const char* key);  ///< NaN for null
int64_t count_in(const Json& line, const char* key);
/// False if there is none.
bool flag_in(const Json& line, const char* key);

}  // namespace cadena
