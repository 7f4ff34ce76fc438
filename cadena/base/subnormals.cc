// SPDX-License-Identifier: MIT
#include "cadena/base/subnormals.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace cadena {

#if defined(__SSE__)
FlushSubnormals::FlushSubnormals() : control_(_mm_getcsr()) {
  constexpr unsigned flush_to_zero = 0x8000, subnormals_are_zero = 0x0040;
  _mm_setcsr(control_ | flush_to_zero | subnormals_are_zero);
}
FlushSubnormals::~FlushSubnormals() { _mm_setcsr(control_); }
#else
FlushSubnormals::FlushSubnormals() : control_(0) {}
FlushSubnormals::~FlushSubnormals() = default;
#endif

}  // namespace cadena
