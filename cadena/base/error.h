// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

namespace cadena {

/// Who can mend it; the program maps each to an exit code (docs/conventions.md).
enum class Fault {
  input,        ///< usage, settings, data or model file: the user
  environment,  ///< disk full, no permission: whoever runs the machine
  limit,        ///< a limit of memory, size or time
  diverged,     ///< training met numbers that are not finite
};

/// A place in a file; line 0 means the file as a whole.
struct Place {
  std::string file;
  int64_t line = 0;
};

/// The one exception of the library. `message` says what is wrong, `hint` what to do about it.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string message, std::string hint = {}, Fault fault = Fault::input);
  Error(Place place, std::string message, std::string hint = {}, Fault fault = Fault::input);

  const Place& place() const { return place_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  Fault fault() const { return fault_; }

 private:
  Place place_;
  std::string message_, hint_;
  Fault fault_;
};

/// What a reader does with a fault after which it can read on: throw it, or keep it for a list of
/// all. After a call that returns, the reader leaves out what was at fault.
using OnFault = std::function<void(const Error&)>;
[[noreturn]] inline void throw_fault(const Error& error) { throw error; }

/// "FILE:LINE: ", "FILE: " or nothing: how a place stands before a message.
std::string prefix(const Place& place);

}  // namespace cadena
