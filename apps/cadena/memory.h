// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cadena/tasks/task.h"

namespace cadena {

/// Bytes of memory that this process holds, and the most that it ever held; 0 if the system does
/// not tell.
double resident_bytes();
double peak_bytes();

/// What --max-memory allows.
class MemoryLimit {
 public:
  /// --max-memory.
  void add_to(CLI::App& verb);
  explicit operator bool() const { return bytes_.has_value(); }

  /// Errors: the file alone is larger.
  void expect_room_for(const std::string& file) const;
  /// Does `work`. Errors: it wants more.
  void guard(const std::function<void()>& work) const;
  /// The bytes that a training of the prepared task will take at most, about.
  /// Errors: more than allowed, with what to change.
  double expect_training(Task& task, TrainOptions& options) const;

 private:
  [[noreturn]] void refuse(const std::string& what, const std::string& hint) const;

  std::optional<int64_t> bytes_;
};

}  // namespace cadena
