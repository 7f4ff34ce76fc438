// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <span>

namespace cadena {

/// EXPECT_TRUE(same_bits(a, b)) tells where the first difference stands.
inline testing::AssertionResult same_bits(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size())
    return testing::AssertionFailure() << a.size() << " values and " << b.size();
  for (size_t i = 0; i < a.size(); ++i)
    if (std::bit_cast<uint32_t>(a[i]) != std::bit_cast<uint32_t>(b[i]))
      return testing::AssertionFailure() << "value " << i << " of " << a.size() << ": " << a[i]
                                         << " and " << b[i] << " (" << a[i] - b[i] << ")";
  return testing::AssertionSuccess();
}

}  // namespace cadena
