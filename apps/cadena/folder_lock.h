// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

namespace cadena {

/// Keeps a folder for this process: no second training writes into it. The system lets go of it
/// when the process ends, however it ends.
class FolderLock {
 public:
  /// Errors: another process has it.
  explicit FolderLock(const std::string& folder);

 private:
  std::shared_ptr<int> descriptor_;  // closed by the last owner
};

}  // namespace cadena
