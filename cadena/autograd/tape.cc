// SPDX-License-Identifier: MIT
#include "cadena/autograd/tape.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "cadena/base/error.h"

namespace cadena {
namespace {

thread_local Tape* current = nullptr;
std::atomic<int64_t> tapes = 0;

}  // namespace

Tape::Tape() : number_(++tapes), outer_(std::exchange(current, this)) {}

Tape::Tape(Rng& rng) : Tape() { noise_ = rng.split(); }

Tape::~Tape() { current = outer_; }

bool Tape::tracked(const Tensor& tensor) {
  return tensor && (tensor.is_parameter() || (current && tensor.tape() == current->number_));
}

bool Tape::recording(std::span<const Tensor> inputs) {
  return current && std::any_of(inputs.begin(), inputs.end(), tracked);
}

void Tape::record(std::span<const Tensor> inputs, std::span<const Tensor> outputs,
                  std::function<void()> pullback) {
  if (!recording(inputs)) return;
  for (const Tensor& output : outputs) output.set_tape(current->number_);
  current->pullbacks_.push_back(std::move(pullback));
}

void Tape::backward(const Tensor& loss) {
  if (loss.size() != 1)
    throw Error("backward: the loss has shape " + to_string(loss.shape()) + ", not one element");
  struct Restore {  // pullbacks ask what this tape tracks, even while an inner one lives
    Tape* before;
    ~Restore() { current = before; }
  } const restore{std::exchange(current, this)};
  loss.grad()[0] = 1.0f;
  for (; !pullbacks_.empty(); pullbacks_.pop_back()) pullbacks_.back()();
}

Precision Tape::precision_for(std::span<const Tensor> inputs) {
  const Precision precision = compute().precision;
  if (precision == Precision::int8 && recording(inputs))
    throw Error("weights in int8 have no gradients",
                "train in single or bfloat16 precision; int8 is for answers");
  return precision;
}

std::optional<Rng> Tape::noise() {
  if (!current || !current->noise_) return std::nullopt;
  return current->noise_->split();
}

}  // namespace cadena
