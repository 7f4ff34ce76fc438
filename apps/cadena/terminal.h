// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cadena {

bool is_terminal(int descriptor);

/// Columns of the terminal at `descriptor`; 80 where it does not tell.
int terminal_width(int descriptor);

/// Whether to write colours to `descriptor`. `choice` is "auto", "always" or "never"; auto goes by
/// NO_COLOR, then FORCE_COLOR and CLICOLOR_FORCE, then what the terminal can do.
bool wants_colour(const std::string& choice, int descriptor);

}  // namespace cadena
