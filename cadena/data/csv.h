// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cadena {

/// Comma, or the semicolon or tab that stands in its place in a line without one.
char separator_of(std::string_view line);

/// The fields of a line, without spaces and tabs around them. A field in double quotes is taken as
/// it is; inside, two quotes are one (RFC 4180), and it ends on its line. Errors, without a place:
/// a quote that is not closed, text after a quoted field.
void split_fields(std::string_view line, char separator, std::vector<std::string>& fields);

}  // namespace cadena
