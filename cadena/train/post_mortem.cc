// SPDX-License-Identifier: MIT
#include "cadena/train/post_mortem.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/nn/trace.h"

namespace cadena {
namespace {

bool all_finite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}
bool all_finite(const Tensor& tensor) { return !tensor || all_finite(tensor.values()); }
bool gradient_is_finite(const Tensor& tensor) {
  if (!tensor || !tensor.has_grad()) return true;
  if (const auto rows = tensor.grad_rows()) {
    const float* const gradient = tensor.grad(*rows);
    return std::ranges::all_of(*rows, [&](int32_t row) {
      return all_finite(
          std::span(gradient + row * tensor.cols(), static_cast<size_t>(tensor.cols())));
    });
  }
  return all_finite(std::span<const float>(tensor.grad(), static_cast<size_t>(tensor.size())));
}

// The steps of a direction in the order in which they ran.
size_t nth_step(const Trace::Layer& layer, size_t n) {
  return layer.reverse ? layer.steps.size() - 1 - n : n;
}

std::string name_of(const Trace::Layer& layer) {
  return fmt::format("layer {} of recurrent network {} ({}{})", layer.layer + 1, layer.network + 1,
                     layer.cell, layer.reverse ? ", backwards" : "");
}

// "gate f of layer 1 ..., time step 3", the first one in the order of running.
std::optional<std::string> first_in_forward(const Trace& trace) {
  const auto first_of = [](const std::vector<Tensor>& tensors) -> std::optional<size_t> {
    for (size_t i = 0; i < tensors.size(); ++i)
      if (!all_finite(tensors[i])) return i;
    return std::nullopt;
  };
  for (const Trace::Layer& layer : trace.layers()) {
    if (const auto i = first_of(layer.initial))
      return fmt::format("state {} that enters {}", layer.state_names[*i], name_of(layer));
    for (size_t n = 0; n < layer.steps.size(); ++n) {
      const size_t t = nth_step(layer, n);
      if (const auto gate = first_of(layer.steps[t].gates))
        return fmt::format("gate {} of {} at time step {}", layer.gate_names[*gate], name_of(layer),
                           t + 1);
      if (const auto state = first_of(layer.steps[t].states))
        return fmt::format("state {} of {} at time step {}", layer.state_names[*state],
                           name_of(layer), t + 1);
    }
  }
  return std::nullopt;
}

// The same of the gradients of the states, on the way back.
std::optional<std::string> first_in_backward(const Trace& trace) {
  for (auto layer = trace.layers().rbegin(); layer != trace.layers().rend(); ++layer)
    for (size_t n = layer->steps.size(); n-- > 0;) {
      const size_t t = nth_step(*layer, n);
      const std::vector<Tensor>& states = layer->steps[t].states;
      for (size_t i = 0; i < states.size(); ++i)
        if (!gradient_is_finite(states[i]))
          return fmt::format("the gradient of state {} of {} at time step {}",
                             layer->state_names[i], name_of(*layer), t + 1);
    }
  return std::nullopt;
}

// The first parameter of which `is_sound` is not true.
template <class IsSound>
std::optional<std::string> first_parameter(Trainee& trainee, IsSound is_sound) {
  std::optional<std::string> found;
  Visitor visitor([&](const std::string& name, Tensor& parameter) {
    if (!found && !is_sound(parameter)) found = name;
  });
  trainee.visit(visitor);
  return found;
}

std::string cause(Trainee& trainee, const FailedStep& step) {
  if (const auto name = weights_not_finite(trainee))
    return fmt::format("the weights {} are not finite, so this step or one before was too long",
                       *name);
  const Trace trace;
  Rng noise = step.noise;
  Tape tape(noise);
  const Trainee::Loss loss = trainee.loss(step.batch);
  if (const auto place = first_in_forward(trace)) return *place + " is not finite";
  if (!all_finite(loss.sum)) return "the loss is not finite, although all recurrent states are";
  tape.backward(scale(loss.sum, 1 / static_cast<float>(loss.sequences)));
  const auto name = first_parameter(trainee, gradient_is_finite);
  const auto place = first_in_backward(trace);
  if (!name) return "the gradient is not finite; step by step it is, so it is about to overflow";
  return fmt::format("the gradient of the weights {} is not finite{}", *name,
                     place ? "; on the way back first " + *place : "");
}

std::string advice(const FailedStep& step) {
  if (step.precision != "single") return "train.precision=single rounds less";
  if (step.clip == 0)
    return fmt::format("try train.clip=5, or a smaller train.rate than {:g}", step.rate);
  return fmt::format("try train.rate={:g}, a larger train.warmup or a smaller train.clip than {:g}",
                     step.rate / 10, step.clip);
}

}  // namespace

std::optional<std::string> weights_not_finite(Trainee& trainee) {
  return first_parameter(trainee, [](const Tensor& weights) { return all_finite(weights); });
}

std::string post_mortem(Trainee& trainee, const FailedStep& step) {
  const std::string why = cause(trainee, step);
  for (const Tensor& parameter : parameters(trainee)) parameter.clear_grad();
  return fmt::format("step {}, epoch {}, {}: {}; {}", step.step, step.epoch,
                     trainee.where(step.batch), why, advice(step));
}

}  // namespace cadena
