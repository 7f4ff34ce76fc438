// SPDX-License-Identifier: MIT
#include "cadena/nn/stepper.h"

#include <algorithm>
#include <vector>

#include "cadena/base/compute.h"
#include "cadena/base/error.h"
#include "cadena/base/subnormals.h"
#include "cadena/kernels/recurrent.h"

namespace cadena {

using kernels::plain, kernels::transposed;

struct LinearStepper::Layer {
  kernels::PackedMatrix weight;
  Tensor bias;
  Buffer output;

  Layer(const Tensor& w, const Tensor& b)
      : weight(w.cols(), w.rows(), transposed(w.data(), w.cols()), compute().precision),
        bias(b.clone()),
        output(w.rows()) {}

  void run(const float* x) {
    kernels::gemm_alone(1, plain(x, weight.k()), weight, output.data(), weight.n(),
                        {bias.data(), 0});
  }
};

LinearStepper::LinearStepper(const Tensor& weight, const Tensor& bias)
    : layer_(std::make_unique<Layer>(weight, bias)) {}
LinearStepper::LinearStepper(LinearStepper&&) noexcept = default;
LinearStepper& LinearStepper::operator=(LinearStepper&&) noexcept = default;
LinearStepper::~LinearStepper() = default;

std::span<float> LinearStepper::step(std::span<const float> x) {
  const FlushSubnormals flush;
  layer_->run(x.data());
  return layer_->output.values();
}

// One of composed cells, which has no packed form: it allocates.
struct Stepper::Composed {
  Recurrent network;
  State state;
  Tensor x;
  std::vector<float> memory;  // all states of all layers one after the other

  explicit Composed(const Recurrent& recurrent)
      : network(recurrent), state(network.start()), x(1, recurrent.options().input) {
    each_state([&](const Tensor& s) { memory.resize(memory.size() + s.values().size()); });
  }
  template <class Visit>
  void each_state(const Visit& visit) {
    for (const std::vector<Tensor>& layer : state.layers) std::ranges::for_each(layer, visit);
  }
  std::span<const float> step(std::span<const float> input) {
    std::ranges::copy(input, x.data());
    const float* from = memory.data();
    each_state([&](const Tensor& s) {
      std::copy_n(from, s.size(), s.data());
      from += s.size();
    });
    network.step(x, state);
    float* to = memory.data();
    each_state([&](const Tensor& s) { to = std::copy_n(s.data(), s.size(), to); });
    return state.layers.back()[0].values();
  }
};

struct Stepper::Network {
  // `memory` holds the states of every layer before the step, `next` those after it.
  struct Layer {
    LinearStepper::Layer input;
    kernels::PackedMatrix recurrent;
    Tensor bias, own, stay;
    int64_t first;  // its states in `memory`
  };
  const kernels::CellKernel* cell;
  int64_t hidden;
  std::vector<Layer> layers;
  Buffer memory, next;
  Buffer paired;  // h before the step in bfloat16, if the weights are so

  kernels::States<float> states(const Buffer& of, const Layer& layer) const {
    float* const h = of.data() + layer.first;
    return {h, hidden, h + hidden, (cell->spec.states - 1) * hidden};
  }
};

namespace {

std::vector<RecurrentWeights> forward_layers(const Recurrent& network) {
  std::vector<RecurrentWeights> layers;
  for (size_t i = 0; i < network.layers().size(); ++i)
    layers.push_back(network.for_inference(i)[0]);
  return layers;
}

}  // namespace

Stepper::Stepper(const Recurrent& network) {
  if (network.options().bidirectional)
    throw Error("recurrent: a network in both directions cannot go step by step");
  if (network.composed())
    composed_ = std::make_unique<Composed>(network);
  else
    *this = Stepper(network.options().cell, forward_layers(network));
}

Stepper::Stepper(std::string_view cell, std::span<const RecurrentWeights> layers)
    : network_(std::make_unique<Network>()) {
  const CellSpec& spec = cell_spec(cell);
  if (layers.empty()) throw Error("recurrent: no layers");
  Network& n = *network_;
  n.cell = kernels::find_cell(spec.name);
  n.hidden = layers[0].input.rows() / spec.gates;
  const int64_t wide = spec.states * n.hidden;
  for (const RecurrentWeights& w : layers)
    n.layers.push_back(
        {.input = {w.input, w.input_bias},
         .recurrent = n.cell->pack_forward(n.hidden, spec.recurrent ? w.recurrent.data() : nullptr,
                                           compute().precision),
         .bias = spec.recurrent ? w.recurrent_bias.clone() : Tensor(),
         .own = spec.own > 0 ? w.own.clone() : Tensor(),
         .stay = w.stay ? w.stay.clone() : Tensor(),
         .first = std::ssize(n.layers) * wide});
  n.memory = Buffer(std::ssize(n.layers) * wide);
  n.next = Buffer(n.memory.size());
  if (compute().precision == Precision::bfloat16) n.paired = Buffer(kernels::paired_size(n.hidden));
  reset();
}
Stepper::Stepper(Stepper&&) noexcept = default;
Stepper& Stepper::operator=(Stepper&&) noexcept = default;
Stepper::~Stepper() = default;

std::span<const float> Stepper::step(std::span<const float> x) {
  if (composed_) return composed_->step(x);
  const FlushSubnormals flush;
  Network& n = *network_;
  for (Network::Layer& layer : n.layers) {
    layer.input.run(x.data());
    const kernels::States<float> before = n.states(n.memory, layer), next = n.states(n.next, layer);
    if (n.paired) kernels::to_bfloat16(1, n.hidden, before.h, n.hidden, n.paired.data());
    n.cell->forward({.weight = layer.recurrent,
                     .bias = layer.bias ? layer.bias.data() : nullptr,
                     .own = layer.own ? layer.own.data() : nullptr,
                     .hidden = n.hidden,
                     .rows = 1,
                     .product = n.cell->spec.recurrent,
                     .x = layer.input.output.data(),
                     .s = before,
                     .next = next,
                     .save = nullptr,
                     .stay = layer.stay ? layer.stay.data() : nullptr,
                     .paired = n.paired.data()},
                    0, n.cell->forward_tiles(n.hidden, 1));
    x = {next.h, static_cast<size_t>(n.hidden)};
  }
  std::swap(n.memory, n.next);
  return x;
}

void Stepper::reset() { std::ranges::fill(memory(), 0.0f); }

std::span<float> Stepper::memory() {
  return composed_ ? std::span(composed_->memory) : network_->memory.values();
}

}  // namespace cadena
