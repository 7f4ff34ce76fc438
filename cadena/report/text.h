// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cadena {

/// Text for XML and HTML, between tags or in quotes; controls and bytes that are not UTF-8 become
/// U+FFFD.
std::string escape(std::string_view text);

/// Four digits and a unit: "0.8123", "12.35k", "1.2e−9"; "–" for what is not finite.
std::string short_number(double value);
/// Three digits and a power of ten: "1.25e−9".
std::string scientific_number(double value);

/// About how wide a text is in a sans-serif type of `size` pixels; rather too wide.
double text_width(std::string_view text, double size);
/// Cut to that width, with "…" at the end if something is missing.
std::string cut_to_width(std::string_view text, double size, double width);
/// Broken at blanks into lines of at most that width, if the words allow.
std::vector<std::string> wrap(std::string_view text, double size, double width);

}  // namespace cadena
