// SPDX-License-Identifier: MIT
#include "cadena/base/rng.h"

#include <cmath>
#include <numbers>

namespace cadena {
namespace {

// Streams drawn by split() live apart from those a user names.
constexpr uint64_t split_mark = uint64_t{1} << 63;

}  // namespace

std::array<uint32_t, 4> Rng::block(uint64_t counter) const {
  uint32_t c0 = static_cast<uint32_t>(counter), c1 = static_cast<uint32_t>(counter >> 32);
  uint32_t c2 = static_cast<uint32_t>(stream_), c3 = static_cast<uint32_t>(stream_ >> 32);
  uint32_t k0 = static_cast<uint32_t>(seed_), k1 = static_cast<uint32_t>(seed_ >> 32);
  for (int round = 0; round < rounds; ++round) {
    const uint64_t p0 = uint64_t{factors[0]} * c0, p1 = uint64_t{factors[1]} * c2;
    c0 = static_cast<uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<uint32_t>(p1);
    c2 = static_cast<uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<uint32_t>(p0);
    k0 += key_steps[0];
    k1 += key_steps[1];
  }
  return {c0, c1, c2, c3};
}

Rng Rng::at(uint64_t seed, uint64_t stream, uint64_t position) {
  Rng rng(seed, stream);
  rng.position_ = position;
  rng.words_ = rng.block(position / 4);
  return rng;
}

Rng Rng::split() {
  const uint64_t high = next(), low = next();
  return Rng(seed_, split_mark | (high << 32) | low);
}

uint32_t Rng::next() {
  if (position_ % 4 == 0) words_ = block(position_ / 4);
  return words_[position_++ % 4];
}

float Rng::normal() {  // Box and Muller, 1958; 1 - u keeps the logarithm finite
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return static_cast<float>(radius * std::cos(2.0 * std::numbers::pi * uniform()));
}

uint32_t Rng::below(
    uint32_t bound) {  // Lemire, "Fast random integer generation in an interval", 2019
  uint64_t product = uint64_t{next()} * bound;
  if (static_cast<uint32_t>(product) < bound) {
    const uint32_t threshold = -bound % bound;
    while (static_cast<uint32_t>(product) < threshold) product = uint64_t{next()} * bound;
  }
  return static_cast<uint32_t>(product >> 32);
}

}  // namespace cadena
