// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace cadena {

/// Of each kind of cell one, for tests that take long: plain, with gates, with weights of units by
/// themselves, without recurrent weights, with exponential gates, composed.
inline std::vector<std::string> cells_of_each_kind() {
  return {"elman", "lstm", "gru", "peephole", "mingru", "slstm", "gru_before"};
}

}  // namespace cadena
