// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/io/safetensors.h"

namespace cadena {

/// A kind of safetensors file (cadena/io/safetensors.h) whose metadata hold the number of its
/// format and `cadena.checksum`, XXH3-128 of the whole file with zeros in the place of its own 32
/// digits.
struct SealedKind {
  const char* format_key;  ///< of the metadata
  int newest_format;
  const char* name;    ///< "a model of cadena"
  const char* origin;  ///< "give a file written by 'cadena train'"
};

struct SealedFile {
  std::map<std::string, std::string> metadata;
  std::vector<StoredTensor> tensors;         ///< in the order in which they were saved
  std::shared_ptr<const std::string> bytes;  ///< the file; values are aligned for F32
};

/// Writes a file atomically, `values` being the bytes of each tensor. There is no date inside: the
/// same arguments give the same bytes.
/// Errors: as safetensors_header and write_file_atomically.
void write_sealed(const SealedKind& kind, const std::string& path,
                  std::map<std::string, std::string> metadata, std::span<const NamedShape> tensors,
                  std::span<const std::string_view> values, bool overwrite);

/// Reads the bytes of a file, which may be hostile; `path` is for messages.
/// Errors: not of this kind, of a newer format, damaged.
SealedFile parse_sealed(const SealedKind& kind, std::string bytes, const std::string& path);

}  // namespace cadena
