// SPDX-License-Identifier: MIT
// A program of its own, because its malloc stands in for that of glibc. For each task and each k
// the k-th allocation fails, or all from there on, while a model is loaded and answers. Allowed are
// an error, or the answer that there is without failure: no crash, no other answer, no memory that
// is not given back.
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <new>

#include "cadena/base/parallel.h"
#include "tests/tasks/six.h"

namespace {

constexpr int64_t each = 2000;   // k up to here, then
constexpr int64_t stride = 149;  // one in so many, to the end

std::atomic<int64_t> left = -1;  // allocations that work; below 0: all
std::atomic<bool> for_good = false, failed = false;

bool fails() {
  if (left < 0 || --left >= 0) return false;
  if (for_good) left = 0;
  failed = true;
  return true;
}

std::atomic<int64_t> living = 0;  // pieces of memory

void* counted(void* memory) {
  living += memory != nullptr;
  return memory;
}

}  // namespace

#ifdef __SANITIZE_ADDRESS__
#define CADENA_NEXT(name) __interceptor_##name
#else
#define CADENA_NEXT(name) __libc_##name
#endif

extern "C" {
void* CADENA_NEXT(malloc)(size_t);
void* CADENA_NEXT(calloc)(size_t, size_t);
void* CADENA_NEXT(realloc)(void*, size_t);
void* CADENA_NEXT(memalign)(size_t, size_t);
void CADENA_NEXT(free)(void*);
void* malloc(size_t n) { return fails() ? nullptr : counted(CADENA_NEXT(malloc)(n)); }
void* calloc(size_t n, size_t m) { return fails() ? nullptr : counted(CADENA_NEXT(calloc)(n, m)); }
void* aligned_alloc(size_t to, size_t n) {
  return fails() ? nullptr : counted(CADENA_NEXT(memalign)(to, n));
}
int posix_memalign(void** p, size_t a, size_t n) { return (*p = aligned_alloc(a, n)) ? 0 : ENOMEM; }
void* realloc(void* p, size_t n) {
  if (fails()) return nullptr;
  living += p == nullptr;
  return CADENA_NEXT(realloc)(p, n);
}
void free(void* p) {
  living -= p != nullptr;
  CADENA_NEXT(free)(p);
}
}

namespace cadena {
namespace {

enum class End { done, out_of_memory, error };

/// What comes of `action`, if the k-th allocation fails.
template <class Action>
End with_failure(int64_t k, bool and_later, const Action& action) {
  failed = false;
  for_good = and_later;
  left = k - 1;
  const struct Heal {
    ~Heal() { left = -1; }
  } heal;
  try {
    action();
    return End::done;
  } catch (const std::bad_alloc&) {
    return End::out_of_memory;
  } catch (const Error&) {
    return End::error;
  }
}

TEST(FailingAllocations, EndLoadingAndAnsweringCleanly) {
  set_threads(1);
  const Scratch scratch;
  for (const Sample& sample : samples(scratch)) {
    Ready ready(sample);
    train(*ready.task, ready.options, [](const Progress&) { return true; });
    const std::string model = scratch.path(sample.name);
    save_task(model, *ready.task, ready.options, false);
    const std::string wanted = answer(*load_task(model), sample);
    std::string found;
    found.reserve(wanted.size());
    const int64_t before = living;
    for (const bool and_later : {false, true}) {
      int64_t counts[3] = {}, k = 1;
      for (failed = true; failed; k += k < each ? 1 : stride) {
        const End end =
            with_failure(k, and_later, [&] { found = answer(*load_task(model), sample); });
        ASSERT_EQ(living, before) << sample.name << ", allocation " << k;
        ++counts[static_cast<int>(end)];
        if (end == End::done) {
          ASSERT_EQ(found, wanted) << sample.name << ", allocation " << k;
        }
      }
      std::printf("%-9s %s: up to %ld allocations; %ld out of memory, %ld errors, %ld answers\n",
                  sample.name.c_str(), and_later ? "all from one on" : "one", k, counts[1],
                  counts[2], counts[0]);
    }
  }
}

}  // namespace
}  // namespace cadena
