// SPDX-License-Identifier: MIT
#include "tests/fuzz/heap.h"

#include <malloc.h>

#include <atomic>
#include <cerrno>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

static std::atomic<size_t> now = 0, most = 0;

static void* counted(void* block) {
  const size_t size = now += ::malloc_usable_size(block);
  for (size_t old = most; old < size && !most.compare_exchange_weak(old, size);) {
  }
  return block;
}

// glibc exports its allocator under these names too.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);

void* malloc(size_t n) { return counted(__libc_malloc(n)); }
void* calloc(size_t n, size_t size) { return counted(__libc_calloc(n, size)); }
void* aligned_alloc(size_t to, size_t n) { return counted(__libc_memalign(to, n)); }
int posix_memalign(void** p, size_t a, size_t n) { return (*p = aligned_alloc(a, n)) ? 0 : ENOMEM; }
void free(void* block) {
  now -= ::malloc_usable_size(block);
  __libc_free(block);
}
/// A block that grows is counted twice, as if it were copied.
void* realloc(void* block, size_t n) {
  const size_t old = ::malloc_usable_size(block);
  void* const grown = counted(__libc_realloc(block, n));
  if (grown || n == 0) now -= old;
  return grown;
}
}

namespace cadena {

size_t heap_size() { return now; }
size_t take_heap_peak() { return most.exchange(now); }

}  // namespace cadena

#else  // sanitizers bring a malloc of their own

namespace cadena {

size_t heap_size() { return 0; }
size_t take_heap_peak() { return 0; }

}  // namespace cadena

#endif
