// SPDX-License-Identifier: MIT
#include "cadena/base/system_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace cadena {

SystemCalls& system_calls() {
  static SystemCalls calls = {
      .open = [](const char* path, int flags, unsigned mode) { return ::open(path, flags, mode); },
      .posix_fallocate = ::posix_fallocate,
      .write = [](int file, const void* bytes, size_t count) -> int64_t {
        return ::write(file, bytes, count);
      },
      .fsync = ::fsync,
      .close = ::close,
      .renameat2 = ::renameat2,
      .unlink = ::unlink};
  return calls;
}

}  // namespace cadena
