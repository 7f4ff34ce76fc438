// SPDX-License-Identifier: MIT
#include "cadena/kernels/vector_target.h"

#include "hwy/targets.h"

namespace cadena::kernels {

std::string vector_target() {
  return hwy::TargetName(hwy::SupportedAndGeneratedTargets().front());  // the best first
}

}  // namespace cadena::kernels
