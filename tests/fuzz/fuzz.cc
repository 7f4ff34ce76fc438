// SPDX-License-Identifier: MIT
// The program of libFuzzer for all readers: CADENA_READER names the one. tools/soak.sh runs it.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <span>

#include "tests/fuzz/heap.h"
#include "tests/fuzz/readers.h"

static const cadena::Reader* chosen = nullptr;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* name = std::getenv("CADENA_READER");
  for (const cadena::Reader& reader : cadena::readers()) {
    if (name && reader.name == name) chosen = &reader;
    if (!name) std::printf("%s\n", reader.name.data());
  }
  if (!chosen) std::exit(name ? 2 : 0);
  return 0;
}

// libFuzzer tells a crash, and that takes the input down.
static void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::clock_t start = std::clock();
  const int64_t heap = cadena::heap_of([&] { chosen->read(std::as_bytes(std::span(data, size))); });
  expect(std::clock() - start < CLOCKS_PER_SEC, "more than a second");
  expect(heap <= chosen->heap(size), "too much memory");
  return 0;
}
