// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "tests/kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/kernels/lanes_test.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

template <class Function>
void map(const std::vector<float>& x, std::vector<float>& y, const Function& f) {
  const auto size = static_cast<int64_t>(x.size());
  for (int64_t i = 0; i < size; i += lanes)
    store(f(load(x.data() + i, size - i)), y.data() + i, size - i);
}

void Exp(const std::vector<float>& x, std::vector<float>& y) {
  map(x, y, [](Lanes a) HWY_ATTR { return exp(a); });
}
void Tanh(const std::vector<float>& x, std::vector<float>& y) {
  map(x, y, [](Lanes a) HWY_ATTR { return tanh(a); });
}
void Sigmoid(const std::vector<float>& x, std::vector<float>& y) {
  map(x, y, [](Lanes a) HWY_ATTR { return sigmoid(a); });
}
void LogSigmoid(const std::vector<float>& x, std::vector<float>& y) {
  map(x, y, [](Lanes a) HWY_ATTR { return log_sigmoid(a); });
}
void Positive(const std::vector<float>& x, std::vector<float>& y) {
  map(x, y, [](Lanes a) HWY_ATTR { return positive(a); });
}
void Copy(const std::vector<float>& x, std::vector<float>& y) {
  map(x, y, [](Lanes a) HWY_ATTR { return a; });
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

HWY_EXPORT(Exp);
HWY_EXPORT(Tanh);
HWY_EXPORT(Sigmoid);
HWY_EXPORT(LogSigmoid);
HWY_EXPORT(Positive);
HWY_EXPORT(Copy);

namespace {

using Values = std::vector<float>;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float normal = std::numeric_limits<float>::min();  // the smallest normal number
constexpr float subnormal = std::numeric_limits<float>::denorm_min();

// The function `f` above of all values, by the target that is set.
#define CADENA_FUNCTION(f)         \
  [](const Values& x) {            \
    Values y(x.size());            \
    HWY_DYNAMIC_DISPATCH(f)(x, y); \
    return y;                      \
  }
const auto exp_of = CADENA_FUNCTION(Exp);
const auto tanh_of = CADENA_FUNCTION(Tanh);
const auto sigmoid_of = CADENA_FUNCTION(Sigmoid);
const auto log_sigmoid_of = CADENA_FUNCTION(LogSigmoid);
const auto positive_of = CADENA_FUNCTION(Positive);

Values grid(double low, double high) {
  constexpr int count = 100'001;
  Values x;
  for (int i = 0; i < count; ++i)
    x.push_back(static_cast<float>(low + (high - low) * i / (count - 1)));
  return x;
}

// In units in the last place of the wanted number.
double worst_error(const Values& x, const Values& y, const std::function<double(double)>& wanted) {
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double right = wanted(x[i]);
    const double unit = std::ldexp(1.0, std::max(std::ilogb(right), -126) - 23);
    worst = std::max(worst, std::abs(y[i] - right) / unit);
  }
  return worst;
}

TEST(Lanes, ExpIsRightToTwoUnits) {  // measured: 1.0
  for_each_target([] {
    for (const auto& x : {grid(-87.33654, 88.37626), grid(-1, 1), grid(-1e-3, 1e-3)})
      EXPECT_LE(worst_error(x, exp_of(x), [](double a) { return std::exp(a); }), 2);
  });
}

TEST(Lanes, TanhIsRightToTwoUnits) {  // over every third float: 1.33, just beyond 0.625
  for_each_target([] {
    for (const auto& x : {grid(-0.01, 0.01), grid(-0.625, 0.625), grid(-1, 1), grid(-10, 10)})
      EXPECT_LE(worst_error(x, tanh_of(x), [](double a) { return std::tanh(a); }), 2);
  });
}

TEST(Lanes, SigmoidIsRightToThreeUnits) {  // over every third float: 2.48
  for_each_target([] {
    for (const auto& x : {grid(-1, 1), grid(-16, 16), grid(-87, 87)})
      EXPECT_LE(worst_error(x, sigmoid_of(x), [](double a) { return 1 / (1 + std::exp(-a)); }), 3);
  });
}

TEST(Lanes, LogSigmoidIsRightTo3e7) {  // measured: 2.5e-7
  for_each_target([] {
    for (const auto& x : {grid(-1e-3, 1e-3), grid(-1, 1), grid(-16, 16), grid(-1000, 87)}) {
      const Values y = log_sigmoid_of(x);
      double worst = 0;
      for (size_t i = 0; i < x.size(); ++i) {
        const double a = x[i], right = std::min(a, 0.0) - std::log1p(std::exp(-std::abs(a)));
        worst = std::max(worst, std::abs(y[i] / right - 1));
      }
      EXPECT_LE(worst, 3e-7);
    }
  });
}

TEST(Lanes, ExpIsDefinedEverywhere) {
  for_each_target([] {
    EXPECT_EQ(exp_of({0.0f, -0.0f, subnormal, -subnormal, normal}), Values(5, 1.0f));
    EXPECT_EQ(exp_of({-infinity, -1e30f, -1e4f, -87.4f}), Values(4, 0.0f));
    const Values high = exp_of({88.4f, 1e4f, 1e30f, infinity});
    EXPECT_EQ(high, Values(4, high[0]));
    EXPECT_NEAR(high[0], 2.4e38, 0.1e38) << "saturates, never infinite";
    EXPECT_GE(exp_of({-87.33654f})[0], normal);
    EXPECT_TRUE(std::isnan(exp_of({not_a_number})[0]));
  });
}

TEST(Lanes, TanhIsDefinedEverywhere) {
  for_each_target([] {
    EXPECT_EQ(tanh_of({10, 1e4f, 1e30f, infinity}), Values(4, 1.0f));
    EXPECT_EQ(tanh_of({-10, -1e4f, -1e30f, -infinity}), Values(4, -1.0f));
    EXPECT_EQ(tanh_of({subnormal, normal, -subnormal, -normal, 1e-20f}),
              (Values{subnormal, normal, -subnormal, -normal, 1e-20f}));
    EXPECT_FALSE(std::signbit(tanh_of({0.0f})[0]));
    EXPECT_TRUE(std::signbit(tanh_of({-0.0f})[0]));
    EXPECT_TRUE(std::isnan(tanh_of({not_a_number})[0]));
  });
}

TEST(Lanes, TanhIsOddAndRises) {
  for_each_target([] {
    const Values x = grid(0, 12);
    Values minus = x;
    for (float& value : minus) value = -value;
    const Values y = tanh_of(x);
    Values opposite = tanh_of(minus);
    for (float& value : opposite) value = -value;
    EXPECT_EQ(y, opposite);
    for (size_t i = 1; i < y.size(); ++i)
      EXPECT_LE(y[i - 1], std::nextafter(y[i], 2.0f)) << "at " << x[i];
  });
}

TEST(Lanes, SigmoidIsDefinedEverywhere) {
  for_each_target([] {
    EXPECT_EQ(sigmoid_of({0.0f, -0.0f, subnormal, -subnormal}), Values(4, 0.5f));
    EXPECT_EQ(sigmoid_of({20, 1e4f, infinity}), Values(3, 1.0f));
    for (float low : sigmoid_of({-88, -1e4f, -1e30f, -infinity})) {
      EXPECT_GE(low, 0);
      EXPECT_LT(low, normal);
    }
    EXPECT_TRUE(std::isnan(sigmoid_of({not_a_number})[0]));
  });
}

TEST(Lanes, LogSigmoidIsDefinedEverywhere) {
  for_each_target([] {
    EXPECT_EQ(log_sigmoid_of({-100, -1e4f, -1e30f, -infinity}),
              (Values{-100, -1e4f, -1e30f, -infinity}));
    for (const float high : log_sigmoid_of({100, 1e4f, 1e30f, infinity})) EXPECT_EQ(high, 0);
    EXPECT_FLOAT_EQ(log_sigmoid_of({0})[0], -std::log(2.0f));
    EXPECT_TRUE(std::isnan(log_sigmoid_of({not_a_number})[0]));
  });
}

TEST(Lanes, PositiveIsTheSlopeOfTheRectifier) {
  for_each_target([] {
    EXPECT_EQ(positive_of({normal, 1, 1e30f, infinity}), Values(4, 1.0f));
    EXPECT_EQ(positive_of({0.0f, -0.0f, -normal, -1, -infinity}), Values(5, 0.0f));
  });
}

// Rows of every length are read and written whole, and nothing beyond.
TEST(Lanes, PartialVectorsKeepWithinTheRow) {
  for_each_target([] {
    for (size_t size = 0; size <= 40; ++size) {
      Values x(size), y(size + 40, -1.0f), wanted = y;
      for (size_t i = 0; i < size; ++i) x[i] = wanted[i] = static_cast<float>(i + 1);
      HWY_DYNAMIC_DISPATCH(Copy)(x, y);
      EXPECT_EQ(y, wanted) << size;
    }
  });
}

}  // namespace
}  // namespace cadena::kernels
#endif
