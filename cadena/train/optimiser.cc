// SPDX-License-Identifier: MIT
#include "cadena/train/optimiser.h"

#include <cmath>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/kernels/optimise.h"
#include "cadena/kernels/pointwise.h"

namespace cadena {

Optimiser::Optimiser(std::vector<Tensor> parameters, const OptimiserOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  if (options.kind != "adam" && options.kind != "adamw" && options.kind != "sgd")
    throw Error("optimiser: there is no '" + options.kind + "'", "adam, adamw or sgd");
  for (const Tensor& parameter : parameters_) {
    first_.emplace_back(parameter.values().size());
    second_.emplace_back(options.kind == "sgd" ? 0 : parameter.values().size());
  }
}

double Optimiser::step(float rate) {
  double square = 0;
  for (const Tensor& parameter : parameters_)
    if (parameter.has_grad()) square += kernels::squared_norm(parameter.size(), parameter.grad());
  const double norm = std::sqrt(square);
  if (std::isfinite(norm)) {
    ++steps_;
    const float scale =
        options_.clip > 0 && norm > options_.clip ? static_cast<float>(options_.clip / norm) : 1;
    const auto steps = static_cast<double>(steps_);
    const kernels::SgdStep sgd{.rate = rate, .momentum = options_.momentum, .scale = scale};
    const kernels::AdamStep adam{
        .rate = static_cast<float>(rate / (1 - std::pow(options_.beta1, steps))),
        .b1 = options_.beta1,
        .b2 = options_.beta2,
        .epsilon = options_.epsilon,
        .decay = options_.kind == "adamw" ? options_.decay * rate : 0,
        .root_correction = static_cast<float>(1 / std::sqrt(1 - std::pow(options_.beta2, steps))),
        .scale = scale};
    for (size_t i = 0; i < parameters_.size(); ++i) {
      const Tensor& p = parameters_[i];
      if (options_.kind == "sgd")
        kernels::sgd_step(sgd, p.size(), p.grad(), first_[i].data(), p.data());
      else
        kernels::adam_step(adam, p.size(), p.grad(), first_[i].data(), second_[i].data(), p.data());
    }
  }
  for (const Tensor& parameter : parameters_) parameter.clear_grad();
  return norm;
}

}  // namespace cadena
