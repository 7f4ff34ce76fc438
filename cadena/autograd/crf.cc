// SPDX-License-Identifier: MIT
#include "cadena/autograd/crf.h"

#include <algorithm>
#include <string>

#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "cadena/kernels/crf.h"
#include "cadena/kernels/pointwise.h"

namespace cadena {
namespace {

kernels::Crf view(const Tensor& scores, const CrfScores& crf, const Layout& layout) {
  const int64_t k = crf.start.size();
  if (crf.transitions.size() != k * k || crf.end.size() != k)
    throw Error("crf: transitions have shape " + to_string(crf.transitions.shape()) + " and ends " +
                to_string(crf.end.shape()) + ", expected " + to_string({k, k}) + " and " +
                to_string({k}));
  if (scores.cols() != k || scores.rows() != layout.rows())
    throw Error("crf: scores have shape " + to_string(scores.shape()) + ", expected " +
                to_string({layout.rows(), k}));
  return {.tags = k,
          .transitions = crf.transitions.data(),
          .start = crf.start.data(),
          .end = crf.end.data(),
          .lengths = layout.lengths(),
          .offsets = layout.offsets()};
}

}  // namespace

Tensor crf_loss(const Tensor& scores, const CrfScores& crf, std::span<const int32_t> tags,
                const Layout& layout) {
  const kernels::Crf field = view(scores, crf, layout);
  if (std::ssize(tags) != layout.rows() || std::any_of(tags.begin(), tags.end(), [&](int32_t tag) {
        return tag < 0 || tag >= field.tags;
      }))
    throw Error("crf: needs one tag below " + std::to_string(field.tags) + " for each of " +
                std::to_string(layout.rows()) + " rows");
  const std::vector<Tensor> inputs{scores, crf.transitions, crf.start, crf.end};
  if (!Tape::recording(inputs))
    return Tensor(
        Shape{1},
        {static_cast<float>(kernels::crf_loss(field, scores.data(), tags.data(), nullptr))});

  // The forward recursion is at hand here, so the gradients are made now and only scaled by the
  // pullback.
  std::vector<Tensor> gradients;
  for (const Tensor& input : inputs) gradients.emplace_back(input.shape());
  const kernels::CrfGradients sums{gradients[0].data(), gradients[1].data(), gradients[2].data(),
                                   gradients[3].data()};
  const Tensor loss(
      Shape{1}, {static_cast<float>(kernels::crf_loss(field, scores.data(), tags.data(), &sums))});
  Tape::record(inputs, std::span(&loss, 1), [inputs, gradients, loss] {
    for (size_t i = 0; i < inputs.size(); ++i)
      if (Tape::tracked(inputs[i]))
        kernels::add_scaled(inputs[i].size(), loss.grad()[0], gradients[i].data(),
                            inputs[i].grad());
  });
  return loss;
}

std::vector<int32_t> crf_decode(const Tensor& scores, const CrfScores& crf, const Layout& layout) {
  std::vector<int32_t> tags(static_cast<size_t>(layout.rows()));
  kernels::crf_decode(view(scores, crf, layout), scores.data(), tags.data());
  return tags;
}

}  // namespace cadena
