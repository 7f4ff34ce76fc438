// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "cadena/tensor/shape.h"

namespace cadena {

/// The safetensors format: 8 bytes with the length of a JSON header, the header, the values.
/// Here F32 and F64 only, at most 8 extents, none of them zero, and a header of at most 16 MiB.

enum class StoredType { f32, f64 };

struct StoredTensor {
  std::string name;
  StoredType type;
  Shape shape;
  int64_t offset;  ///< of its values, from the start of the file
  int64_t bytes;
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<StoredTensor> tensors;  ///< in the order of their values; these cover the rest
};

/// Reads the header of a whole file, which may be hostile: afterwards every range lies within it.
/// Error: not such a file, or another type.
SafetensorsHeader parse_safetensors(std::span<const std::byte> file);

struct NamedShape {
  std::string name;
  Shape shape;
  StoredType type = StoredType::f32;
};

/// What stands before the values of `tensors`, to be written in this order. Its size is a multiple
/// of 8. The same arguments give the same bytes.
/// Error: what parse_safetensors would refuse: a name given twice, an extent of zero, text that is
/// not UTF-8 (Fault::input); a header above the limit (Fault::limit).
std::string safetensors_header(const std::map<std::string, std::string>& metadata,
                               std::span<const NamedShape> tensors);

}  // namespace cadena
