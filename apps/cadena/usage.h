// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace cadena {

/// Reads the command line into the options of `program` and its verbs. Returns a text to print
/// instead of doing anything: a help page or the version.
/// Errors: a command line that is not right, with the nearest right word as hint.
std::optional<std::string> parse(CLI::App& program, int argc, const char* const* argv);

/// "cadena eval MODEL FILE [options]".
std::string usage(const CLI::App& verb);

std::string help_page(const CLI::App& verb);

}  // namespace cadena
