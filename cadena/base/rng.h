// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cadena {

/// Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy
/// as 1, 2, 3", SC 2011). A number depends on (seed, stream, counter) only, so a block of numbers
/// may be drawn by any thread in any order and is always the same.
class Rng {
 public:
  explicit Rng(uint64_t seed, uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  /// Stands for random weights where none are wanted, because they are loaded afterwards:
  /// initialisers leave zeros.
  static Rng blank() {
    Rng rng(0);
    rng.blank_ = true;
    return rng;
  }
  bool is_blank() const { return blank_; }

  /// Philox's constants, for code that draws many blocks at once.
  static constexpr int rounds = 10;
  static constexpr uint32_t factors[] = {0xD2511F53, 0xCD9E8D57};
  static constexpr uint32_t key_steps[] = {0x9E3779B9, 0xBB67AE85};

  uint64_t seed() const { return seed_; }
  uint64_t stream() const { return stream_; }
  /// How many words next() has drawn.
  uint64_t position() const { return position_; }
  /// A generator that goes on from there.
  static Rng at(uint64_t seed, uint64_t stream, uint64_t position);

  /// Four words of the given counter; the sequence below is not moved.
  std::array<uint32_t, 4> block(uint64_t counter) const;

  /// An independent generator, a new one at each call.
  Rng split();

  uint32_t next();
  /// In [0, 1), with 24 bits.
  float uniform() { return unit(next()); }
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  float normal();
  /// In [0, bound), without bias.
  uint32_t below(uint32_t bound);

  template <class T>
  void shuffle(std::vector<T>& values) {
    for (size_t left = values.size(); left > 1; --left)
      std::swap(values[left - 1], values[below(static_cast<uint32_t>(left))]);
  }

  static float unit(uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

 private:
  uint64_t seed_, stream_;
  uint64_t position_ = 0;  // words drawn by next()
  std::array<uint32_t, 4> words_{};
  bool blank_ = false;
};

}  // namespace cadena
