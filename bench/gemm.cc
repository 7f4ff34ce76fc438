// SPDX-License-Identifier: MIT
// Matrix products of recurrent networks in GFLOP/s, best of seven, beside OpenBLAS.
// Usage: bench_gemm [THREADS]
#include "cadena/kernels/gemm.h"

#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "cadena/base/parallel.h"
#include "cadena/base/rng.h"

using namespace cadena;
using namespace cadena::kernels;

namespace {

struct Product {
  const char* what;
  int m, n, k;
  bool a_transposed, b_transposed;
};

constexpr Product products[] = {
    {"recurrent step, 16 sequences", 16, 800, 200, false, true},
    {"input projection", 1000, 800, 200, false, true},
    {"gradient of the input", 1000, 200, 800, false, false},
    {"gradient of weights", 800, 200, 1000, true, false},
    {"large input projection", 4096, 2600, 650, false, true},
};

std::vector<float> random_matrix(int rows, int columns, Rng& rng) {
  std::vector<float> values(static_cast<size_t>(rows) * static_cast<size_t>(columns));
  for (float& value : values) value = rng.uniform(-1, 1);
  return values;
}

template <class Run>
double gflops(const Product& p, const Run& run) {
  double best = 1e9;
  for (int repeat = 0; repeat < 7; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 4; ++i) run();
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / 4);
  }
  return 2e-9 * p.m * p.n * p.k / best;
}

void measure(const Product& p, Rng& rng) {
  const auto a = random_matrix(p.m, p.k, rng), b = random_matrix(p.k, p.n, rng);
  std::vector<float> c(static_cast<size_t>(p.m) * static_cast<size_t>(p.n));
  const Operand left = p.a_transposed ? transposed(a.data(), p.m) : plain(a.data(), p.k);
  const Operand right = p.b_transposed ? transposed(b.data(), p.k) : plain(b.data(), p.n);
  const PackedMatrix packed(p.k, p.n, right);
  const double whole = gflops(p, [&] { gemm(p.m, p.n, p.k, left, right, c.data(), p.n); });
  const double step = gflops(p, [&] { gemm(p.m, left, packed, c.data(), p.n, {}); });
  const double blas = gflops(p, [&] {
    cblas_sgemm(CblasRowMajor, p.a_transposed ? CblasTrans : CblasNoTrans,
                p.b_transposed ? CblasTrans : CblasNoTrans, p.m, p.n, p.k, 1, a.data(),
                p.a_transposed ? p.m : p.k, b.data(), p.b_transposed ? p.k : p.n, 0, c.data(), p.n);
  });
  std::printf("%-30s %5d x %4d x %4d %8.1f %8.1f %8.1f\n", p.what, p.m, p.n, p.k, whole, step,
              blas);
}

}  // namespace

int main(int argc, char** argv) {
  set_threads(argc > 1 ? std::atoi(argv[1]) : 1);
  std::printf("%-30s %19s %8s %8s %8s\n", "GFLOP/s", "rows x columns x k", "gemm", "packed",
              "OpenBLAS");
  Rng rng(1);
  for (const Product& product : products) measure(product, rng);
}
