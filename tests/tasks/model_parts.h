// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cadena/io/model_file.h"

namespace cadena {

/// The parts of a model file, to be put together wrongly.
struct ModelParts {
  std::map<std::string, std::string> metadata;
  std::vector<std::pair<std::string, Tensor>> tensors;

  explicit ModelParts(const std::string& path) {
    const ModelFile file = read_model(path);
    metadata = file.metadata;
    for (const ModelFile::Parameter& p : file.parameters)
      tensors.emplace_back(p.name, Tensor(p.shape, {p.values.begin(), p.values.end()}));
  }

  Tensor& tensor(const std::string& name) {
    for (auto& [other, tensor] : tensors)
      if (other == name) return tensor;
    throw std::out_of_range(name);
  }

  /// Changes the first `from` within the settings.
  void set(const std::string& from, const std::string& to) {
    std::string& settings = metadata.at("cadena.settings");
    const size_t at = settings.find(from);
    if (at == settings.npos) throw std::out_of_range(from);
    settings.replace(at, from.size(), to);
  }

  void save(const std::string& path) {
    save_model(
        path, metadata,
        [&](Visitor& v) {
          for (auto& [name, tensor] : tensors) v(name, tensor);
        },
        true);
  }
};

}  // namespace cadena
