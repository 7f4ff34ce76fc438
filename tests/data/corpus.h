// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace cadena {

/// A file of the shared corpora, which a checkout need not have: under $CADENA_DATA, else beside
/// the checkout.
inline std::filesystem::path corpus(const std::string& name) {
  const char* root = std::getenv("CADENA_DATA");
  return std::filesystem::path(root ? root : CADENA_SOURCE_DIR "/../shared/data") / name;
}

}  // namespace cadena
