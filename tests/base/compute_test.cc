// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "cadena/base/compute.h"
#include "cadena/base/error.h"

namespace cadena {
namespace {

TEST(Precision, IsFoundByItsName) {
  EXPECT_EQ(precision_names(), (std::vector<std::string>{"single", "bfloat16", "int8"}));
  EXPECT_EQ(find_precision("single"), Precision::single);
  EXPECT_EQ(find_precision("bfloat16"), Precision::bfloat16);
  EXPECT_EQ(find_precision("int8"), Precision::int8);
  for (const char* name : {"", "Single", "int", "int88"})
    EXPECT_THROW(find_precision(name), Error) << name;
}

TEST(ComputeScope, Nests) {
  EXPECT_EQ(compute().precision, Precision::single);
  EXPECT_EQ(compute().memory, 0);
  {
    const ComputeScope outer({.precision = Precision::bfloat16, .memory = 7});
    EXPECT_EQ(compute().precision, Precision::bfloat16);
    EXPECT_EQ(compute().memory, 7);
    try {
      const ComputeScope inner({.precision = Precision::int8});
      EXPECT_EQ(compute().precision, Precision::int8);
      EXPECT_EQ(compute().memory, 0);
      throw 1;
    } catch (int) {
    }
    EXPECT_EQ(compute().precision, Precision::bfloat16);
    EXPECT_EQ(compute().memory, 7);
  }
  EXPECT_EQ(compute().precision, Precision::single);
}

TEST(ComputeScope, IsOfItsThread) {
  const ComputeScope here({.precision = Precision::bfloat16});
  std::thread([] {
    EXPECT_EQ(compute().precision, Precision::single);
    const ComputeScope there({.precision = Precision::int8});
  }).join();
  EXPECT_EQ(compute().precision, Precision::bfloat16);
}

}  // namespace
}  // namespace cadena
