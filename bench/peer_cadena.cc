// SPDX-License-Identifier: MIT
// cadena's layers with the options, numbers and JSON line of the drivers of other libraries.
// Usage: peer_cadena [--cell lstm|gru|rnn] [--mode infer|train|stream] [--variant ragged|bf16|int8]
// ... Workload lists the options; BENCH_TARGET in the environment names a vector target (target.h).
// Ends with 2: a mistake, 3: it cannot do that.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/target.h"
#include "bench/workload.h"
#include "cadena/autograd/recurrent.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/compute.h"
#include "cadena/base/parallel.h"
#include "cadena/kernels/rows.h"
#include "cadena/nn/stepper.h"

using namespace cadena;
using bench::Workload;

namespace {

struct Network {
  std::string cell;
  Layout layout;
  Tensor x, dy;
  std::vector<std::vector<RecurrentWeights>> layers;  // [layer][direction]
  std::map<std::string, Tensor> leaves;               // by the name of the gradient

  Tensor leaf(const std::string& name, const Shape& shape, const std::vector<float>& values) {
    Tensor& made = leaves[name] = Tensor::parameter(shape);
    std::ranges::copy(values, made.data());
    return made;
  }
};

Network build(const Workload& w) {
  Network net{w.cell("rnn") ? "elman" : w.text("--cell"), Layout(w.lengths()), {}, {}, {}, {}};
  net.x = net.leaf("dx", {w.rows(), w.inputs(0)}, w.input());
  net.dy = Tensor(w.rows(), w.outputs());
  std::ranges::copy(w.gradient(), net.dy.data());
  const int64_t hidden = w.number("-H"), units = w.gates() * hidden;
  for (int l = 0; l < w.number("-L"); ++l) {
    auto& directions = net.layers.emplace_back();
    for (int d = 0; d < w.number("-D"); ++d) {
      const bench::Weights from = w.weights(l, d);
      const std::string place = "_" + std::to_string(l) + "_" + std::to_string(d);
      directions.push_back({net.leaf("dwx" + place, {units, w.inputs(l)}, from.input),
                            net.leaf("dwh" + place, {units, hidden}, from.recurrent),
                            net.leaf("db" + place, {units}, from.bias),
                            net.leaf("dbh" + place, {units}, from.recurrent_bias)});
    }
  }
  return net;
}

Tensor forward(const Network& net) {
  Tensor y = net.x;
  for (const auto& layer : net.layers) y = recurrent(net.cell, y, net.layout, layer).output;
  return y;
}

// Forwards, then all gradients from dy on every output.
Tensor train(Network& net) {
  for (const auto& [name, leaf] : net.leaves) leaf.clear_grad();
  Tape tape;
  const Tensor y = forward(net), loss(1, 1);
  Tape::record({y}, {loss}, [&] {
    kernels::add_columns(y.rows(), y.cols(), net.dy.data(), y.cols(), y.grad(), y.cols());
  });
  tape.backward(loss);
  return y;
}

void dump(const Network& net, const Tensor& y, const std::string& folder) {
  bench::dump(folder, "y", {y.data(), y.data() + y.size()});
  for (const auto& [name, leaf] : net.leaves)
    if (leaf.has_grad()) bench::dump(folder, name, {leaf.grad(), leaf.grad() + leaf.size()});
}

// A stream goes on where its last step ended.
Stepper stepper(const Network& net) {
  std::vector<RecurrentWeights> layers;
  for (const auto& layer : net.layers) layers.push_back(layer[0]);
  return {net.cell, layers};
}

void run(const Workload& w, Network& net) {
  if (w.mode("stream")) {
    Stepper stream = stepper(net);
    return bench::report(w, "cadena", "tree", [&] { return stream.step(net.x.values()); });
  }
  const auto step = [&, trains = w.mode("train")] { return trains ? train(net) : forward(net); };
  if (const std::string& folder = w.text("--dump"); !folder.empty())
    dump(net, step(), folder);
  else
    bench::report(w, "cadena", "tree", step);
}

}  // namespace

int main(int argc, char** argv) try {
  const Workload w(argc, argv);
  if (!w.known() || (w.mode("stream") && w.number("-D") != 1) || !bench::choose_target()) return 3;
  set_threads(w.number("--threads"));
  const ComputeScope scope({w.variant("bf16")   ? Precision::bfloat16
                            : w.variant("int8") ? Precision::int8
                                                : Precision::single});
  Network net = build(w);
  if (!w.mode("train"))
    for (const auto& [name, leaf] : net.leaves) leaf.freeze();
  run(w, net);
} catch (const std::exception& failure) {
  std::fprintf(stderr, "peer_cadena: %s\n", failure.what());
  return 2;
}
