// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

namespace cadena {

/// A file of this checkout, as "data/ner-es/dev.conll".
std::string in_checkout(const std::string& path);

/// A file of the shared corpora, which a checkout need not have: under $CADENA_DATA, else beside
/// the checkout.
std::filesystem::path corpus(const std::string& name);

}  // namespace cadena
