// SPDX-License-Identifier: MIT
// The parts of a network one by one, with Google Benchmark: on one thread, on the vector target
// that BENCH_TARGET in the environment names (target.h). "flops" are operations, items are values.
// Usage: bench_micro [--benchmark_filter=gemm|forward/lstm|...]; micro_cells.cc has the cells.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <vector>

#include "bench/target.h"
#include "cadena/base/parallel.h"
#include "cadena/base/rng.h"
#include "cadena/kernels/crf.h"
#include "cadena/kernels/gemm.h"
#include "cadena/kernels/optimise.h"
#include "cadena/kernels/pointwise.h"
#include "cadena/tensor/layout.h"

using namespace cadena;
using namespace cadena::kernels;

namespace {

using Values = std::vector<float>;

Values random_values(int64_t size) {
  Values values(static_cast<size_t>(size));
  Rng rng(1);
  for (float& value : values) value = rng.uniform(0, 1);
  return values;
}

std::vector<int32_t> random_ids(int64_t size, int64_t below) {
  std::vector<int32_t> ids(static_cast<size_t>(size));
  Rng rng(1);
  for (int32_t& id : ids) id = static_cast<int32_t>(rng.below(static_cast<uint32_t>(below)));
  return ids;
}

// The products of an LSTM of 256 or 650 units, as bench_gemm has them beside OpenBLAS.
struct Product {
  const char* name;
  int64_t m, n, k;
  bool a_transposed, b_transposed, packed;
};
constexpr Product products[] = {
    {"gemm/step/1x256", 1, 1024, 256, false, true, true},
    {"gemm/step/16x256", 16, 1024, 256, false, true, true},
    {"gemm/step/32x256", 32, 1024, 256, false, true, true},
    {"gemm/step/20x650", 20, 2600, 650, false, true, true},
    {"gemm/input/512x256", 512, 1024, 256, false, true, false},
    {"gemm/input/700x650", 700, 2600, 650, false, true, false},
    {"gemm/gradient_of_input/512x256", 512, 256, 1024, false, false, false},
    {"gemm/gradient_of_weights/512x256", 1024, 256, 512, true, false, false},
};

void run_product(benchmark::State& state, const Product& p) {
  const Values a = random_values(p.m * p.k), b = random_values(p.k * p.n);
  Values c = random_values(p.m * p.n);
  const Operand left = p.a_transposed ? transposed(a.data(), p.m) : plain(a.data(), p.k);
  const Operand right = p.b_transposed ? transposed(b.data(), p.k) : plain(b.data(), p.n);
  const PackedMatrix packed(p.k, p.n, right);
  for (auto _ : state)
    if (p.packed)
      gemm(p.m, left, packed, c.data(), p.n, {});
    else
      gemm(p.m, p.n, p.k, left, right, c.data(), p.n);
  state.counters["flops"] = {2.0 * static_cast<double>(p.m * p.n * p.k),
                             benchmark::Counter::kIsIterationInvariantRate};
}

// Functions of `size` values of each of some arrays. Those of activations stay in the nearest
// caches; those of an optimiser are as many as an LSTM of 256 units has weights.
struct Pointwise {
  const char* name;
  int64_t size;
  void (*run)(int64_t size, Values* v);
};
constexpr Pointwise pointwise[] = {
    {"tanh", 4096,
     [](int64_t n, Values* v) { activate(Activation::tanh, n, v[0].data(), v[1].data()); }},
    {"sigmoid", 4096,
     [](int64_t n, Values* v) { activate(Activation::sigmoid, n, v[0].data(), v[1].data()); }},
    {"exp_in_softmax", 4096, [](int64_t n, Values* v) { softmax(n, v[0].data()); }},
    {"sgd", 1 << 19,
     [](int64_t n, Values* v) {
       sgd_step({.rate = 1e-3f, .momentum = 0.9f, .scale = 1}, n, v[0].data(), v[1].data(),
                v[2].data());
     }},
    {"adam", 1 << 19,
     [](int64_t n, Values* v) {
       adam_step({.rate = 1e-3f,
                  .b1 = 0.9f,
                  .b2 = 0.999f,
                  .epsilon = 1e-8f,
                  .decay = 0,
                  .root_correction = 1,
                  .scale = 1},
                 n, v[0].data(), v[1].data(), v[2].data(), v[3].data());
     }},
};

void run_pointwise(benchmark::State& state, const Pointwise& p) {
  std::vector<Values> arrays(4, random_values(p.size));
  for (auto _ : state) p.run(p.size, arrays.data());
  state.SetItemsProcessed(state.iterations() * p.size);
}

// Loss and gradient of rows of K logits.
void cross_entropy(benchmark::State& state) {
  const int64_t rows = 256, columns = state.range(0);
  Values logits = random_values(rows * columns);
  const auto targets = random_ids(rows, columns);
  for (auto _ : state) softmax_cross_entropy(rows, columns, targets.data(), logits.data());
  state.SetItemsProcessed(state.iterations() * rows * columns);
}

// 32 sentences of 20 words with K tags; an item is a word.
struct Field {
  int64_t tags;
  Layout layout{std::vector<int>(32, 20)};
  Values scores = random_values(layout.rows() * tags);
  Values transitions = random_values(tags * tags), start = random_values(tags), end = start;
  std::vector<int32_t> gold = random_ids(layout.rows(), tags);
  Crf crf{tags, transitions.data(), start.data(), end.data(), layout.lengths(), layout.offsets()};
};

void crf_train(benchmark::State& state) {
  Field f{state.range(0)}, sums = f;
  const CrfGradients gradients{sums.scores.data(), sums.transitions.data(), sums.start.data(),
                               sums.end.data()};
  for (auto _ : state) crf_loss(f.crf, f.scores.data(), f.gold.data(), &gradients);
  state.SetItemsProcessed(state.iterations() * f.layout.rows());
}

void crf_best(benchmark::State& state) {
  Field f{state.range(0)};
  for (auto _ : state) crf_decode(f.crf, f.scores.data(), f.gold.data());
  state.SetItemsProcessed(state.iterations() * f.layout.rows());
}

const bool registered = [] {
  for (const Product& p : products) benchmark::RegisterBenchmark(p.name, run_product, p);
  for (const Pointwise& p : pointwise) benchmark::RegisterBenchmark(p.name, run_pointwise, p);
  return true;
}();
BENCHMARK(cross_entropy)->ArgName("K")->Arg(9)->Arg(100)->Arg(10000);
BENCHMARK(crf_train)->ArgName("K")->Arg(9)->Arg(45);
BENCHMARK(crf_best)->ArgName("K")->Arg(9)->Arg(45);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (!bench::choose_target()) {
    std::fprintf(stderr, "bench_micro: BENCH_TARGET names a vector target that is not here\n");
    return 3;
  }
  set_threads(1);
  benchmark::RunSpecifiedBenchmarks();
}
