// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cadena/tensor/tensor.h"

namespace cadena {

/// Walks the parameters of a module. A module lists its members once,
///     void visit(Visitor& v) { v("words", words); v("emit", emit); }
/// and that listing serves the optimiser, files and counting. Names are joined by dots:
/// "emit.weight".
class Visitor {
 public:
  using Action = std::function<void(const std::string& name, Tensor& parameter)>;
  explicit Visitor(Action action) : action_(std::move(action)) {}

  void operator()(std::string_view name, Tensor& parameter) {
    action_(path_ + std::string(name), parameter);
  }

  template <class Module>
  requires requires(Module& module, Visitor& visitor) { module.visit(visitor); }
  void operator()(std::string_view name, Module& module) {
    const size_t outer = path_.size();
    path_ += std::string(name) + ".";
    module.visit(*this);
    path_.resize(outer);
  }

 private:
  Action action_;
  std::string path_;
};

/// All parameters of a module, in the order of its listing.
template <class Module>
std::vector<Tensor> parameters(Module& module) {
  std::vector<Tensor> all;
  Visitor visitor([&](const std::string&, Tensor& parameter) { all.push_back(parameter); });
  module.visit(visitor);
  return all;
}

/// How many numbers all parameters of a module have together.
template <class Module>
int64_t count_parameters(const Module& module) {
  int64_t count = 0;
  Visitor visitor([&](const std::string&, Tensor& parameter) { count += parameter.size(); });
  const_cast<Module&>(module).visit(visitor);  // which only looks
  return count;
}

}  // namespace cadena
