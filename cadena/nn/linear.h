// SPDX-License-Identifier: MIT
#pragma once

#include "cadena/autograd/ops.h"
#include "cadena/nn/init.h"
#include "cadena/nn/visit.h"

namespace cadena {

/// y = x · weightᵀ + bias.
class Linear {
 public:
  Linear(int64_t inputs, int64_t outputs, Rng& rng)
      : weight_(glorot_parameter({outputs, inputs}, rng)), bias_(Tensor::parameter({outputs})) {}

  Tensor operator()(const Tensor& x) const { return linear(x, weight_, bias_); }

  const Tensor& weight() const { return weight_; }
  const Tensor& bias() const { return bias_; }

  void visit(Visitor& v) {
    v("weight", weight_);
    v("bias", bias_);
  }

 private:
  Tensor weight_;  // [outputs, inputs]
  Tensor bias_;    // [outputs]
};

}  // namespace cadena
