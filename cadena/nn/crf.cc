// SPDX-License-Identifier: MIT
#include "cadena/nn/crf.h"

#include "cadena/autograd/ops.h"
#include "cadena/kernels/crf.h"

namespace cadena {

Crf::Crf(int64_t tags, const Legal& legal)
    : transitions_(Tensor::parameter({tags, tags})),
      start_(Tensor::parameter({tags})),
      end_(Tensor::parameter({tags})),
      mask_{Tensor(tags, tags), Tensor(Shape{tags}), Tensor(Shape{tags})} {
  if (!legal) return;
  const int count = static_cast<int>(tags);
  for (int i = 0; i < count; ++i) {
    if (!legal(std::nullopt, i)) mask_.start.data()[i] = kernels::forbidden;
    if (!legal(i, std::nullopt)) mask_.end.data()[i] = kernels::forbidden;
    for (int j = 0; j < count; ++j)
      if (!legal(i, j)) mask_.transitions.data()[i * count + j] = kernels::forbidden;
  }
}

CrfScores Crf::field() const {
  return {add(transitions_, mask_.transitions), add(start_, mask_.start), add(end_, mask_.end)};
}

}  // namespace cadena
