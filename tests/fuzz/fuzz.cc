// SPDX-License-Identifier: MIT
// The program of libFuzzer for all readers: CADENA_READER names the one. tools/soak.sh runs it.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

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

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  chosen->read({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
