// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cadena {

/// The known word that was probably meant, the first listed among equals; nothing if none is near.
/// Near means few insertions, deletions, changes and swaps of neighbours (Damerau-Levenshtein),
/// without regard to case or to "-" against "_". The part after the last dot may stand alone:
/// "hiden" finds "model.hidden".
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known);

/// "a, b, c": the words to choose from, for messages.
std::string joined(std::span<const std::string> words, std::string_view separator = ", ");

}  // namespace cadena
