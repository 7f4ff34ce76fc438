// SPDX-License-Identifier: MIT
// The slides on vanishing and exploding gradients: `cadena lecture vanishing`.
#include <gtest/gtest.h>

#include <cmath>

#include "cadena/base/error.h"
#include "cadena/lecture/gradient_flow.h"

namespace cadena {
namespace {

// Where tanh is linear the product of d Jacobians is W^d, and |(rho Q)^d| = rho^d.
TEST(Lecture, A11_TheLogarithmOfTheNormHasTheSlopeLogRho) {
  for (const double rho : {0.5, 0.9, 1.0, 1.1}) {
    const Vanishing found = vanishing({.rho = rho});
    EXPECT_NEAR(found.slope, std::log(rho), 0.01 * std::abs(std::log(rho)) + 1e-6) << rho;
    ASSERT_EQ(found.log_norms.size(), 51u);
    for (size_t d = 0; d < found.log_norms.size(); ++d)
      EXPECT_NEAR(found.log_norms[d], static_cast<double>(d) * std::log(rho), 1e-4) << rho;
  }
}

// Each step of tanh that is not linear makes the gradient shorter: it vanishes even if rho > 1.
TEST(Lecture, A11_InputsThatSaturateTanhMakeItVanishSooner) {
  for (const double rho : {0.5, 1.0, 1.1}) {
    const double little = vanishing({.rho = rho, .input = 0.3}).slope,
                 much = vanishing({.rho = rho, .input = 1}).slope;
    EXPECT_LT(little, std::log(rho) - 0.01) << rho;
    EXPECT_LT(much, little - 0.05) << rho;
  }
  EXPECT_LT(vanishing({.rho = 1.1, .input = 1}).slope, 0);
}

TEST(Lecture, A11_WhatIsBelowTheSmallestFloatDoesNotBendTheLine) {
  EXPECT_NEAR(vanishing({.rho = 0.2, .steps = 100}).slope, std::log(0.2), 0.016);
}

TEST(Lecture, A11_RhoIsAboveZero) {
  EXPECT_THROW(vanishing({.rho = 0}), Error);
  EXPECT_THROW(vanishing({.steps = 0}), Error);
}

}  // namespace
}  // namespace cadena
