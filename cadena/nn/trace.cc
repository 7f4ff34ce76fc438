// SPDX-License-Identifier: MIT
#include "cadena/nn/trace.h"

#include <utility>

namespace cadena {
namespace {

thread_local Trace* innermost = nullptr;

}  // namespace

Trace::Trace() : outer_(std::exchange(innermost, this)) {}
Trace::~Trace() { innermost = outer_; }

Trace* Trace::current() { return innermost; }

Trace::Layer& Trace::add(Layer layer) { return layers_.emplace_back(std::move(layer)); }

}  // namespace cadena
