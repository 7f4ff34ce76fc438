// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "cadena/base/buffer.h"
#include "cadena/tensor/shape.h"

namespace cadena {

/// Float32 values behind a shared handle, row-major and contiguous: copying a Tensor shares it,
/// clone() copies. Seen as a matrix it has rows() x cols(): one row for rank 1, else the first
/// extent by the rest. Operations never write to their inputs; only initialisers and optimisers
/// write in place.
class Tensor {
 public:
  Tensor() = default;
  /// Zeros.
  explicit Tensor(Shape shape);
  Tensor(int64_t rows, int64_t cols) : Tensor(Shape{rows, cols}) {}
  Tensor(Shape shape, const std::vector<float>& values);

  /// Values that the caller sets.
  static Tensor unset(Shape shape);

  /// A tensor whose gradient is wanted.
  static Tensor parameter(Shape shape);

  explicit operator bool() const { return body_ != nullptr; }
  const Shape& shape() const { return body_->shape; }
  int64_t size() const { return body_->value.size(); }
  int64_t rows() const { return body_->shape.size() < 2 ? 1 : body_->shape[0]; }
  int64_t cols() const;

  float* data() const { return body_->value.data(); }
  std::span<float> values() const { return body_->value.values(); }
  /// The only value of a tensor of one element.
  float item() const;

  /// Where the gradient accumulates; zeros at first use.
  float* grad() const;
  /// The same, for the caller to set if nothing was there.
  Accumulator accumulator() const;
  bool has_grad() const { return body_->has_grad; }
  void clear_grad() const { body_->has_grad = false; }

  bool is_parameter() const { return body_->tape == parameter_mark; }

  /// A promise that the values stay as they are: no gradient of them is wanted any more, and
  /// operations may keep what they make of them.
  void freeze() const;
  /// What make() returned when it was first called with this key; of a tensor that is not frozen it
  /// is called each time. make() returns a shared pointer to const, of one type for each key.
  template <class Make>
  auto made(int key, const Make& make) const {
    using Value = typename decltype(make())::element_type;
    std::shared_ptr<const void> value = kept(key);
    if (!value) value = keep(key, make());
    return std::static_pointer_cast<Value>(value);
  }

  /// The tape that produced this tensor; 0 for none. Tapes are numbered from 1 (autograd/tape.h).
  int64_t tape() const { return body_->tape; }
  void set_tape(int64_t tape) const { body_->tape = tape; }

  Tensor clone() const;

 private:
  static constexpr int64_t parameter_mark = -1;
  struct Kept {
    std::mutex mutex;
    std::map<int, std::shared_ptr<const void>> values;
  };
  struct Body {
    Shape shape;
    Buffer value, grad;
    bool has_grad = false;
    int64_t tape = 0;
    std::unique_ptr<Kept> kept;  // of a frozen tensor
  };
  std::shared_ptr<const void> kept(int key) const;  // null if there is none
  /// What is kept from now on: the value, unless another thread was faster.
  std::shared_ptr<const void> keep(int key, std::shared_ptr<const void> value) const;

  std::shared_ptr<Body> body_;
};

}  // namespace cadena
