// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cadena {

/// The whole content of a file, pipe or device; "-" is standard input.
/// Errors: missing, a directory, more than `max_bytes` (Fault::input); no permission or a failing
/// disk (Fault::environment).
std::string read_file(const std::string& path, int64_t max_bytes);

/// The errors of what cannot be opened or read, `code` being an errno, and of what is too large.
[[noreturn]] void throw_unreadable(const std::string& path, int code);
[[noreturn]] void throw_too_large(const std::string& path, int64_t max_bytes);

/// Finds before a long piece of work what would stop write_file_atomically after it.
/// Errors: as there.
void check_writable(const std::string& path, bool overwrite);

/// Finds before a long piece of work that the disk of `path`, a file or folder, is too full for
/// what will be written. Errors: less than so many bytes are free (Fault::environment).
void expect_room(const std::string& path, int64_t bytes);

/// Writes `parts` one after the other. They go to a temporary file beside `path` that takes its
/// place only when every byte is on the disk: a reader sees the old file or the new one, and a
/// failure leaves the old one and nothing else. The new file has the mode of the old one. A
/// symbolic link at `path` is replaced, never followed. "-", "/dev/stdout", "/dev/stderr", devices
/// and pipes are written directly. Errors: `path` exists and not `overwrite`, a directory, a
/// missing directory (Fault::input); no permission, disk full and all else (Fault::environment).
void write_file_atomically(const std::string& path, std::span<const std::string_view> parts,
                           bool overwrite);
void write_file_atomically(const std::string& path, std::string_view text, bool overwrite);

/// Removes a file, if it is there. Errors: it cannot be removed (Fault::environment).
void remove_file(const std::string& path);

}  // namespace cadena
