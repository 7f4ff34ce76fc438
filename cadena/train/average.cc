// SPDX-License-Identifier: MIT
#include "cadena/train/average.h"

#include <algorithm>
#include <utility>

#include "cadena/kernels/optimise.h"

namespace cadena {

Average::Average(std::vector<Tensor> parameters, float decay)
    : parameters_(std::move(parameters)), decay_(decay) {
  for (const Tensor& parameter : parameters_)
    mean_.emplace_back(parameter.values().begin(), parameter.values().end());
}

void Average::update() {
  const auto t = static_cast<float>(steps_++);
  const float decay = std::min(decay_, (1 + t) / (10 + t));
  for (size_t i = 0; i < parameters_.size(); ++i)
    kernels::average_step(1 - decay, parameters_[i].size(), parameters_[i].data(), mean_[i].data());
}

void Average::swap() {
  for (size_t i = 0; i < parameters_.size(); ++i)
    std::swap_ranges(mean_[i].begin(), mean_[i].end(), parameters_[i].data());
}

}  // namespace cadena
