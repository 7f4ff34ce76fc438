// SPDX-License-Identifier: MIT
#include "cadena/data/csv.h"

#include <gtest/gtest.h>

#include "tests/support/refused.h"

namespace cadena {
namespace {

using Fields = std::vector<std::string>;

Fields split(std::string_view line) {
  Fields fields = {"left from the line before"};
  split_fields(line, separator_of(line), fields);
  return fields;
}

TEST(Csv, Separators) {
  EXPECT_EQ(split("1,2;3"), (Fields{"1", "2;3"}));
  EXPECT_EQ(split("1;2\t3"), (Fields{"1", "2\t3"}));
  EXPECT_EQ(split("1\t2 3"), (Fields{"1", "2 3"}));
  EXPECT_EQ(split("1"), Fields{"1"});
}

TEST(Csv, Fields) {
  EXPECT_EQ(split(""), Fields{""});
  EXPECT_EQ(split(",a,,"), (Fields{"", "a", "", ""}));
  EXPECT_EQ(split(" a b , c\t,d"), (Fields{"a b", "c", "d"}));
  EXPECT_EQ(split(R"("a,b", "say ""no""" ,"",x"y)"), (Fields{"a,b", "say \"no\"", "", "x\"y"}));
  EXPECT_EQ(split("\" a \",1"), (Fields{" a ", "1"}));
}

TEST(Csv, Refused) {
  for (const char* line : {"\"a", "\"a\"\"", "1,\"", "\"a\"b,1", "\"a\" \"b\""})
    expect_refused(line, {}, [&] { split(line); });
}

}  // namespace
}  // namespace cadena
