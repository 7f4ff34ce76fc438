// SPDX-License-Identifier: MIT
#include "cadena/base/student.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "cadena/base/error.h"

namespace cadena {
namespace {

TEST(Student, QuantilesAreThoseOfTheTables) {  // Student's of any book, to three decimals
  for (const auto& [degrees, t] : std::vector<std::pair<int, double>>{
           {1, 12.706}, {2, 4.303}, {3, 3.182}, {4, 2.776}, {9, 2.262}, {30, 2.042}, {120, 1.980}})
    EXPECT_NEAR(student_quantile(0.95, degrees), t, 5e-4) << degrees;
  EXPECT_NEAR(student_quantile(0.99, 5), 4.032, 5e-4);
  EXPECT_NEAR(student_quantile(0.95, 100000), 1.95996, 1e-4);  // the normal distribution's
}

// The density, integrated by Simpson's rule.
TEST(Student, QuantilesEncloseTheirProbability) {
  for (int degrees = 1; degrees <= 40; ++degrees) {
    const double n = degrees, t = student_quantile(0.9, degrees);
    const auto density = [&](double x) { return std::pow(1 + x * x / n, -(n + 1) / 2); };
    constexpr int parts = 1000;
    double sum = density(0) + density(t);
    for (int i = 1; i < parts; ++i) sum += (i % 2 == 1 ? 4 : 2) * density(t * i / parts);
    const double scale =
        std::exp(std::lgamma((n + 1) / 2) - std::lgamma(n / 2)) / std::sqrt(n * std::acos(-1));
    EXPECT_NEAR(2 * scale * sum * t / parts / 3, 0.9, 1e-9) << degrees;
  }
}

TEST(Student, RefusesWhatIsNoDistribution) {
  for (const auto& [confidence, degrees] :
       std::vector<std::pair<double, int>>{{0.95, 0}, {0, 3}, {1, 3}, {NAN, 3}})
    EXPECT_THROW(student_quantile(confidence, degrees), Error);
}

TEST(MeanInterval, OfFewValues) {
  const auto [mean, half] = mean_interval(std::vector<double>{1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(mean, 2.5);
  EXPECT_NEAR(half, 3.1824463 * std::sqrt(5.0 / 3 / 4), 1e-6);
  EXPECT_EQ(mean_interval(std::vector<double>{7, 7}).half, 0);
  EXPECT_TRUE(std::isinf(mean_interval(std::vector<double>{7}).half));
  EXPECT_TRUE(std::isnan(mean_interval({}).mean));
}

}  // namespace
}  // namespace cadena
