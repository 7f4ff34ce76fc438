// SPDX-License-Identifier: MIT
#include "cadena/data/vectors.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cadena/base/error.h"

namespace cadena {
namespace {

bool any(std::string_view) { return true; }

/// Writes the text to a file and reads it as vectors.
WordVectors read(const std::string& text, bool (*wanted)(std::string_view) = any) {
  const std::string path = testing::TempDir() + "cadena_vectors_test.vec";
  std::ofstream(path, std::ios::binary) << text;
  return read_vectors(path, wanted);
}

std::string message(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    return std::to_string(error.place().line) + ": " + error.message();
  }
  return "no error";
}

TEST(Vectors, WithAndWithoutHeader) {
  for (const char* header : {"2 3\n", "2 3 \r\n", ""}) {
    const WordVectors vectors =
        read(std::string(header) + "de 1 -2.5 1e-3 \nMadrid 0 0.25 1e-60\n");
    EXPECT_EQ(vectors.dimension, 3);
    EXPECT_EQ(vectors.words, (std::vector<std::string>{"de", "Madrid"}));
    EXPECT_EQ(vectors.values, (std::vector<float>{1, -2.5f, 1e-3f, 0, 0.25f, 0}));
  }
}

TEST(Vectors, KeepsWhatIsWanted) {
  const WordVectors vectors =
      read("a 1 2\nb 3 4\nc 5 6\n", [](std::string_view word) { return word == "b"; });
  EXPECT_EQ(vectors.words, std::vector<std::string>{"b"});
  EXPECT_EQ(vectors.values, (std::vector<float>{3, 4}));
}

TEST(Vectors, ErrorsSayWhere) {
  EXPECT_EQ(message("a 1 2\nb 3\n"), "2: expected 2 values after \"b\", found 1");
  EXPECT_EQ(message("1 3\na 1 2\n"), "2: expected 3 values after \"a\", found 2");
  EXPECT_EQ(message("a\n"), "1: no values after \"a\"");
  EXPECT_EQ(message("a 1 x\n"), "1: \"x\" is not a finite number");
  EXPECT_EQ(message("a 1 nan\n"), "1: \"nan\" is not a finite number");
  EXPECT_EQ(message("a 1 1e39\n"), "1: \"1e39\" is not a finite number");
  EXPECT_EQ(message("a 1 1e999\n"), "1: \"1e999\" is not a finite number");
  EXPECT_EQ(message("a 1\n\xf1 2\n").substr(0, 16), "2: invalid UTF-8");
  EXPECT_EQ(message(""), "0: no word vectors in it");
  EXPECT_THROW(read_vectors("/nowhere/x.vec", any), Error);
}

}  // namespace
}  // namespace cadena
