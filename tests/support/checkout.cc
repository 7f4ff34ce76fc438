// SPDX-License-Identifier: MIT
#include "tests/support/checkout.h"

#include <cstdlib>

namespace cadena {

std::string in_checkout(const std::string& path) { return CADENA_SOURCE_DIR "/" + path; }

std::filesystem::path corpus(const std::string& name) {
  const char* root = std::getenv("CADENA_DATA");
  return std::filesystem::path(root ? root : CADENA_SOURCE_DIR "/../shared/data") / name;
}

}  // namespace cadena
