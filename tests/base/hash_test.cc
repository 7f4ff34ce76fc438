// SPDX-License-Identifier: MIT
#include "cadena/base/hash.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace cadena {
namespace {

std::string hash(const std::vector<std::string_view>& parts) { return xxh3_128_hex(parts); }

TEST(Hash, KnownValues) {
  // printf '' | xxh128sum; printf 'abc' | xxh128sum
  EXPECT_EQ(hash({}), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hash({"abc"}), "06b05ab6733a618578af5f94892f3950");
}

TEST(Hash, PartsAreOneText) {
  const std::string text(10'000, 'q');
  const std::string_view all = text;
  EXPECT_EQ(hash({all}), hash({all.substr(0, 1), "", all.substr(1, 7000), all.substr(7001)}));
  EXPECT_NE(hash({all}), hash({all.substr(1)}));
}

}  // namespace
}  // namespace cadena
