// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cadena::kernels {

/// The vector instructions that kernels use on this processor, as Highway calls them: "AVX3" is
/// AVX-512, "SCALAR" none.
std::string vector_target();

}  // namespace cadena::kernels
