// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cadena {

/// XXH3-128 of `parts` as if they were one text: 32 digits, the same on every machine. It finds
/// accidents; it is no defence against forgery.
std::string xxh3_128_hex(std::span<const std::string_view> parts);

}  // namespace cadena
