// SPDX-License-Identifier: MIT
// cadena's layers with the options, numbers and JSON line of the drivers of other libraries.
// Usage: peer_cadena [--cell lstm|gru|rnn] [--mode infer|train|stream] [--variant ragged] ...
// Case lists the options; ragged: 5 to 64 steps. Ends with 2: a mistake, 3: it cannot do that.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "cadena/autograd/recurrent.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/parallel.h"
#include "cadena/kernels/rows.h"

using namespace cadena;

namespace {

struct Case {
  std::map<std::string, std::string> options{
      {"--cell", "lstm"}, {"--mode", "infer"},  {"--variant", ""},    {"--dump", ""}, {"-T", "64"},
      {"-B", "32"},       {"-I", ""},           {"-H", "256"},        {"-L", "1"},    {"-D", "1"},
      {"--threads", "1"}, {"--min-reps", "10"}, {"--min-time", "0.5"}};

  explicit Case(std::span<char*> arguments) {
    for (; !arguments.empty(); arguments = arguments.subspan(2)) {
      if (arguments.size() < 2 || !options.contains(arguments[0]))
        throw std::invalid_argument("no such option, or no value: " + std::string(arguments[0]));
      options[arguments[0]] = arguments[1];
    }
    if (text("-I").empty()) options["-I"] = text("-H");
    if (streams()) options["-T"] = options["-B"] = "1";
  }

  const std::string& text(const std::string& name) const { return options.at(name); }
  int number(const std::string& name) const { return std::stoi(text(name)); }
  bool streams() const { return text("--mode") == "stream"; }
};

// Bits of a seed and an index, mixed as MurmurHash3 ends (Appleby); the same in every driver.
uint32_t mixed(uint32_t seed, uint32_t index) {
  uint32_t bits = index * 0x9E3779B1u + seed * 0x9E3779B9u;
  bits = (bits ^ (bits >> 16)) * 0x85EBCA6Bu;
  bits = (bits ^ (bits >> 13)) * 0xC2B2AE35u;
  return bits ^ (bits >> 16);
}

// Numbers in [-scale, scale).
void fill(std::span<float> values, uint32_t seed, float scale) {
  for (uint32_t index = 0; float& value : values)
    value = scale * (static_cast<float>(mixed(seed, index++) >> 8) * 0x1p-23f - 1.0f);
}

struct Network {
  std::string cell;
  Layout layout;
  Tensor x, dy;
  std::vector<std::vector<RecurrentWeights>> layers;  // [layer][direction]
  std::map<size_t, std::vector<Tensor>> states;       // of a stream, by layer
  std::map<std::string, Tensor> leaves;               // by the name of the gradient

  Tensor leaf(const std::string& name, const Shape& shape, uint32_t seed, float scale) {
    fill((leaves[name] = Tensor::parameter(shape)).values(), seed, scale);
    return leaves[name];
  }
};

Network build(const Case& c, const std::string& cell) {
  const int64_t hidden = c.number("-H"), gates = cell_spec(cell).gates * hidden;
  const float scale = 1.0f / std::sqrt(static_cast<float>(hidden));
  std::vector<int> lengths(static_cast<size_t>(c.number("-B")), c.number("-T"));
  if (c.text("--variant") == "ragged")
    for (uint32_t b = 0; int& length : lengths) length = 5 + static_cast<int>(mixed(3, b++) % 60);
  std::ranges::sort(lengths, std::greater());
  Network net{cell, Layout(lengths), {}, {}, {}, {}, {}};
  net.x = net.leaf("dx", {net.layout.rows(), c.number("-I")}, 1, 1);
  net.dy = Tensor(net.layout.rows(), c.number("-D") * hidden);
  fill(net.dy.values(), 2, 1);
  net.layers.resize(static_cast<size_t>(c.number("-L")));
  for (uint32_t l = 0; l < net.layers.size(); ++l) {
    const int64_t inputs = (l == 0 ? net.x : net.dy).cols();
    for (uint32_t d = 0; d < static_cast<uint32_t>(c.number("-D")); ++d) {
      const uint32_t seed = 1000 + 100 * l + 10 * d;
      const std::string place = "_" + std::to_string(l) + "_" + std::to_string(d);
      const RecurrentWeights w{net.leaf("dwx" + place, {gates, inputs}, seed, scale),
                               net.leaf("dwh" + place, {gates, hidden}, seed + 1, scale),
                               net.leaf("db" + place, {gates}, seed + 2, scale),
                               net.leaf("dbh" + place, {gates}, 0, 0)};
      if (cell == "gru")  // its reset comes between the biases; elsewhere one is enough
        fill({w.recurrent_bias.data() + gates - hidden, w.recurrent_bias.data() + gates}, seed + 3,
             scale);
      net.layers[l].push_back(w);
    }
  }
  return net;
}

// A stream goes on where its last step ended.
Tensor forward(Network& net, bool streams) {
  Tensor y = net.x;
  for (size_t l = 0; l < net.layers.size(); ++l) {
    RecurrentOutput result = recurrent(net.cell, y, net.layout, net.layers[l], net.states[l]);
    y = result.output;
    if (streams) net.states[l] = std::move(result.last);
  }
  return y;
}

// Forwards, then all gradients from dy on every output.
Tensor train(Network& net) {
  for (const auto& [name, leaf] : net.leaves) leaf.clear_grad();
  Tape tape;
  const Tensor y = forward(net, false), loss(1, 1);
  Tape::record({y}, {loss}, [&] {
    kernels::add_columns(y.rows(), y.cols(), net.dy.data(), y.cols(), y.grad(), y.cols());
  });
  tape.backward(loss);
  return y;
}

void dump(const Network& net, const Tensor& y, const std::string& folder) {
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& name, const float* values, int64_t size) {
    std::ofstream file(folder + "/" + name + ".f32", std::ios::binary);
    file.write(reinterpret_cast<const char*>(values), size * int64_t{sizeof(float)});
    if (!file.flush()) throw std::runtime_error("cannot write " + name + " to " + folder);
  };
  write("y", y.data(), y.size());
  for (const auto& [name, leaf] : net.leaves)
    if (leaf.has_grad()) write(name, leaf.grad(), leaf.size());
}

// Seconds of single steps after a warm-up, rising.
std::vector<double> measure(const Case& c, const std::function<Tensor()>& step) {
  const auto timed = [&] {
    const auto start = std::chrono::steady_clock::now();
    step();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const int least = c.streams() ? 2000 : c.number("--min-reps");
  const double enough = std::stod(c.text("--min-time"));
  double warm = 0, total = 0;
  for (int calls = 0; calls < 3 || (warm < 0.2 && calls < 20000); ++calls) warm += timed();
  std::vector<double> times;
  do total += times.emplace_back(timed());
  while ((std::ssize(times) < least || total < enough) &&
         (times.size() < 3 || total <= 20 * enough));
  std::ranges::sort(times);
  return times;
}

void print(const Case& c, const Network& net, const std::vector<double>& times) {
  int64_t products = 0;  // of a row
  for (const auto& [name, leaf] : net.leaves) products += name.starts_with("dw") ? leaf.size() : 0;
  const double operations = c.text("--mode") == "train" ? 6.0 : 2.0, unit = c.streams() ? 1e6 : 1e3;
  const double median = times[times.size() / 2], p99 = times[times.size() * 99 / 100];
  const char* u = c.streams() ? "us" : "ms";
  std::printf(R"({"peer":"cadena","version":"tree")");
  for (const std::string name : {"variant", "cell", "mode"})
    std::printf(R"(,"%s":"%s")", name.c_str(), c.text("--" + name).c_str());
  for (const std::string name : {"-T", "-B", "-I", "-H", "-L", "-D", "--threads"})
    std::printf(R"(,"%s":%d)", name.substr(name.rfind('-') + 1).c_str(), c.number(name));
  std::printf(",\"n\":%zu,\"%s\":%.4f,\"%s_min\":%.4f,\"%s_p99\":%.4f,\"gflops\":%.2f}\n",
              times.size(), u, median * unit, u, times[0] * unit, u, p99 * unit,
              1e-9 * operations * static_cast<double>(net.layout.rows() * products) / median);
}

}  // namespace

int main(int argc, char** argv) try {
  const Case c(std::span(argv + 1, argv + argc));
  const std::map<std::string, std::string> cells{
      {"lstm", "lstm"}, {"gru", "gru"}, {"rnn", "elman"}};
  const std::string mode = c.text("--mode"), variant = c.text("--variant");
  if (!cells.contains(c.text("--cell")) || (mode != "infer" && mode != "train" && !c.streams()) ||
      !(variant.empty() || (variant == "ragged" && !c.streams())))
    return 3;
  set_threads(c.number("--threads"));
  Network net = build(c, cells.at(c.text("--cell")));
  const auto step = [&, trains = mode == "train", streams = c.streams()] {
    return trains ? train(net) : forward(net, streams);
  };
  if (const std::string& folder = c.text("--dump"); folder.empty())
    print(c, net, measure(c, step));
  else
    dump(net, step(), folder);
} catch (const std::exception& failure) {
  std::fprintf(stderr, "peer_cadena: %s\n", failure.what());
  return 2;
}
