// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <vector>

namespace cadena {

/// A file, pipe or device for reading; "-" is the standard input, over the buffer of std::cin.
/// What begins as gzip (RFC 1952; members one after the other too) is decompressed as it is read.
/// Errors, here and out of every read: missing, a directory, no permission, a failing disk as
/// read_file; damaged or cut gzip data. Only a failing standard input is just bad(), as std::cin.
std::unique_ptr<std::istream> open_input(const std::string& path);

/// While it lives it notes every path that open_input is given, by any thread. There is one at a
/// time.
class InputLog {
 public:
  InputLog();
  ~InputLog();
  InputLog(const InputLog&) = delete;
  InputLog& operator=(const InputLog&) = delete;

  /// Each once, in alphabetical order.
  std::vector<std::string> paths() const;
};

/// The whole content of open_input. Errors: as there; more than `max_bytes` once decompressed.
std::string read_input(const std::string& path, int64_t max_bytes);

}  // namespace cadena
