// SPDX-License-Identifier: MIT
// The most float32 operations per second that this machine can do: fused multiply-adds in
// registers. Compiled with -march=native -ffp-contract=fast. Usage: bench_peak [THREADS], prints
// GFLOP/s.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

#if defined(__AVX512F__)
constexpr int bytes = 64;
#elif defined(__AVX__)
constexpr int bytes = 32;
#else
constexpr int bytes = 16;
#endif
using Vector [[gnu::vector_size(bytes)]] = float;

constexpr int chains = 12;  // enough for two units with a latency of 5 or 6, in 16 registers
constexpr int rounds = 4'000'000;

// The sums converge to 1: no overflow, no slow small numbers. Each begins elsewhere, and none at 1,
// or the compiler would compute fewer.
float multiply_add() {
  const Vector half = Vector{} + 0.5f;
  Vector sums[chains];
  for (int i = 0; i < chains; ++i) sums[i] = Vector{} + static_cast<float>(i + 2);
  for (int round = 0; round < rounds; ++round)
    for (Vector& sum : sums) sum = sum * half + half;
  float total = 0;
  for (const Vector& sum : sums) total += sum[0];
  return total;
}

double gflops(int threads) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> others;
  for (int i = 0; i < threads; ++i)
    others.emplace_back([] { [[maybe_unused]] volatile float result = multiply_add(); });
  for (std::thread& other : others) other.join();
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  return 2e-9 * threads * rounds * chains * (bytes / sizeof(float)) / time.count();
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  double best = 0;
  for (int repeat = 0; repeat < 10; ++repeat) best = std::max(best, gflops(threads));
  std::printf("%.1f\n", best);
}
