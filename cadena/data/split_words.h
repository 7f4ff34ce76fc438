// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

namespace cadena {

/// What stands between blanks of any kind (is_space); the views are into `text`.
std::vector<std::string_view> split_words(std::string_view text);

}  // namespace cadena
