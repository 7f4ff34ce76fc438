// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "cadena/base/compute.h"
#include "cadena/base/rng.h"
#include "cadena/tensor/tensor.h"

namespace cadena {

/// While a Tape lives, the operations of its thread on tracked tensors are recorded in the order in
/// which they run. That order is topological, so backward() is one loop in reverse: no graph, no
/// recursion. Tracked are parameters and what was produced from them under this tape; a tensor from
/// an earlier tape is a constant, which is what truncated back-propagation wants.
class Tape {
 public:
  /// Without noise: dropout is the identity, as it is when no tape lives.
  Tape();
  /// With noise for dropout, drawn from a new stream of `rng`.
  explicit Tape(Rng& rng);
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  /// Runs the pullbacks, last first, from a gradient of 1 on `loss` (one element). They add to what
  /// is there.
  void backward(const Tensor& loss);

  /// True if the gradient of `tensor` is wanted by the tape of this thread.
  static bool tracked(const Tensor& tensor);

  /// Called by each operation: `pullback` turns the gradients of the outputs into gradients of the
  /// tracked inputs, adding to them. Kept only if a tape lives and an input is tracked.
  static void record(std::span<const Tensor> inputs, std::span<const Tensor> outputs,
                     std::function<void()> pullback);
  static void record(std::initializer_list<Tensor> inputs, std::initializer_list<Tensor> outputs,
                     std::function<void()> pullback) {
    record(std::span(inputs.begin(), inputs.size()), std::span(outputs.begin(), outputs.size()),
           std::move(pullback));
  }

  /// True if record() would keep a pullback for these inputs: what only that needs, need not be
  /// saved otherwise.
  static bool recording(std::span<const Tensor> inputs);

  /// That of compute(), for an operation on these inputs. Errors: int8, which has no gradients,
  /// where recording() is true.
  static Precision precision_for(std::span<const Tensor> inputs);

  /// A new stream of noise for one dropout; none when there is no tape or it has no noise.
  static std::optional<Rng> noise();

 private:
  int64_t number_;
  Tape* outer_;
  std::optional<Rng> noise_;
  std::vector<std::function<void()>> pullbacks_;
};

}  // namespace cadena
