// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cadena/nn/visit.h"
#include "cadena/tensor/shape.h"

namespace cadena {

/// A model file is a sealed file (cadena/io/sealed_file.h), its format under `cadena.format`, with
/// what the task puts into the metadata.
struct ModelFile {
  struct Parameter {
    std::string name;
    Shape shape;
    std::span<const float> values;  ///< within `bytes`
  };

  std::string path;
  std::map<std::string, std::string> metadata;
  std::vector<Parameter> parameters;         ///< in the order in which they were saved
  std::shared_ptr<const std::string> bytes;  ///< the file

  /// Metadata. Errors: there is none of that key.
  const std::string& text(const std::string& key) const;
  /// Numbers in all parameters together.
  int64_t values() const {
    int64_t sum = 0;
    for (const Parameter& parameter : parameters)
      sum += static_cast<int64_t>(parameter.values.size());
    return sum;
  }
};

/// Calls the visitor with every member to save or load:
///     save_model(path, metadata, [&](Visitor& v) { model.visit(v); }, overwrite);
using Walk = std::function<void(Visitor&)>;

/// Writes a model atomically. There is no date inside: the same model gives the same bytes.
/// Error: a parameter that is not finite (Fault::diverged); a name given twice, text that is not
/// UTF-8; as write_file_atomically.
void save_model(const std::string& path, std::map<std::string, std::string> metadata,
                const Walk& walk, bool overwrite);

/// Reads a model; the file may be hostile. The parameters are finite.
/// Error: not a model of cadena, of a newer format, damaged; as read_file.
ModelFile read_model(const std::string& path);

/// The same for bytes in memory; `path` is for messages.
ModelFile parse_model(std::string bytes, const std::string& path);

/// Copies the values into the parameters that `walk` visits.
/// Error: names missing in the file, unknown to the model or of another shape, all in one message;
/// then no parameter was changed.
void load_parameters(const ModelFile& file, const Walk& walk);

}  // namespace cadena
