// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
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
HWY_EXPORT(Positive);
HWY_EXPORT(Copy);

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float smallest_normal = std::numeric_limits<float>::min();

std::vector<float> grid(double low, double high, int count) {
  std::vector<float> x;
  for (int i = 0; i < count; ++i) x.push_back(static_cast<float>(low + (high - low) * i / count));
  return x;
}

#define CADENA_APPLY(Function, x)                     \
  [](const std::vector<float>& in) {                  \
    std::vector<float> out(in.size());                \
    HWY_DYNAMIC_DISPATCH(Function)(in, out);          \
    return out;                                       \
  }(x)

// In units in the last place of the wanted number.
double worst_error(const std::vector<float>& x, const std::vector<float>& y,
                   const std::function<double(double)>& wanted) {
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double right = wanted(x[i]);
    const double unit = std::ldexp(1.0, std::max(std::ilogb(right), -126) - 23);
    worst = std::max(worst, std::abs(y[i] - right) / unit);
  }
  return worst;
}

double exact_sigmoid(double a) { return 1 / (1 + std::exp(-a)); }

TEST(Lanes, ExpIsRightToTwoUnits) {
  for_each_target([] {
    const std::vector<float> x = grid(-87.33654, 88.37626, 400'000);
    std::printf("exp %f\n", worst_error(x, CADENA_APPLY(Exp, x), [](double a) { return std::exp(a); }));
  });
}

TEST(Lanes, TanhIsRightToTwoUnits) {
  for_each_target([] {
    for (const double range : {0.01, 0.625, 1.0, 10.0}) {
      const std::vector<float> x = grid(-range, range, 100'001);
      std::printf("tanh %f\n", worst_error(x, CADENA_APPLY(Tanh, x), [](double a) { return std::tanh(a); }));
    }
  });
}

TEST(Lanes, SigmoidIsRightToThreeUnits) {
  for_each_target([] {
    for (const double range : {1.0, 16.0, 87.0}) {
      const std::vector<float> x = grid(-range, range, 100'001);
      std::printf("sigmoid %f\n", worst_error(x, CADENA_APPLY(Sigmoid, x), exact_sigmoid));
    }
  });
}
}  // namespace
}  // namespace cadena::kernels
#endif
