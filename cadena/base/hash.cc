// SPDX-License-Identifier: MIT
#include "cadena/base/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <memory>
#include <new>

namespace cadena {

std::string xxh3_128_hex(std::span<const std::string_view> parts) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  if (!state) throw std::bad_alloc();
  XXH3_128bits_reset(state.get());
  for (std::string_view part : parts) XXH3_128bits_update(state.get(), part.data(), part.size());
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace cadena
