// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

namespace cadena {

/// What write_file_atomically asks of the system; the calls of POSIX and Linux of these names.
/// Tests replace some, to see what becomes of a file when one fails.
struct SystemCalls {
  int (*open)(const char* path, int flags, mode_t mode);
  int (*posix_fallocate)(int file, off_t offset, off_t bytes);
  ssize_t (*write)(int file, const void* bytes, size_t count);
  int (*fsync)(int file);
  int (*close)(int file);
  int (*renameat2)(int from_folder, const char* from, int to_folder, const char* to,
                   unsigned flags);
  int (*unlink)(const char* path);
};

/// Of the whole process. Not to be changed while a file is written.
SystemCalls& system_calls();

}  // namespace cadena
