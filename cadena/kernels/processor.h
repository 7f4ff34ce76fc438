// SPDX-License-Identifier: MIT
#pragma once

namespace cadena::kernels {

/// Whether this processor multiplies pairs of bfloat16 numbers in one instruction (AVX512_BF16).
inline bool has_bfloat16_dot() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool has = __builtin_cpu_supports("avx512bf16");
  return has;
#else
  return false;
#endif
}

}  // namespace cadena::kernels
