// SPDX-License-Identifier: MIT
#include "cadena/nn/decoder_stepper.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "cadena/autograd/copy.h"
#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"
#include "cadena/base/parallel.h"
#include "cadena/kernels/recurrent.h"

namespace cadena {
namespace {

using kernels::plain, kernels::transposed;

struct PackedLinear {
  kernels::PackedMatrix weight;
  Tensor bias;

  PackedLinear(const Tensor& w, const Tensor& b)
      : weight(w.cols(), w.rows(), transposed(w.data(), w.cols())), bias(b.clone()) {}
  explicit PackedLinear(const Linear& layer) : PackedLinear(layer.weight(), layer.bias()) {}

  Tensor operator()(const Tensor& x) const {
    Tensor y = Tensor::unset({x.rows(), weight.n()});
    kernels::gemm(x.rows(), plain(x.data(), weight.k()), weight, y.data(), weight.n(),
                  {bias.data(), 0});
    return y;
  }
};

const float* values(const Tensor& tensor) { return tensor ? tensor.data() : nullptr; }

std::optional<PackedLinear> packed(const std::optional<Linear>& layer) {
  if (!layer) return std::nullopt;
  return PackedLinear(*layer);
}

}  // namespace

struct DecoderStepper::Network {
  struct Layer {
    PackedLinear input;
    kernels::PackedMatrix recurrent;
    Tensor bias, own, stay;
  };
  DecoderOptions options;
  Recurrent recurrent;  // goes itself if its cells are composed, else in packed layers
  Embedding vectors;
  const kernels::CellKernel* cell;
  std::vector<Layer> layers;
  std::optional<Attention> attention;
  std::optional<PackedLinear> query_map, attended_map, gate;
  PackedLinear output;

  explicit Network(const Decoder& decoder);
  Tensor run(const Layer& layer, const Tensor& x, Memory::Layer& memory) const;
};

DecoderStepper::Network::Network(const Decoder& decoder)
    : options(decoder.options_),
      recurrent(decoder.recurrent_),
      vectors(decoder.vectors_),
      cell(kernels::find_cell(options.cell)),
      attention(decoder.attention_),
      gate(packed(decoder.gate_)),
      output(decoder.output_weight(), decoder.output_bias_) {
  for (size_t i = 0; i < recurrent.layers().size(); ++i) {
    const RecurrentWeights w = recurrent.for_inference(i)[0];
    const float* const weight = w.recurrent ? w.recurrent.data() : nullptr;
    layers.push_back({.input = {w.input, w.input_bias},
                      .recurrent = cell->pack_forward(options.hidden, weight, Precision::single),
                      .bias = w.recurrent_bias ? w.recurrent_bias.clone() : Tensor(),
                      .own = w.own ? w.own.clone() : Tensor(),
                      .stay = w.stay});
  }
  if (attention) {
    query_map = packed(attention->query_map());
    attended_map.emplace(attention->output_map());
  }
}

// One step of a layer.
Tensor DecoderStepper::Network::run(const Layer& layer, const Tensor& x,
                                    Memory::Layer& memory) const {
  const int64_t n = x.rows(), hidden = options.hidden, rest = (cell->spec.states - 1) * hidden;
  const Tensor pre = layer.input(x);
  const Memory::Layer next{Tensor::unset({n, hidden}), Tensor::unset({n, rest})};
  const kernels::ForwardStep step{.weight = layer.recurrent,
                                  .bias = values(layer.bias),
                                  .own = values(layer.own),
                                  .hidden = hidden,
                                  .rows = n,
                                  .product = cell->spec.recurrent,
                                  .x = pre.data(),
                                  .s = {memory.h.data(), hidden, memory.rest.data(), rest},
                                  .next = {next.h.data(), hidden, next.rest.data(), rest},
                                  .save = nullptr,
                                  .stay = values(layer.stay)};
  constexpr int64_t tiles_at_once = 8;
  parallel_blocks(cell->forward_tiles(hidden, n), tiles_at_once,
                  [&](int64_t begin, int64_t end) { cell->forward(step, begin, end); });
  memory = next;
  return next.h;
}

DecoderStepper::DecoderStepper(const Decoder& decoder)
    : network_(std::make_unique<Network>(decoder)) {}
DecoderStepper::DecoderStepper(DecoderStepper&&) noexcept = default;
DecoderStepper& DecoderStepper::operator=(DecoderStepper&&) noexcept = default;
DecoderStepper::~DecoderStepper() = default;

DecoderStepper::Memory DecoderStepper::start(const Decoder::Source& source) const {
  Memory memory;
  if (network_->recurrent.composed())
    memory.composed = source.start;
  else
    for (const std::vector<Tensor>& states : source.start.layers) {
      const Tensor& h = states[0];
      memory.layers.push_back(
          {h, states.size() > 1 ? concat(std::span(states).subspan(1)) : Tensor(h.rows(), 0)});
    }
  const int64_t sequences = source.start.layers[0][0].rows();
  memory.fed = Tensor(sequences, network_->options.hidden);
  memory.source.resize(static_cast<size_t>(sequences));
  std::iota(memory.source.begin(), memory.source.end(), 0);
  return memory;
}

DecoderStepper::Memory DecoderStepper::select(const Memory& memory, std::span<const int32_t> rows) {
  Memory some;
  for (const Memory::Layer& layer : memory.layers)
    some.layers.push_back({gather(layer.h, rows), gather(layer.rest, rows)});
  for (const std::vector<Tensor>& states : memory.composed.layers) {
    std::vector<Tensor>& selected = some.composed.layers.emplace_back();
    for (const Tensor& state : states) selected.push_back(gather(state, rows));
  }
  some.fed = gather(memory.fed, rows);
  for (const int32_t row : rows) some.source.push_back(memory.source[static_cast<size_t>(row)]);
  return some;
}

Tensor DecoderStepper::step(const Decoder::Source& source, std::span<const int32_t> symbols,
                            Memory& memory) const {
  const Network& n = *network_;
  std::vector<int32_t> read(symbols.begin(), symbols.end());
  for (int32_t& symbol : read)
    if (symbol >= n.options.symbols) symbol = n.options.unknown;
  Tensor x = n.vectors(read);
  if (n.options.feed) x = concat(std::vector{x, memory.fed});
  if (n.recurrent.composed()) x = n.recurrent.step(x, memory.composed);
  for (size_t i = 0; i < n.layers.size(); ++i) x = n.run(n.layers[i], x, memory.layers[i]);
  if (!n.attention) return n.output(x);
  const Pairing pairing(Layout(std::vector<int>(symbols.size(), 1)), source.memory.layout,
                        memory.source);
  const Attended seen =
      n.attention->look(n.query_map ? (*n.query_map)(x) : x, source.memory, pairing);
  memory.fed = tanh((*n.attended_map)(concat(std::vector{seen.context, x})));
  const Tensor logits = n.output(memory.fed);
  if (!n.gate) return logits;
  const int32_t last = source.words.empty() ? -1 : *std::ranges::max_element(source.words);
  return copy_log_probabilities({logits, (*n.gate)(memory.fed), seen.weights}, pairing,
                                source.words, std::max<int64_t>(n.options.symbols, last + 1));
}

std::vector<std::vector<Hypothesis>> DecoderStepper::decode(const Decoder::Source& source,
                                                            int32_t start, int32_t end,
                                                            std::span<const int> most,
                                                            const BeamOptions& options) const {
  Memory memory = this->start(source);
  const BeamStep next = [&](std::span<const int32_t> symbols, std::span<const int32_t> from) {
    memory = select(memory, from);
    return step(source, symbols, memory);
  };
  return beam_search(next, start, end, most, options);
}

}  // namespace cadena
