// SPDX-License-Identifier: MIT
#include "tests/fuzz/heap.h"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

static std::atomic<int64_t> now = 0, most = 0;

static void count(size_t more) {
  const int64_t size = now += static_cast<int64_t>(more);
  for (int64_t old = most; old < size && !most.compare_exchange_weak(old, size);) {
  }
}

#ifdef CADENA_SANITIZED  // the malloc of a sanitizer tells of each call

extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, size_t),
                                              void (*)(const volatile void*));
size_t __sanitizer_get_allocated_size(const volatile void*);
}

[[maybe_unused]] static const int hooks = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, size_t size) { count(size); },
    [](const volatile void* block) {
      if (block) now -= static_cast<int64_t>(__sanitizer_get_allocated_size(block));
    });

#else

static void* counted(void* block) {
  count(::malloc_usable_size(block));
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
  now -= static_cast<int64_t>(::malloc_usable_size(block));
  __libc_free(block);
}
/// A block that grows is counted twice, as if it were copied.
void* realloc(void* block, size_t n) {
  const auto old = static_cast<int64_t>(::malloc_usable_size(block));
  void* const grown = counted(__libc_realloc(block, n));
  if (grown || n == 0) now -= old;
  return grown;
}
}

#endif

namespace cadena {

int64_t heap_size() { return now; }
int64_t take_heap_peak() { return most.exchange(now); }

}  // namespace cadena
