// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace cadena {

/// What write_file_atomically asks of the system; the calls of POSIX and Linux of these names.
/// Tests replace some, to see what becomes of a file when one fails.
struct SystemCalls {
  int (*open)(const char* path, int flags, unsigned mode);
  int (*posix_fallocate)(int file, int64_t offset, int64_t bytes);
  int64_t (*write)(int file, const void* bytes, size_t count);
  int (*fsync)(int file);
  int (*close)(int file);
  int (*renameat2)(int from_folder, const char* from, int to_folder, const char* to,
                   unsigned flags);
  int (*unlink)(const char* path);
};

/// Of the whole process. Not to be changed while a file is written.
SystemCalls& system_calls();

}  // namespace cadena
