// SPDX-License-Identifier: MIT
#include "cadena/base/system_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace cadena {

SystemCalls& system_calls() {
  static SystemCalls calls = {
      .open = [](const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); },
      .posix_fallocate = ::posix_fallocate,
      .write = ::write,
      .fsync = ::fsync,
      .close = ::close,
      .renameat2 = ::renameat2,
      .unlink = ::unlink};
  return calls;
}

}  // namespace cadena
