// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "cadena/base/system_calls.h"

namespace cadena {

/// What goes wrong.
struct FaultPlan {
  int64_t failing = -1;      ///< the call, from 0, that fails
  int code = EIO;            ///< with this errno
  int64_t room = INT64_MAX;  ///< bytes that the disk takes
  int64_t bytes_at_a_time = INT64_MAX;
  bool preallocates = true;  ///< the file system takes part in posix_fallocate
};

/// Until the end of the block the system calls of saves are counted, one of them fails, and the
/// disk may be full or take a few bytes at a time. There is one at a time.
class Faults {
 public:
  explicit Faults(const FaultPlan& plan) {
    real_ = system_calls();
    plan_ = plan;
    calls_ = 0;
    system_calls() = {
        .open = [](const char* path, int flags,
                   unsigned mode) { return fails() ? -1 : real_.open(path, flags, mode); },
        .posix_fallocate =
            [](int file, int64_t offset, int64_t bytes) {
              if (fails()) return plan_.code;
              if (!plan_.preallocates) return EOPNOTSUPP;
              return bytes > plan_.room ? ENOSPC : real_.posix_fallocate(file, offset, bytes);
            },
        .write = [](int file, const void* bytes, size_t count) -> int64_t {
          if (fails()) return -1;
          if (count > 0 && plan_.room == 0) return errno = ENOSPC, -1;
          const int64_t some =
              std::min({static_cast<int64_t>(count), plan_.room, plan_.bytes_at_a_time});
          const int64_t written = real_.write(file, bytes, static_cast<size_t>(some));
          plan_.room -= written;
          return written;
        },
        .fsync = [](int file) { return fails() ? -1 : real_.fsync(file); },
        .close =
            [](int file) {
              const int result = real_.close(file);  // it is closed in any case
              return fails() ? -1 : result;
            },
        .renameat2 =
            [](int a, const char* from, int b, const char* to, unsigned flags) {
              return fails() ? -1 : real_.renameat2(a, from, b, to, flags);
            },
        .unlink = [](const char* path) { return fails() ? -1 : real_.unlink(path); }};
  }
  ~Faults() { system_calls() = real_; }
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  static int64_t calls() { return calls_; }

 private:
  static bool fails() {
    if (calls_++ != plan_.failing) return false;
    errno = plan_.code;
    return true;
  }

  static inline SystemCalls real_;
  static inline FaultPlan plan_;
  static inline int64_t calls_ = 0;
};

}  // namespace cadena
