// SPDX-License-Identifier: MIT
#pragma once

#include "cadena/tensor/tensor.h"

namespace cadena {

/// What a matrix memory of `heads` heads, d = H / heads units each, holds for N sequences. The
/// memory meant is exp(stabiliser) times what stands here.
struct MatrixMemory {
  Tensor matrices;    // [N, heads·d·d]: per head a row for each value unit
  Tensor norms;       // [N, H]
  Tensor stabiliser;  // [N, heads]
};

/// What one step asks and writes. `write` and `keep` are logarithm and logit of their gates.
struct MemoryAccess {
  Tensor queries, keys, values;  // [N, H]
  Tensor write, keep;            // [N, heads]
};

struct MemoryStep {
  Tensor answers;  // [N, H]
  MatrixMemory memory;
  Tensor write, keep;  // [N, heads]: the gates as used, constants
};

/// One step of the memory of mLSTM (Beck et al., "xLSTM", 2024), for each head:
///   m' = max(log f + m, i~)   i = exp(i~ − m')   f = exp(log f + m − m'),  log f = log σ(f~)
///   k = keys / √d   C' = f·C + i·v·kᵀ   n' = f·n + i·k
///   answer = C'·q / max(|n'ᵀ·q|, exp(−m'))
/// Errors: shapes that do not agree.
MemoryStep matrix_memory(const MemoryAccess& access, const MatrixMemory& memory);

}  // namespace cadena
