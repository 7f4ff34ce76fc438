// SPDX-License-Identifier: MIT
// The gradient of one long sequence, and the time and memory that it takes.
// Usage: bench_long_sequence STEPS HIDDEN MEMORY_MIB (of the layer for the backward pass; 0: all)
// The forget gates of the LSTM are nearly open, so that the gradient reaches the first step.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/compute.h"
#include "cadena/base/hash.h"
#include "cadena/nn/recurrent.h"

using namespace cadena;

namespace {

// The largest part of this process that was ever in memory, as Linux tells it.
std::string peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return line.substr(line.find_first_not_of(" \t", 6));
  return "unknown";
}

std::string_view gradient_bytes(const Tensor& tensor) {
  return {reinterpret_cast<const char*>(tensor.grad()),
          static_cast<size_t>(tensor.size()) * sizeof(float)};
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_long_sequence STEPS HIDDEN MEMORY_MIB\n");
    return 2;
  }
  const int steps = std::stoi(argv[1]), hidden = std::stoi(argv[2]);
  Rng rng(1);
  const ComputeScope scope({.memory = std::stoll(argv[3]) << 20});
  Recurrent network({.cell = "lstm", .input = 1, .hidden = hidden}, rng);
  std::vector<Tensor> leaves = parameters(network);
  std::fill_n(leaves[2].data() + hidden, hidden, 12.0f);
  const Tensor x = leaves.emplace_back(Tensor::parameter({steps, 1}));
  for (float& value : x.values()) value = rng.normal();

  const auto start = std::chrono::steady_clock::now();
  {
    Tape tape;
    const State last = network(x, Layout(std::vector{steps})).last;
    tape.backward(add(sum(last.layers[0][0]), sum(last.layers[0][1])));
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

  std::vector<std::string_view> gradients;
  for (const Tensor& leaf : leaves) gradients.push_back(gradient_bytes(leaf));
  std::printf("%.2f s, %s at most, gradients %s, of the first input %g\n", seconds.count(),
              peak_memory().c_str(), xxh3_128_hex(gradients).c_str(), x.grad()[0]);
} catch (const std::exception& failure) {
  std::fprintf(stderr, "bench_long_sequence: %s\n", failure.what());
  return 2;
}
