// SPDX-License-Identifier: MIT
// A program of its own, because its malloc and pthread_mutex_lock stand in for those of glibc: it
// fails if a step of a Stepper or of a LinearStepper calls one of them.
#include <dlfcn.h>
#include <pthread.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "cadena/nn/stepper.h"

// Of this thread alone: the threads of parallel_for lock when they go to sleep.
static thread_local int counting = 0, allocations = 0, locks = 0;

// glibc exports its allocator under these names too, so that no look-up can come back here.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void* malloc(size_t n) { return allocations += counting, __libc_malloc(n); }
void* calloc(size_t n, size_t size) { return allocations += counting, __libc_calloc(n, size); }
void* realloc(void* p, size_t n) { return allocations += counting, __libc_realloc(p, n); }
void* aligned_alloc(size_t to, size_t n) { return allocations += counting, __libc_memalign(to, n); }
int posix_memalign(void** p, size_t a, size_t n) { return (*p = aligned_alloc(a, n)) ? 0 : ENOMEM; }
int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static void* const next = dlsym(RTLD_NEXT, "pthread_mutex_lock");
  return locks += counting, reinterpret_cast<int (*)(pthread_mutex_t*)>(next)(mutex);
}
}

// Whether a thousand actions call them as `expected`, which is told if not.
template <class Action>
static bool calls(bool expected, const char* what, int hidden, const Action& action) {
  allocations = locks = 0, counting = 1;
  for (int i = 0; i < 1000; ++i) action();
  counting = 0;
  if ((allocations > 0) == expected && (locks > 0) == expected) return true;
  std::printf("%s, %d units: %d allocations and %d locks, expected %s\n", what, hidden, allocations,
              locks, expected ? "some" : "none");
  return false;
}

int main() {
  using namespace cadena;
  Rng rng(1);
  const std::vector<float> x(8, 0.5f);
  bool good = calls(true, "buffer", 1 << 20, [] { Buffer(1 << 20); });  // that it counts at all
  for (const char* cell : {"lstm", "gru", "elman"})
    for (const int hidden : {16, 256}) {
      const Recurrent network({.cell = cell, .input = 8, .hidden = hidden, .layers = 2}, rng);
      Stepper stepper(network);
      LinearStepper linear(network.layers()[0][0].input, network.layers()[0][0].input_bias);
      good &= calls(false, cell, hidden, [&] { stepper.step(x); });
      good &= calls(false, "linear", hidden, [&] { linear.step(x); });
    }
  return good ? 0 : 1;
}
